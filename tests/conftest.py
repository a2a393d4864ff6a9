"""Shared by all tests: settings of their own, a database in a file, the real stack."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from stack import Running, Stack

from bot.client import ChatClient
from bot.settings import settings

Configure = Callable[..., None]

hypothesis_settings.register_profile("ldn", database=None, deadline=None)
hypothesis_settings.load_profile("ldn")


@pytest.fixture
def configure() -> Iterator[Configure]:
    """Change the environment for one test; settings are read again."""
    with pytest.MonkeyPatch.context() as patch:

        def change(**values: str) -> None:
            for key, value in values.items():
                patch.setenv(key, value)
            settings.cache_clear()

        yield change
    settings.cache_clear()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite in a file: in memory, threads would share one connection's locks, which the real one does not."""
    from django.db import connections

    database = connections["default"].settings_dict
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The stack all tests share: LDN_TEST_URL, or one started on demand."""
    if os.environ.get("LDN_TEST_URL"):
        yield Running.given()
        return
    stack = Stack(Path(tmp_path_factory.mktemp("stack")))
    stack.wait()
    yield stack
    stack.stop()


@pytest.fixture(scope="session")
def live_stack(running: Running) -> str:
    """The address of the shared stack."""
    return running.url


@pytest.fixture
def chat(live_stack: str) -> Iterator[ChatClient]:
    """A fresh conversation on the shared stack."""
    with ChatClient(live_stack) as client:
        yield client


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: once Playwright runs, its event loop is in the way of Django's database and of asyncio.run."""
    items.sort(key=lambda item: "browser" in item.path.parts)
