"""Which words of a turn are the question: without denials, spelt out, within a story, with what came before."""

import re

from bot.retrieval.decide import Candidate, Decision, Outcome, decide
from bot.retrieval.retriever import Retriever
from bot.turn import Turn

SHORT = 8
LONG = 22
CERTAIN = 0.9
ALONE = 0.75
PAIR = 0.7

_OPENS = re.compile(
    r"^(?:and|but|so|or|then|also|even|what about|how about|what if|why|how come|for how|is (?:that|it|this)|does (?:that|it)|"
    r"can i still|really|just|ok(?:ay)?,? (?:and|but|so|what|how|why)|which one|the (?:first|second|other)|same)\b",
    re.IGNORECASE,
)
_POINTS = re.compile(r"\b(?:that|it|this|those|them|one|then|there|either|same)\b", re.IGNORECASE)
_ASKS = re.compile(
    r"\?|\b(?:what|whats|how|hows|why|when|where|which|who|can|could|should|would|will|do|does|did|is|are|am|any|wondering|wonder|"
    r"asking|asks|ask|want(?:s|ed)? to know|tell me|question|worried|ok (?:to|if|with)|safe)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.?!;])\s+|\n+")
_CLAUSE = re.compile(r"[.?!;,]|\b(?:and|but|so|because)\b", re.IGNORECASE)


def understand(turn: Turn, retriever: Retriever) -> Decision:
    """The decision on a turn's text."""
    text = retriever.index().spelling.spell(without_denials(turn.text, turn.denied))
    ranking = turn.ranking if text == turn.text else None
    alone = retriever.candidates(text, ranking)
    if turn.previous and looks_like_follow_up(text) and alone[0].confidence < CERTAIN:
        return decide(
            blend(alone, retriever.candidates(f"{turn.before} {text}".strip())), retriever.index().calibration
        )
    pair = two_questions(text, retriever)
    if pair:
        return Decision(Outcome.ANSWER, (Candidate(pair[0], PAIR), Candidate(pair[1], PAIR)), pair)
    if len(text.split()) >= LONG and alone[0].confidence < ALONE:
        best = max(
            (retriever.candidates(part) for part in questions_in(text)),
            key=lambda candidates: candidates[0].confidence,
            default=None,
        )
        if best is not None:
            return decide(blend(alone, best), retriever.index().calibration)
    return decide(alone, retriever.index().calibration)


def without_denials(text: str, denied: tuple[tuple[int, int], ...]) -> str:
    """The text less the clauses that only deny a risk ("im not pregnant, how much do i start on")."""
    if not denied:
        return text
    cuts = [0, *(match.end() for match in _CLAUSE.finditer(text)), len(text)]
    clauses = [(start, end) for start, end in zip(cuts, cuts[1:], strict=False) if end > start]
    kept = [
        text[start:end] for start, end in clauses if not any(start < stop and begin < end for begin, stop in denied)
    ]
    rest = "".join(kept).strip(" ,.;")
    return rest if len(rest.split()) >= 3 else text


def looks_like_follow_up(text: str) -> bool:
    """Short, and opening or pointing back the way people do who go on with a subject."""
    words = text.split()
    if len(words) > SHORT:
        return False
    return len(words) <= 3 or bool(_OPENS.search(text)) or (len(words) <= 6 and bool(_POINTS.search(text)))


def questions_in(text: str) -> list[str]:
    """The sentences of a story that ask something, each also with the one before it."""
    sentences = [part.strip() for part in _SENTENCE.split(text) if len(part.split()) >= 3]
    asking = [number for number, sentence in enumerate(sentences) if _ASKS.search(sentence)]
    return [sentences[number] for number in asking] + [
        " ".join(sentences[number - 1 : number + 1]) for number in asking if number
    ]


def two_questions(text: str, retriever: Retriever) -> tuple[str, str] | None:
    """The topics of two clear questions in one message, or None."""
    parts = [part.strip() for part in re.split(r"(?<=\?)\s+|\?\s*(?:and|also|plus)\b", text) if len(part.split()) >= 3]
    if len(parts) != 2 or not all(_ASKS.search(part) for part in parts):
        return None
    decisions = [decide(retriever.candidates(part), retriever.index().calibration) for part in parts]
    topics = tuple(
        decision.topics[0]
        for decision in decisions
        if decision.outcome is Outcome.ANSWER and decision.confidence >= PAIR
    )
    return (topics[0], topics[1]) if len(topics) == 2 and topics[0] != topics[1] else None


def blend(one: tuple[Candidate, ...], other: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Two readings of the same turn, weighed alike."""
    both = {candidate.label: candidate.confidence / 2 for candidate in one}
    for candidate in other:
        both[candidate.label] = both.get(candidate.label, 0.0) + candidate.confidence / 2
    pairs = (Candidate(label, confidence) for label, confidence in both.items())
    return tuple(sorted(pairs, key=lambda candidate: -candidate.confidence))
