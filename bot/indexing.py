"""`ldn index`: build the index of what may be shown, when something in it has changed."""

from typing import Any

from bot.retrieval.encoder import shared_encoder
from bot.retrieval.index import StaleIndexError, build_index, knowledge_digest, read_manifest
from bot.retrieval.nlu import load_examples
from bot.settings import settings


def ensure_index(force: bool = False) -> tuple[dict[str, Any], bool]:
    """The manifest of an index that fits today's knowledge; True if it had to be built."""
    config = settings()
    encoder = shared_encoder(config.encoder)
    examples = load_examples(config.nlu)
    digest = knowledge_digest(config.knowledge, examples)
    try:
        manifest = read_manifest(config.index)
        fits = manifest["knowledge"] == digest and manifest["model"] == encoder.digest
    except StaleIndexError:
        fits = False
    if fits and not force:
        return manifest, False
    return build_index(config.knowledge, examples, config.index, encoder), True
