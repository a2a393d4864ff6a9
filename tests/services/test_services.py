"""The same record on PostgreSQL and Redis, and one turn through the real stack's dialogue with both behind web."""

import os
import re
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg2
import pytest
from stack import Running, free_ports, poll

from bot.client import ChatClient
from bot.settings import ROOT

POSTGRES = os.environ.get("LDN_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432")
REDIS = os.environ.get("LDN_TEST_REDIS", "redis://127.0.0.1:6379/15")


def listens(url: str) -> bool:
    host, port = httpx.URL(url.replace("postgres:", "http:").replace("redis:", "http:")).netloc.decode().split(":")
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, int(port))) == 0


missing = [url for url in (POSTGRES, REDIS) if not listens(url)]
pytestmark = [
    pytest.mark.stack,
    pytest.mark.timeout(400),
    pytest.mark.skipif(bool(missing), reason=f"NOT TESTED: nothing listens at {' and '.join(missing)}"),
]


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """A database of our own, dropped at the end."""
    name = f"ldn_test_{uuid.uuid4().hex[:12]}"
    server = psycopg2.connect(f"{POSTGRES.replace('postgres:', 'postgresql:', 1)}/postgres")
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
        yield f"{POSTGRES}/{name}"
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    server.close()


def environment(database: str, var: Path, **more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LDN_")}
    return {**kept, "LDN_DATABASE_URL": database, "LDN_REDIS_URL": REDIS, "LDN_VAR": str(var), **more}


def test_record_and_turns_on_postgresql_and_redis(database: str, tmp_path: Path) -> None:
    folder = ROOT / "tests" / "web" / "chat"
    files = [str(folder / name) for name in ("test_chat_record.py", "test_chat_turns.py", "test_chat_api.py")]
    # The whole record, and of the turns what leans on locks, transactions, odd characters and the cache.
    chosen = "chat_record or at_once or once or before_rasa or reconciler or hostile or correction or over_the_limit"
    command = [sys.executable, "-m", "pytest", "-q", "--create-db", "-k", chosen, *files]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(database, tmp_path), capture_output=True, text=True, check=False, timeout=380
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed.group(1)) > 60


@pytest.fixture(scope="module")
def web(database: str, running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A second web process, on PostgreSQL and Redis, before the shared stack's Rasa."""
    (port,) = free_ports(1)
    var = tmp_path_factory.mktemp("services")
    settings = environment(
        database, var, LDN_PORT=str(port), LDN_RASA_URL=running.rasa_url, DJANGO_SETTINGS_MODULE="bot.web.settings"
    )
    migrate = [sys.executable, "-m", "django", "migrate", "--noinput", "--verbosity", "0"]
    subprocess.run(migrate, cwd=ROOT, env=settings, check=True, timeout=120)
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        f"127.0.0.1:{port}",
        "--threads",
        "8",
        "bot.web.wsgi:application",
    ]
    with (var / "web.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=log, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"

    def up() -> bool:
        try:
            return httpx.get(f"{url}/healthz", timeout=5, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    try:
        poll(up, 60, "web on PostgreSQL")
        yield url
    finally:
        process.terminate()
        process.wait(20)


def test_turn_from_end_to_end(web: str, database: str) -> None:
    with ChatClient(web) as chat:
        (reply,) = chat.say("how long until it works")["replies"]
        assert reply["topics"] == ["onset_time"]
        answered = chat.say("I take oxycodone daily")
        assert answered["replies"][0]["level"] == "escalate"
        (later,) = chat.say("what time of day should I take it?")["replies"]
        assert (later["level"], later["topics"]) == ("escalate", ["time_of_day"])
    with psycopg2.connect(database.replace("postgres:", "postgresql:", 1)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.level, t.state, c.severity FROM chat_turn t JOIN review_case c ON c.id = t.case_id WHERE t.id = %s",
            (answered["turn"],),
        )
        assert cursor.fetchall() == [("escalate", "answered", "urgent")]
    connection.close()


def test_ready_on_postgresql(web: str) -> None:
    response = httpx.get(f"{web}/readyz", timeout=20, trust_env=False)
    assert response.json() == {"status": "ok", "checks": {"database": "ok", "index": "ok", "dialogue": "ok"}}
