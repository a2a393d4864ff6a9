"""`ldn index`: build the index of what may be shown, when something in it has changed."""

from typing import Any

from bot.approvals import allow
from bot.retrieval.encoder import shared_encoder
from bot.retrieval.index import StaleIndexError, build_index, knowledge_digest, read_manifest
from bot.retrieval.nlu import load_examples
from bot.retrieval.passages import load_passages
from bot.settings import settings


def wanted() -> dict[str, str]:
    """Digests of the passages that may be shown today, by topic."""
    config = settings()
    may_show = allow(config.var, config.require_approval)
    return {key: passage.digest for key, passage in load_passages(config.knowledge).items() if may_show(passage)}


def ensure_index(force: bool = False) -> tuple[dict[str, Any], bool]:
    """The manifest of an index that fits today's knowledge and approvals; True if it had to be built."""
    config = settings()
    encoder = shared_encoder(config.encoder)
    examples = load_examples(config.nlu)
    digest = knowledge_digest(config.knowledge, examples)
    try:
        manifest = read_manifest(config.index)
        fits = (
            manifest["knowledge"] == digest and manifest["model"] == encoder.digest and manifest["passages"] == wanted()
        )
    except StaleIndexError:
        fits = False
    if fits and not force:
        return manifest, False
    may_show = allow(config.var, config.require_approval)
    earlier = None if force else config.index
    return build_index(config.knowledge, examples, config.index, encoder, allow=may_show, earlier=earlier), True
