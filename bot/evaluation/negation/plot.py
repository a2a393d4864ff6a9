"""Third step: docs/measured/negation.png from negation.json."""

import json
from typing import Any

from bot.evaluation.negation.compare import TARGET

HALF = "test"
PANELS = {
    "must escalate, but not escalated": ("must escalate, escalated", True),
    "must stay silent, but raised": ("must stay silent, raised", False),
    "denials that must stay silent, but raised": ("tag denial: must stay silent, raised", False),
}
"""Title to the figure it shows, and whether what is shown is the rest of it."""


def failures(figure: dict[str, int], rest: bool) -> tuple[int, int]:
    """How many went wrong, of how many."""
    count, total = figure["count"], figure["total"]
    return (total - count if rest else count), total


def plot(data: dict[str, Any]) -> None:
    """One panel a kind of failure, one bar a system; shorter is better."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    ending = f" ({HALF} half)"
    rows = {name.removesuffix(ending): row for name, row in data["systems"].items() if name.endswith(ending)}
    figure, panels = plt.subplots(1, len(PANELS), figsize=(13, 3.6), sharey=True)
    for axes, (title, (key, rest)) in zip(panels, PANELS.items(), strict=True):
        _panel(axes, {name: failures(row[key], rest) for name, row in rows.items() if key in row})
        axes.set_title(title, fontsize=10)
    panels[0].invert_yaxis()
    figure.suptitle(f"Failures on the {HALF} half, same spans for every system; shorter is better", fontsize=11)
    figure.tight_layout()
    figure.savefig(TARGET.with_suffix(".png"), dpi=120)
    plt.close(figure)


def _panel(axes: Any, bars: dict[str, tuple[int, int]]) -> None:
    colours = ["#0b5a6b" if name == "our rules" else "#9bb4ba" for name in bars]
    axes.barh(list(bars), [100 * count / total for count, total in bars.values()], color=colours)
    for row, (count, total) in enumerate(bars.values()):
        axes.text(100 * count / total + 1, row, f"{count}/{total}", va="center", fontsize=8)
    axes.set_xlim(0, 115)
    axes.set_xlabel("per cent")


if __name__ == "__main__":
    plot(json.loads(TARGET.read_text(encoding="utf-8")))
