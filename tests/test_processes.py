"""The stack's processes: loopback only, telemetry off, ports looked at before anything starts."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from stack import free_ports, poll

from bot import keep
from bot.processes import NotReady, check_ports, commands, prepare_environment
from bot.settings import ROOT

Configure = Callable[..., None]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, configure: Configure, tmp_path: Path) -> dict[str, str]:
    """What prepare_environment makes of an empty environment."""
    configure(LDN_VAR=str(tmp_path / "var"), LDN_ACTIONS_PORT="5999")
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LDN_VAR", "LDN_ACTIONS_PORT")}
    monkeypatch.setattr(os, "environ", kept)
    prepare_environment()
    return kept


def test_environment_keeps_rasa_at_home(environment: dict[str, str]) -> None:
    assert environment["RASA_TELEMETRY_ENABLED"] == "false"
    assert environment["SANIC_HOST"] == "127.0.0.1"
    assert environment["LDN_ACTIONS_WEBHOOK"] == "http://127.0.0.1:5999/webhook"
    assert environment["LOG_LEVEL"] == "WARNING"
    assert environment["HF_HUB_OFFLINE"] == "1"


def test_environment_puts_the_tracker_beside_the_record(environment: dict[str, str], tmp_path: Path) -> None:
    assert environment["LDN_TRACKER_DB"] == str(tmp_path / "var" / "rasa.sqlite3")
    assert (tmp_path / "var").is_dir()


def test_environment_does_not_override(monkeypatch: pytest.MonkeyPatch, configure: Configure, tmp_path: Path) -> None:
    configure(LDN_VAR=str(tmp_path))
    monkeypatch.setattr(os, "environ", {**os.environ, "LOG_LEVEL": "ERROR"})
    prepare_environment()
    assert os.environ["LOG_LEVEL"] == "ERROR"


def test_commands_have_no_variables_left(configure: Configure) -> None:
    configure(LDN_PORT="8123")
    found = commands(Path("/models/m.tar.gz"))
    assert set(found) == {"actions", "rasa", "web", "worker"}
    assert "$" not in "".join(found.values())
    assert "/models/m.tar.gz" in found["rasa"]
    assert "0.0.0.0:8123" in found["web"]
    assert all(line.startswith(f"{sys.executable} -m bot.keep {sys.executable} ") for line in found.values())


def test_nothing_starts_with_debug_api_or_streams(configure: Configure) -> None:
    configure()
    files = [ROOT / name for name in ("Procfile", "credentials.yml", "endpoints.yml", "bot/dialogue/server.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    assert [word for word in ("--enable-api", "--debug", "--cors", "-vv", "auth-token") if word in text] == []


def test_taken_port_is_named_with_the_cure(configure: Configure) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        first, second = free_ports(2)
        configure(LDN_PORT=str(first), LDN_RASA_PORT=str(port), LDN_ACTIONS_PORT=str(second))
        with pytest.raises(NotReady) as error:
            check_ports()
    assert str(error.value).startswith(f"port {port} is taken.")
    assert f"LDN_RASA_PORT={port + 100}" in str(error.value)


def test_free_ports_pass(configure: Configure) -> None:
    first, second, third = free_ports(3)
    configure(LDN_PORT=str(first), LDN_RASA_PORT=str(second), LDN_ACTIONS_PORT=str(third))
    check_ports()


CHILD = "import sys, os; open(sys.argv[1], 'a').write(str(os.getpid()) + '\\n'); {then}"


def kept(place: Path, then: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "bot.keep", sys.executable, "-c", CHILD.format(then=then), str(place)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


def started(place: Path) -> list[str]:
    return place.read_text().split() if place.exists() else []


def test_keep_starts_again_what_dies(tmp_path: Path) -> None:
    place = tmp_path / "pids"
    process = kept(place, "sys.exit(3)")
    poll(lambda: len(started(place)) >= 2, 20, "a second start")
    process.terminate()
    assert process.wait(20) == 0


def test_keep_ends_with_what_it_keeps(tmp_path: Path) -> None:
    place = tmp_path / "pids"
    process = kept(place, "import time; time.sleep(600)")
    pids = poll(lambda: started(place), 20, "a start")
    process.terminate()
    assert process.wait(20) == 0
    assert not Path(f"/proc/{pids[0]}").exists()


def test_keep_waits_longer_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    class Dead:
        def wait(self) -> int:
            return 1

        def poll(self) -> int:
            return 1

    class Enough(Exception):
        pass

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 7:
            raise Enough

    monkeypatch.setattr("bot.keep.subprocess.Popen", lambda command: Dead())
    monkeypatch.setattr("bot.keep.time.sleep", sleep)
    monkeypatch.setattr("bot.keep.signal.signal", lambda number, handler: None)
    with pytest.raises(Enough):
        keep.main(["x"])
    assert waits == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]
