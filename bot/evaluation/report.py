"""What `ldn evaluate` writes: JSON, Markdown, and plots that people can compare."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.evaluation.replay import Played
from bot.evaluation.score import Share, failures, score


def write_report(played: list[Played], name: str, folder: Path) -> dict[str, Any]:
    """Write metrics, failures and plots below `folder`; returns the metrics."""
    folder.mkdir(parents=True, exist_ok=True)
    metrics = score(played)
    wrong = failures(played)
    data = {
        "name": name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cases": len(played),
        "metrics": {key: plain(value) for key, value in metrics.items()},
        "failures": wrong,
    }
    (folder / f"{name}.json").write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    (folder / f"{name}.md").write_text(_markdown(name, metrics, wrong, played), encoding="utf-8")
    _plot(metrics, folder / f"{name}.png")
    return metrics


def plain(value: Any) -> Any:
    """What JSON can hold of a metric: a share with its bound, anything else as it is."""
    if isinstance(value, Share):
        return {
            "count": value.count,
            "total": value.total,
            "share": value.value,
            "failure_bound_95": value.miss_bound(),
        }
    return value


def _markdown(name: str, metrics: dict[str, Any], wrong: list[dict[str, Any]], played: list[Played]) -> str:
    lines = [f"# {name}", "", "| metric | value | failures at most (95 %) |", "|---|---|---|"]
    for key, value in metrics.items():
        if isinstance(value, Share):
            bound = f"{100 * value.miss_bound():.1f} %" if value.total else ""
            lines.append(f"| {key} | {value} | {bound} |")
        elif not isinstance(value, list):
            lines.append(f"| {key} | {value} | |")
    if metrics.get("confusions"):
        lines += ["", "## Confused topics", "", "| asked | shown | times |", "|---|---|---|"]
        lines += [f"| {asked} | {shown} | {count} |" for asked, shown, count in metrics["confusions"]]
    slow = sorted(((heard.seconds, item.case.id) for item in played for heard in item.heard), reverse=True)[:5]
    lines += ["", "## Slowest", "", *(f"- {seconds:.2f} s: {case}" for seconds, case in slow)]
    lines += ["", f"## Wrong ({len(wrong)})", "", *(f"- `{json.dumps(row, ensure_ascii=False)}`" for row in wrong), ""]
    return "\n".join(lines)


def _plot(metrics: dict[str, Any], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    shares = [(key, value) for key, value in metrics.items() if isinstance(value, Share) and value.total]
    figure, axes = plt.subplots(figsize=(9, 0.45 * len(shares) + 1))
    axes.barh([key for key, _ in shares], [100 * value.value for _, value in shares], color="#0b5a6b")
    for row, (_, value) in enumerate(shares):
        axes.text(101, row, str(value), va="center", fontsize=8)
    axes.set_xlim(0, 130)
    axes.set_xlabel("per cent")
    axes.invert_yaxis()
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)
