"""Follow-ups: "what about at night?" is read with what was just discussed; a new topic drops the old."""

from bot.retrieval.decide import Candidate, Decision, Outcome, decide, default_calibration
from bot.retrieval.retriever import Retriever
from bot.turn import Turn

SHORT = 7
OPENERS = ("what about", "how about", "and ", "but ", "what if", "why", "is that", "is it", "does that", "even ", "also ", "so ", "or ", "then ", "ok ", "for how", "how come", "really", "can i still")  # fmt: skip


def looks_like_follow_up(text: str) -> bool:
    """Short, and opening the way people do who go on with a subject."""
    words = text.lower().split()
    return len(words) <= SHORT and (len(words) <= 3 or text.lower().startswith(OPENERS))


def with_context(turn: Turn, retriever: Retriever) -> Decision:
    """Decide on the message alone; where that is unsure and it reads like a follow-up, on both together."""
    alone = retriever.decide(turn.text, dict(turn.ranking))
    if alone.outcome is Outcome.ANSWER or not turn.previous or not looks_like_follow_up(turn.text):
        return alone
    if alone.outcome is Outcome.SMALLTALK:
        return alone
    joined = retriever.candidates(f"{turn.before} {turn.text}".strip(), {})
    merged = _blend(alone.candidates, joined)
    return decide(merged, default_calibration())


def _blend(alone: tuple[Candidate, ...], joined: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    both = {candidate.label: candidate.confidence / 2 for candidate in alone}
    for candidate in joined:
        both[candidate.label] = both.get(candidate.label, 0.0) + candidate.confidence / 2
    pairs = (Candidate(label, confidence) for label, confidence in both.items())
    return tuple(sorted(pairs, key=lambda candidate: -candidate.confidence))
