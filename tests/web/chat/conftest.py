"""The chat API over Django's test client, with Rasa's double behind it."""

from collections.abc import Callable, Iterator

import pytest
from api_patient import Patient
from django.core.cache import cache
from rasa_double import RasaDouble

Configure = Callable[..., None]


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def rasa(configure: Configure) -> Iterator[RasaDouble]:
    """Rasa's double, with a budget of one second a turn."""
    with RasaDouble() as double:
        configure(LDN_RASA_URL=double.url, LDN_TURN_SECONDS="1")
        yield double
        double.shutdown()


@pytest.fixture
def patient(transactional_db: None) -> Patient:
    """A patient who has consented; the database really commits."""
    return Patient().start()
