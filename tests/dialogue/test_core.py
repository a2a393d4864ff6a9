"""Stories through `rasa test`, in a way that really fails; the model of today's inputs stands for the rule check."""

import os
import subprocess
import sys
from pathlib import Path

from bot.processes import prepare_environment
from bot.settings import ROOT
from bot.train import inputs_digest

STORIES = Path(__file__).parent / "test_stories.yml"


def rasa_test(model: str, stories: Path, out: Path) -> "subprocess.CompletedProcess[str]":
    prepare_environment()
    command = [sys.executable, "-m", "rasa", "test", "core", "--fail-on-prediction-errors", "--no-plot"]
    more = ["--model", model, "--stories", str(stories), "--out", str(out), "--endpoints", "endpoints.yml"]
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false"}
    return subprocess.run(
        [*command, *more], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=280
    )


def test_stories(model: str, tmp_path: Path) -> None:
    done = rasa_test(model, STORIES, tmp_path)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert "stories:" not in (tmp_path / "failed_test_stories.yml").read_text(encoding="utf-8").replace(
        "stories: []", ""
    )


def test_training_succeeded_for_these_very_rules(model: str) -> None:
    # Training refuses rules that contradict each other; `rasa data validate` does not.
    assert inputs_digest() in model
