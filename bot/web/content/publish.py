"""Publishing: what would change, which stored questions would be answered differently, and the new index."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.approvals import allow
from bot.indexing import ensure_index, wanted
from bot.retrieval.decide import Decision, Outcome
from bot.retrieval.encoder import shared_encoder
from bot.retrieval.index import LiveIndex, build_index
from bot.retrieval.nlu import load_examples
from bot.retrieval.retriever import Retriever, shared_retriever
from bot.settings import settings
from bot.web.accounts import audit
from bot.web.chat.edge import clean
from bot.web.chat.models import Turn
from bot.web.content import approvals
from bot.web.content.passages import served

LAST = 200


@dataclass(frozen=True)
class Change:
    """A stored question that would be answered differently. `before` and `after` say how."""

    text: str
    before: str
    after: str
    same_topics: bool


def pending() -> list[tuple[str, str]]:
    """What publishing changes: (topic, "added" | "changed" | "removed")."""
    old, new = served(), wanted()
    added = [(topic, "added") for topic in new if topic not in old]
    changed = [(topic, "changed") for topic in new if topic in old and old[topic] != new[topic]]
    return sorted([*added, *changed, *((topic, "removed") for topic in old if topic not in new)])


def stored_questions(count: int = LAST) -> list[str]:
    """The last questions that the rules let through to retrieval, each once."""
    texts = Turn.objects.filter(level="none", topic="").order_by("-received_at").values_list("text", flat=True)
    return list(dict.fromkeys(clean(text) for text in texts[: count * 2] if clean(text)))[:count]


def replay(questions: Iterable[str], progress: bool = False) -> list[Change]:
    """The questions that today's knowledge and approvals would answer differently from the index in use."""
    config = settings()
    encoder = shared_encoder(config.encoder)
    with tempfile.TemporaryDirectory(prefix="ldn-replay-") as folder:
        target = Path(folder) / "index"
        may_show = allow(config.var, config.require_approval)
        examples = load_examples(config.nlu)
        build_index(config.knowledge, examples, target, encoder, may_show, progress, earlier=config.index)
        new = Retriever(LiveIndex(target, encoder))
        return compare(questions, shared_retriever(), new)


def compare(questions: Iterable[str], old: Retriever, new: Retriever) -> list[Change]:
    """The questions on which two indexes differ, in decision or in the text behind it."""
    found = []
    for text in questions:
        before, after = old.decide(text, {}), new.decide(text, {})
        was, will = _said(before, old), _said(after, new)
        if was != will:
            found.append(Change(text, was, will, before.topics == after.topics))
    return found


def _said(decision: Decision, retriever: Retriever) -> str:
    if decision.outcome not in (Outcome.ANSWER, Outcome.CLARIFY):
        return decision.outcome.value.replace("_", " ")
    passages = retriever.index().passages
    topics = ", ".join(
        f"{topic} ({passages[topic].version})" if topic in passages else f"{topic} (not shown)"
        for topic in decision.topics
    )
    return topics if decision.outcome is Outcome.ANSWER else f"asks: {topics}"


def publish(actor: audit.Actor) -> tuple[int, bool]:
    """Rebuild the index; the running bot serves it at once. How many passages it holds, and whether it is new."""
    approvals.write_file()
    manifest, built = ensure_index()
    audit.record(actor, "published", str(manifest["knowledge"])[:12], reason=f"{len(manifest['passages'])} passages")
    return len(manifest["passages"]), built


def expire() -> int:
    """Rebuild without the texts whose approval no longer counts; also new approvals that wait are then served."""
    return publish(audit.SYSTEM)[0]
