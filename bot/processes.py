"""The processes of the stack: their environment, their ports, what must be there before they start."""

import os
import socket
import sys
from pathlib import Path

from bot.settings import ROOT, settings


class NotReady(RuntimeError):
    """The stack cannot start; the message names the cure."""


def prepare_environment() -> None:
    """What Rasa and its friends read from the environment. Nothing of it overrides what is set."""
    config = settings()
    config.var.mkdir(parents=True, exist_ok=True)
    defaults = {
        "LDN_ACTIONS_WEBHOOK": f"http://127.0.0.1:{config.actions_port}/webhook",
        "LDN_TRACKER_DB": str(config.var.resolve() / "rasa.sqlite3"),
        "RASA_TELEMETRY_ENABLED": "false",
        "SANIC_HOST": "127.0.0.1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "PYTHONWARNINGS": "ignore",
        "LOG_LEVEL": "WARNING",
        "HF_HUB_OFFLINE": "1",
        "DJANGO_SETTINGS_MODULE": "bot.web.settings",
    }
    for key, value in defaults.items():
        os.environ.setdefault(key, value)


def commands(model: Path) -> dict[str, str]:
    """The Procfile's lines with their variables filled in, by process."""
    config = settings()
    values = {"PYTHON": sys.executable, "MODEL": str(model), "PORT": str(config.port)}
    found = {}
    for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines():
        name, _, command = line.partition(":")
        if command and not line.startswith("#"):
            for key, value in values.items():
                command = command.replace(f"${key}", value)
            found[name.strip()] = command.strip()
    return found


def check_ports() -> None:
    """NotReady if a port that we need is taken."""
    config = settings()
    needed = {"LDN_PORT": config.port, "LDN_RASA_PORT": config.rasa_port, "LDN_ACTIONS_PORT": config.actions_port}
    for name, port in needed.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise NotReady(
                    f"port {port} is taken. Stop what uses it, or choose another: {name}={port + 100} make run"
                ) from None
