"""The chat API over Django's test client, with Rasa's double behind it."""

from collections.abc import Callable, Iterator

import pytest
from api_patient import Patient
from django.core.cache import cache
from rasa_double import RasaDouble

from bot.safety.triage import warm

Configure = Callable[..., None]


@pytest.fixture(scope="session", autouse=True)
def _warm() -> None:
    """Read the lexicon before anything is timed, as the web process does when it starts."""
    warm()


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


@pytest.fixture
def roomy(rasa: RasaDouble, configure: Configure) -> RasaDouble:
    """The double with the real budget, for tests of order rather than of time."""
    configure(LDN_TURN_SECONDS="8")
    return rasa
