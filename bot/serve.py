"""`ldn serve`: make what is missing, start the processes, say when they are ready, stop them together."""

import os
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import httpx
from honcho.manager import Manager
from honcho.printer import Message
from rich.console import Console

from bot.indexing import ensure_index
from bot.processes import NotReady, check_ports, commands, prepare_environment
from bot.settings import ROOT, settings
from bot.train import ready_model, train

START_SECONDS = 240.0


class LogPrinter:
    """honcho's printer, into one log file a process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.width = 0
        self._files: dict[str, IO[str]] = {}

    def write(self, message: Message) -> None:
        """Append a process's line."""
        data = message.data.decode("utf-8", "replace") if isinstance(message.data, bytes) else str(message.data)
        name = message.name or "system"
        if name not in self._files:
            self._files[name] = (self.folder / f"{name}.log").open("a", encoding="utf-8", buffering=1)
        stamp = message.time if isinstance(message.time, datetime) else datetime.now()
        self._files[name].write(f"{stamp:%Y-%m-%d %H:%M:%S} {data.rstrip()}\n")


def prepare(console: Console) -> Path:
    """Model, index and database, each made only where it is missing; returns the model."""
    with console.status("looking at the index of passages") as status:
        manifest, built = ensure_index()
        console.print(f"index     {len(manifest['passages'])} passages, {'built' if built else 'up to date'}")
        status.update("looking at the dialogue model")
        try:
            model = ready_model()
        except NotReady:
            status.update("training the dialogue model (about two minutes, once)")
            model = train()
        console.print(f"model     {model.name}")
        status.update("looking at the database")
        command = [sys.executable, "-m", "django", "migrate", "--noinput", "--verbosity", "0"]
        done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotReady(f"the database could not be prepared: {done.stderr.strip()[-600:]}")
        console.print("database  up to date")
    return model


def serve(console: Console) -> int:
    """Until Ctrl-C; the exit code."""
    prepare_environment()
    check_ports()
    model = prepare(console)
    manager = Manager(printer=LogPrinter(settings().var / "log"))
    for name, command in commands(model).items():
        manager.add_process(name, command, cwd=str(ROOT), env=dict(os.environ))
    threading.Thread(target=_announce, args=(console, manager), daemon=True).start()
    manager.loop()
    console.print("stopped")
    return 0 if manager.returncode in (None, 0, 130, -2, -15) else 1


def _announce(console: Console, manager: Any) -> None:
    url = settings().web_url.replace("127.0.0.1", "localhost")
    started = time.monotonic()
    missing = "web"
    with console.status("starting") as status:
        while time.monotonic() - started < START_SECONDS:
            missing = _missing()
            if not missing:
                status.stop()
                console.print(
                    f"[bold green]LDN Guide is ready: {url}/chat/[/bold green]  (Ctrl-C stops it)", highlight=False
                )
                return
            status.update(f"starting ({time.monotonic() - started:.0f} s), waiting for: {missing}")
            time.sleep(1)
    log = settings().var / "log"
    console.print(
        f"[red]ldn:[/red] not ready after {START_SECONDS:.0f} s, still waiting for: {missing}. See {log}.",
        highlight=False,
    )
    manager.terminate()


def _missing() -> str:
    try:
        response = httpx.get(f"http://127.0.0.1:{settings().port}/readyz", timeout=12, trust_env=False)
        checks: dict[str, str] = response.json()["checks"]
    except (httpx.HTTPError, ValueError, KeyError):
        return "web"
    return ", ".join(f"{name} ({value})" for name, value in checks.items() if value != "ok")
