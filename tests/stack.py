"""The real stack for tests: `ldn serve` on free ports with a folder of its own, and a look at its insides."""

import ctypes
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx

from bot.settings import ROOT, settings

# Below the time-out of a test; a model or an index that must be made first is `make train index`.
START_SECONDS = 230.0
PR_SET_PDEATHSIG = 1
Found = TypeVar("Found")


def poll(look: Callable[[], Found], seconds: float, what: str) -> Found:
    """The first true thing `look` finds; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.1)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Running:
    """A stack that somebody else started."""

    def __init__(self, url: str, rasa_url: str, var: Path) -> None:
        self.url, self.rasa_url, self.var = url.rstrip("/"), rasa_url, var

    @classmethod
    def given(cls) -> "Running":
        """The one of LDN_TEST_URL; its ports and folder are those of the environment."""
        return cls(os.environ["LDN_TEST_URL"], settings().rasa_url, settings().var)

    def rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Rows of the web database, read beside the running web process."""
        connection = sqlite3.connect(f"file:{self.var / 'ldn.sqlite3'}?mode=ro", uri=True, timeout=10)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(query, values)]
        finally:
            connection.close()

    def checks(self) -> dict[str, str]:
        """What readyz says; empty while web does not answer."""
        try:
            found: dict[str, str] = httpx.get(f"{self.url}/readyz", timeout=15, trust_env=False).json()["checks"]
        except (httpx.HTTPError, ValueError, KeyError):
            return {}
        return found

    def ready(self) -> bool:
        """Whether every part answers."""
        checks = self.checks()
        return bool(checks) and set(checks.values()) == {"ok"}

    def files_with(self, words: str) -> list[str]:
        """Logs and temporary files that hold the words; the databases, which may, are left out."""
        files = [path for path in self.var.rglob("*") if path.is_file() and ".sqlite3" not in path.name]
        return [str(path) for path in files if words.encode() in path.read_bytes()]


class Stack(Running):
    """A stack of our own."""

    def __init__(self, var: Path, **more: str) -> None:
        self.port, self.rasa_port, self.actions_port = free_ports(3)
        super().__init__(f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.rasa_port}", var)
        (var / "tmp").mkdir(parents=True, exist_ok=True)
        own = {
            "LDN_PORT": str(self.port),
            "LDN_RASA_PORT": str(self.rasa_port),
            "LDN_ACTIONS_PORT": str(self.actions_port),
            "LDN_VAR": str(var),
            "TMPDIR": str(var / "tmp"),
        }
        kept = {key: value for key, value in os.environ.items() if not key.startswith("LDN_")}
        # Some variables are set by the test process itself and would be taken for a person's choice.
        kept.pop("DJANGO_SETTINGS_MODULE", None)
        self.environment = {**kept, **own, **more}
        self._log = (var / "serve.out").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "serve"],
            cwd=ROOT,
            env=self.environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_the_tests,
        )

    def wait(self) -> None:
        """Until ready; the logs' tails are in the error."""
        deadline = time.monotonic() + START_SECONDS
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                code = self.process.poll()
                tails = self.tails()
                self.stop()
                raise AssertionError(f"the stack did not start (exit code {code})\n{tails}")
            time.sleep(0.3)

    def tails(self) -> str:
        """The last lines of every log."""
        logs = [self.var / "serve.out", *sorted((self.var / "log").glob("*.log"))]
        texts = [(log.name, log.read_text(encoding="utf-8", errors="replace")) for log in logs if log.exists()]
        return "\n".join(f"--- {name}\n" + "\n".join(text.splitlines()[-25:]) for name, text in texts)

    def stop(self) -> None:
        """As Ctrl-C does; killed if that is not enough."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                for pid in [*_descendants(self.process.pid), self.process.pid]:
                    os.kill(pid, signal.SIGKILL)
                self.process.wait(10)
        self._log.close()

    def pids(self, words: str) -> list[int]:
        """Our processes whose command holds the words, parents first; the keepers are left out."""
        found = [(pid, _command(pid)) for pid in _descendants(self.process.pid)]
        return [pid for pid, line in found if words in line and "bot.keep" not in line]


def _end_with_the_tests() -> None:
    # Where the tests themselves are killed, no fixture stops the stack: the kernel sends it the Ctrl-C.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _descendants(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
    found, fresh = [], [root]
    while fresh:
        fresh = sorted(pid for pid, parent in parents.items() if parent in fresh)
        found += fresh
    return found
