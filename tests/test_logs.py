"""A log never holds what a patient typed, whoever logs it and however."""

import io
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bot.logs import PrivateFilter, keep_private
from bot.settings import ROOT

WORDS = "my canary words about oxycodone"


@pytest.fixture
def private() -> Iterator[None]:
    """Records are stripped where they are made, for one test."""
    before = logging.getLogRecordFactory()
    keep_private()
    yield
    logging.setLogRecordFactory(before)


def written(name: str, *args: object, **kwargs: object) -> str:
    """What a handler with every detail writes of one record."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(module)s %(message)s %(exc_text)s"))
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    logger.propagate = False
    try:
        logger.error(*args, **kwargs)  # type: ignore[arg-type]
    finally:
        logger.removeHandler(handler)
    return stream.getvalue()


FOREIGN = ["rasa.core.processor", "rasa_sdk.executor", "sanic.root", "aiohttp", "django.request", "py.warnings"]


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.usefixtures("private")
def test_foreign_record_keeps_its_place_only(name: str) -> None:
    line = written(name, "could not run the turn %s: %r", WORDS, {"text": WORDS})
    assert line.startswith(f"ERROR {name} test_logs test_logs:")
    assert "canary" not in line
    assert "could not run" not in line


def test_root_record_keeps_its_place_only() -> None:
    # In a process of its own: libraries imported by other tests put their own class in the root logger's place.
    script = (
        "import logging; from bot.logs import keep_private; logging.basicConfig(); keep_private(); "
        f"logging.getLogger().error('could not run the turn %s', {WORDS!r})"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert done.stderr == "ERROR:root:<string>:1\n"


@pytest.mark.usefixtures("private")
def test_text_in_the_message_itself_is_gone() -> None:
    assert "canary" not in written("rasa.shared", f"Error for tracker {WORDS}")


@pytest.mark.parametrize("name", ["rasa.core", "ldn.turns"])
@pytest.mark.usefixtures("private")
def test_traceback_is_gone(name: str) -> None:
    try:
        raise ValueError(WORDS)
    except ValueError:
        line = written(name, "turn failed", exc_info=True)
    assert "canary" not in line
    assert "Traceback" not in line


@pytest.mark.usefixtures("private")
def test_foreign_exception_keeps_its_type() -> None:
    try:
        raise KeyError(WORDS)
    except KeyError:
        assert "KeyError" in written("rasa.core", "x", exc_info=True)


@pytest.mark.usefixtures("private")
def test_stack_info_is_gone() -> None:
    assert "Stack (most recent call last)" not in written("rasa.core", "x", stack_info=True)


@pytest.mark.usefixtures("private")
def test_what_we_wrote_ourselves_stays() -> None:
    assert "turn abc got the fixed message: late" in written(
        "ldn.turns", "turn %s got the fixed message: %s", "abc", "late"
    )


@pytest.mark.parametrize("name", ["ldnx", "ldn_turns", "x.ldn"])
def test_only_our_own_names_are_ours(name: str) -> None:
    record = logging.LogRecord(name, logging.INFO, __file__, 1, WORDS, None, None)
    PrivateFilter().filter(record)
    assert "canary" not in record.getMessage()


def test_no_log_call_of_ours_holds_a_text() -> None:
    """Every argument of our own log calls, by hand: what may stand there has no patient's words in it."""
    import ast

    from bot.settings import ROOT

    known = {"turn.pk", "failure", "type(error).__name__", "getattr(task, '__name__', 'task')"}
    chat = [ROOT / "bot" / "web" / "worker.py", *sorted((ROOT / "bot" / "web" / "chat").glob("*.py"))]
    found = set()
    for path in chat:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log."):
                found |= {ast.unparse(argument) for argument in node.args[1:]}
    assert found - known == set()
