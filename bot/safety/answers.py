"""Short answers to the bot's own question: "yes", "no", "not sure", "norco"."""

from __future__ import annotations

import re

from bot.safety.match import lexer
from bot.safety.normalise import normalise, tokenise
from bot.safety.policy import level_of
from bot.safety.verdict import Category, Flag, Level, Status, Verdict

_YES = re.compile(
    r"^(?:(?:um|uh|well|oh|ok|hi|so|i think|hmm|ah) )*(?:yes|yeah|yea|yep|yup|ya|yas|y|ye|yess+|sure do|sure|si|correct|right|affirmative|i do|i am|it does|"
    r"it is|they are|one is|one of them|one does|both|all of them|that applies|applies|it applies|applies to me|that is me|thats me|me|mhm|uh huh|definitely|"
    r"absolutely|of course|unfortunately|guilty|true|claro|asi es|i have|i was|we are|some of them|a few|an opioid|opioid)\b"
)
_UNSURE = re.compile(
    r"\b(?:not sure|unsure|dont know|do not know|idk|dunno|maybe|might|may be|possibly|probably|i think|think so|no idea|not certain|cant remember|"
    r"dont remember|forgot|forget|no clue|kind of|kinda|sort of|sometimes|once in a while|occasionally|it depends|could be|hard to say|what counts|"
    r"how do i know|not really sure|no se|no estoy segur[oa]|quizas|tal vez|a veces|creo|used to|before|in the past|not anymore|not any ?more|"
    r"starts with|begins with|the white|the blue|white pill|round|bottle|something|some kind|name|whatever|as needed|prn|strong|last (?:week|month)|"
    r"yesterday|recently|ran out|unless|except|only when|just when|depends)\b"
)
_NO = re.compile(
    r"^(?:(?:um|uh|well|oh|ok|so|hmm|ah|lol|nah|god|hell|thank god|thankfully|definitely|absolutely|of course|def) )*(?:no|nope|nah|none|neither|never|negative|n|"
    r"not me|not at all|nothing|it does not|it doesnt|they are not|theyre not|doesnt apply|does not apply|not applicable|na|n a|not an opioid|not opioids?|"
    r"i dont|i do not|im not|i am not|non opioid|tampoco|ninguno|ninguna|nada|zero)\b"
)
_ASKS = re.compile(
    r"\?|^(?:how|what|whats|when|where|why|who|which|can|could|does|do|is|are|will|would|should|tell me|thanks|thank|ty|bye|hello|hi|ok|okay|great|got it|"
    r"i want|i need|call me|talk to|speak)\b"
)


def read_answer(text: str, verdict: Verdict, kind: str, category: Category) -> Verdict:
    """The verdict of a reply to the bot's question, never lower than the message alone gives.

    An opioid's name, a yes or an "I don't know" escalates; a plain no, or harmless names only, does not.
    """
    words = [token.text for token in tokenise(normalise(text).text)]
    plain = " ".join(words)
    if not words:
        return verdict
    told = [flag for flag in verdict.flags if flag.category is category]
    if any(flag.level >= Level.ESCALATE for flag in told):
        return verdict
    status = _status(plain, words, kind, bool(told))
    if status is None:
        return verdict
    flag = Flag(category, status, f"answer.{kind}.{status.value}", 0, len(text), text, level_of(category, status))
    return Verdict.of((*verdict.flags, flag))


def _status(plain: str, words: list[str], kind: str, told: bool) -> Status | None:
    if _NO.match(plain) and not _UNSURE.search(plain):
        return Status.DENIED
    if _UNSURE.search(plain):
        return Status.POSSIBLE
    if _YES.match(plain):
        return Status.PRESENT
    if kind != "which_medicine" or _ASKS.search(plain) or len(words) > 12:
        return None
    if told:
        # "pain pills", once more, to the question which: they do not know, or do not say.
        return Status.POSSIBLE
    return Status.DENIED if _harmless(text=plain) else Status.POSSIBLE


def _harmless(text: str) -> bool:
    """Whether an answer names medicines that are known and are not opioids."""
    hits = lexer().hits(tokenise(text))
    return any(hit.entry.policy.value == "MASK" and not hit.entry.own_drug for hit in hits)
