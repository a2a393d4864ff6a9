"""`ldn bench`: pipelines side by side on the same data in one run."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from bot.processes import NotReady, prepare_environment
from bot.retrieval.nlu import load_examples
from bot.settings import ROOT, settings

PIPELINES = Path(__file__).with_name("pipelines")
FOLDS = 5


def sample(per_intent: int) -> dict[str, list[str]]:
    """The first, evenly spread `per_intent` examples of each intent; all of them for 0."""
    examples = load_examples(settings().nlu)
    if not per_intent:
        return examples
    return {intent: texts[:: max(1, len(texts) // per_intent)][:per_intent] for intent, texts in examples.items()}


def bench(name: str, per_intent: int) -> dict[str, Any]:
    """Figures of one pipeline: weighted F1 over 5 folds, training, start, turn, memory."""
    prepare_environment()
    config = PIPELINES / f"{name}.yml"
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        examples = sample(per_intent)
        data = _write_data(folder / "data", examples)
        texts = [texts[-1] for texts in examples.values()]
        (folder / "texts.txt").write_text("\n".join(texts), encoding="utf-8")
        started = time.perf_counter()
        train = ["--config", str(config), "--data", str(data), "--out", str(folder), "--fixed-model-name", "model"]
        run_module(ROOT, "rasa", "train", *train)
        trained = time.perf_counter() - started
        probed = run_module(ROOT, "bot.dialogue.probe", str(folder / "model.tar.gz"), str(folder / "texts.txt"))
        figures = json.loads(probed.strip().splitlines()[-1])
        nlu, out = str(data / "nlu.yml"), str(folder / "results")
        run_module(
            ROOT,
            "rasa",
            "test",
            "nlu",
            "--cross-validation",
            "--folds",
            str(FOLDS),
            "--config",
            str(config),
            "--nlu",
            nlu,
            "--out",
            out,
            "--no-plot",
        )
        report = json.loads((folder / "results" / "intent_report.json").read_text(encoding="utf-8"))
    f1 = round(report["weighted avg"]["f1-score"], 3)
    return {"pipeline": name, "f1": f1, "train_s": round(trained, 1), **figures}


def compare(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with ratios to the first, which is ours."""
    ours = rows[0]
    keys = ("train_s", "start_s", "turn_ms", "memory_mb")
    return [{**row, **{f"{key} ratio": round(row[key] / ours[key], 2) for key in keys}} for row in rows]


def _write_data(folder: Path, examples: dict[str, list[str]]) -> Path:
    shutil.copytree(ROOT / "data" / "stories", folder / "stories")
    data = {"version": "3.1", "nlu": nlu_entries(examples)}
    (folder / "nlu.yml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return folder


def nlu_entries(examples: dict[str, list[str]]) -> list[dict[str, str]]:
    """Examples by intent as Rasa's training data lists them."""
    return [
        {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)} for intent, texts in examples.items()
    ]


def run_module(folder: Path, *module: str) -> str:
    """What `python -m` prints in a folder; NotReady if it fails. Call `prepare_environment` first."""
    done = subprocess.run(
        [sys.executable, "-m", *module], cwd=folder, env=os.environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotReady(f"{' '.join(module[:2])} failed.\n{done.stdout[-1500:]}{done.stderr[-1500:]}")
    return done.stdout
