"""The real trained model, loaded once."""

from typing import Any

import pytest

from bot.processes import NotReady, prepare_environment
from bot.train import ready_model, train


@pytest.fixture(scope="session")
def model() -> str:
    """Path of the model of today's inputs, trained if it is missing."""
    try:
        return str(ready_model())
    except NotReady:
        return str(train())


@pytest.fixture(scope="session")
def processor(model: str) -> Any:
    """Rasa's message processor on the model, with nothing to call."""
    prepare_environment()
    from rasa.core.agent import Agent

    return Agent.load(model).processor
