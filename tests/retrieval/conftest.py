"""An index built from the small knowledge folder with the real encoder."""

from pathlib import Path

import pytest
from small_knowledge import EXAMPLES, PASSAGES, write_knowledge

from bot.retrieval.encoder import Encoder, shared_encoder
from bot.retrieval.index import build_index


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The real one; loading it takes seconds."""
    return shared_encoder()


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    """A fresh knowledge folder."""
    return write_knowledge(tmp_path / "knowledge", list(PASSAGES))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    """An index that tests read but never change."""
    place = tmp_path_factory.mktemp("built")
    build_index(write_knowledge(place / "knowledge", list(PASSAGES)), EXAMPLES, place / "index", encoder)
    return place / "index"
