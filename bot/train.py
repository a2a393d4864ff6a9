"""Training the dialogue model, only when what it is made of has changed."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from bot.processes import NotReady, prepare_environment
from bot.settings import ROOT, settings

INPUTS = ("config.yml", "domain.yml", "data/**/*.yml", "bot/dialogue/*.py", "requirements.lock")


def inputs_digest(root: Path = ROOT) -> str:
    """Changes whenever the model would."""
    digest = hashlib.sha256()
    for pattern in INPUTS:
        for path in sorted(root.glob(pattern)):
            digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def model_path() -> Path:
    """Where the model of today's inputs is, or will be."""
    return settings().models / f"ldn-{inputs_digest()}.tar.gz"


def ready_model() -> Path:
    """The trained model; NotReady if it is missing or is not what was trained."""
    path = model_path()
    seal = path.with_suffix("").with_suffix(".json")
    if not path.is_file() or not seal.is_file():
        raise NotReady("the dialogue model is missing or out of date. Run `ldn train`.")
    if json.loads(seal.read_text(encoding="utf-8"))["sha256"] != _sha256(path):
        raise NotReady(f"{path.name} was changed after training. Delete it and run `ldn train`.")
    return path


def train(quiet: bool = True) -> Path:
    """Train and seal the model; returns its path."""
    prepare_environment()
    path = model_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    name = path.name.removesuffix(".tar.gz")
    command = [sys.executable, "-m", "rasa", "train", "--out", str(path.parent), "--fixed-model-name", name]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=quiet, text=True, check=False)
    if done.returncode or not path.is_file():
        raise NotReady(f"training failed.\n{(done.stdout or '')[-2000:]}{(done.stderr or '')[-2000:]}")
    path.with_suffix("").with_suffix(".json").write_text(json.dumps({"sha256": _sha256(path)}), encoding="utf-8")
    return path


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
