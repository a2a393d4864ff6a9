"""What a hit means where it stands: whose it is, when, and whether it is so."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from bot.safety.denials import denied, taken_back, well
from bot.safety.language import Language, language_of_words
from bot.safety.lexicon import Entry, Policy
from bot.safety.match import Hit
from bot.safety.normalise import ENDS, Token
from bot.safety.policy import level_of
from bot.safety.rules import RuleSet, StatusRule
from bot.safety.verdict import Category, Level, Status

_BREAKS = frozenset(
    {"but", "except", "because", "bc", "cuz", "cause", "though", "although", "however", "(", ")", "-", "~", ">"}
)
_AND_STARTS = frozenset(["i", "im", "ive", "my", "he", "she", "hes", "shes", "we", "they", "theyre", "you"])
_SHORT = {
    Category.OPIOID_USE: "Yo",
    Category.PREGNANCY: "Yp",
    Category.LIVER_DISEASE: "Yl",
    Category.EMERGENCY: "Ye",
    Category.SELF_HARM: "Ys",
}
# A denial of the urgent two is never silent, so their rules are others.
_DENIABLE = frozenset({Category.OPIOID_USE, Category.PREGNANCY, Category.LIVER_DISEASE})
# Names of the organ and its tests, which may be well.
_ORGAN = frozenset({"liver", "liver tests", "liver (Spanish)", "frame.liver.organ_bad"})
# "percocet, norco, or any of those" is one list.
_AND_THE_LIKE = [[a, b] for a in ("or", "nor") for b in ("any", "anything", "none", "nothing", "whatever")]
# Clauses longer than this are cut round the hit; nobody denies something from further away.
_REACH = 45
# How far round a hit "the message" goes, in words; half as far in messages of more words than these.
_AROUND = 150
_MANY = 400
_SEVERAL = re.compile(
    r"\b(?:(?:grand)?parents|kids|children|in laws|inlaws|friends|neighbors|roommates|brothers|sisters|sons|daughters"
    r"|aunts|uncles|cousins|people|cats|dogs|and (?:her|his|their) \w+|my \w+ and \w+)\b"
)
# Macros that tell who takes LDN.
_LDN_USERS = ("user_other", "user_me", "user_mine", "user_theirs", "user_self", "ldn_asked")
# A hit that names its owner, as in "the whites of my eyes", whatever stands before it.
_SPEAKER = re.compile(r"\b(?:my|i|im|ive|me)\b(?! (?:says|said|told))")

# A hit that says whose it is by a pronoun: "shes due any day", "change his patch".
_OF_ANOTHER = re.compile(r"^(?:she|shes|he|hes|they|theyre|her|his)\b|\b(?:his|her|their)\b")


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit with the status it was given and the rule that gave it."""

    hit: Hit
    status: Status
    rule: str
    level: Level


class Reading:
    """One message: its tokens, sentences, clauses, and who takes LDN in it."""

    def __init__(
        self,
        tokens: list[Token],
        hits: list[Hit],
        masks: list[Hit],
        rules: RuleSet,
        capitals: frozenset[int] = frozenset(),
    ) -> None:
        self.tokens = tokens
        self.capitals = capitals
        self.words = [token.text for token in tokens]
        self.hits = hits
        self._rules = rules
        self._label: list[str | None] = [None] * len(tokens)
        for mask in masks:
            if (
                mask.entry.own_drug
                or mask.entry.canonical == "non-opioid drugs"
                or mask.entry.canonical == "non-opioid analgesics"
            ):
                self._write(mask, "ldn" if mask.entry.own_drug else "DRUG")
        for hit in hits:
            self._write(hit, _SHORT[hit.category])  # type: ignore[index]
        self.sentence_starts = [0] + [i + 1 for i, word in enumerate(self.words) if word in ENDS]
        self.clause_starts = self._clauses()
        self.text = self._render(0, len(tokens))

    def symbols(self, hit: Hit) -> tuple[list[str], int]:
        """The words round a hit, labels for hits and X for this one, and where X stands."""
        out = self._symbols(max(0, hit.start - _REACH), min(len(self.words), hit.end + _REACH), hit)
        return out, out.index("X")

    def _write(self, hit: Hit, label: str) -> None:
        for i in range(hit.start, hit.end):
            self._label[i] = label if i == hit.start else ""

    def _clauses(self) -> list[int]:
        starts = set(self.sentence_starts)
        words = self.words
        for i, word in enumerate(words):
            if word in _BREAKS or (word == "and" and i + 1 < len(words) and words[i + 1] in _AND_STARTS):
                starts.add(i)
            elif word == "," and not self._in_list(i):
                starts.add(i + 1)
        return sorted(starts)

    def _in_list(self, comma: int) -> bool:
        """Whether a comma stands between items ("liver disease, pregnancy or opioids")."""
        after = next(
            (
                j
                for j in range(comma + 1, min(comma + 4, len(self.words)))
                if self.words[j] not in {"or", "and", "nor", "any", "a"}
            ),
            None,
        )
        if self.words[comma + 1 : comma + 3] in _AND_THE_LIKE:
            return True
        return after is not None and (
            self._label[after] not in {None, "ldn", ""}
            or bool(self._rules.pattern("condition").fullmatch(self.words[after]))
        )

    def _symbols(self, start: int, end: int, hit: Hit | None = None) -> list[str]:
        out: list[str] = []
        for i in range(start, end):
            if hit and hit.start <= i < hit.end:
                if i == hit.start:
                    out.append("X")
                continue
            label = self._label[i]
            if label is None:
                out.append(self.words[i])
            elif label:
                out.append(label)
        return out

    def _render(self, start: int, end: int, hit: Hit | None = None) -> str:
        return " ".join(self._symbols(start, end, hit))

    def _span(self, starts: list[int], at: int) -> tuple[int, int]:
        index = bisect_right(starts, at) - 1
        end = starts[index + 1] if index + 1 < len(starts) else len(self.words)
        return starts[index], end

    def sentence_span(self, at: int) -> tuple[int, int]:
        return self._span(self.sentence_starts, at)

    def clause(self, hit: Hit) -> str:
        start, end = self._span(self.clause_starts, hit.start)
        end = max(end, hit.end)
        return self._render(max(start, hit.start - _REACH), min(end, hit.end + _REACH), hit)

    def sentence(self, hit: Hit) -> str:
        start, end = self._span(self.sentence_starts, hit.start)
        end = max(end, hit.end)
        return self._render(max(start, hit.start - _REACH * 2), min(end, hit.end + _REACH * 2), hit)

    def around(self, hit: Hit) -> str:
        """The message with X in it, cut to what can be near."""
        reach = _AROUND if len(self.words) <= _MANY else _AROUND // 2
        return self._render(max(0, hit.start - reach), min(len(self.words), hit.end + reach), hit)

    def company(self, hit: Hit) -> str:
        """All that is looked at round a hit, and its own words."""
        around = self._render(max(0, hit.start - _AROUND), min(len(self.words), hit.end + _AROUND), hit)
        return " ".join([around, *self.words[hit.start : hit.end]])

    def next(self, hit: Hit) -> str:
        """The sentence of the hit joined with the one after it, for "pregnant? no."."""
        start, end = self._span(self.sentence_starts, hit.start)
        follow = self._span(self.sentence_starts, end)[1] if end < len(self.words) else end
        return self._render(max(start, hit.start - _REACH), min(follow, max(end, hit.end) + _REACH), hit)

    @cached_property
    def ldn_user(self) -> str:
        """Who takes LDN or would: "self", "other", "unknown" where it is asked about, "none" where it is not."""
        text = self.text[:6000].replace("( ", "").replace(") ", "").replace(", ", "")

        says = self._rules.says(text, _LDN_USERS)
        mine = "user_me" in says or ("user_mine" in says and "user_theirs" not in says)
        if "user_other" in says and not mine:
            return "other"
        if "user_self" in says:
            return "self"
        return "unknown" if "ldn_asked" in says else "none"

    @cached_property
    def language(self) -> Language:
        return language_of_words(self.words)

    def labelled(self, category: Category) -> list[str]:
        """Each token, with what tells of a category as the category's label and of this one as "hit"."""
        own = _SHORT[category]
        return [
            word if label is None else "hit" if label == own else label
            for word, label in zip(self.words, self._label, strict=True)
        ]

    def says(self, macro: str, hit: Hit | None = None) -> bool:
        """Whether a macro is found in the message, or in the sentence of a hit."""
        return self._rules.pattern(macro).search(self.sentence(hit) if hit else self.text) is not None

    def who(self, hit: Hit) -> str:
        """Whose the risk is: the nearest subject before it, or a possessor right before it."""
        inside = " ".join(self.words[hit.start : hit.end])
        if _SPEAKER.search(inside) and not self._rules.pattern("family").search(inside):
            return "self"
        told = _OF_ANOTHER.search(inside)
        if told:
            return self._named_before(hit, told.group().startswith("the")) or "third"
        start, _ = self.sentence_span(hit.start)
        before = self._render(max(start, hit.start - _REACH), hit.start)
        subject = None
        for found in self._rules.pattern("subject").finditer(before):
            subject = found
        if subject is None:
            after = self._render(hit.end, min(hit.end + 8, len(self.words)))
            # A sentence without a subject is taken as the speaker's own: that never lowers a level.
            return "generic" if self._rules.pattern("generic_after").match(after) else "none"
        if subject.lastgroup == "third":
            return self._named_before(hit, subject.group().startswith("the")) or "third"
        return subject.lastgroup or "none"

    def _named_before(self, hit: Hit, they: bool) -> str | None:
        """The person a "she" or "he" goes back to; a "they" goes back to several, or to an office."""
        earlier = self._render(max(0, hit.start - _AROUND), hit.start)
        if they and not _SEVERAL.search(earlier):
            return None
        for name in ("pet", "far", "family"):
            if self._rules.pattern(f"{name}_named").search(earlier):
                return name
        return None


class Judge:
    """Gives every hit its status, by the first rule that fits."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._by_category = {
            category: tuple(rule for rule in rules.statuses if category in rule.category) for category in Category
        }

    def judge(self, reading: Reading, hit: Hit) -> Finding:
        entry, category = hit.entry, hit.category
        assert category is not None
        scopes = {"clause": reading.clause(hit), "sentence": reading.sentence(hit)}
        own = bool(self._rules.pattern(f"own_{category.value}").search(scopes["clause"]))
        doubtful, name = False, None
        if category in _DENIABLE:
            around, said = reading.symbols(hit), reading.words[hit.start : hit.end]
            doubtful = taken_back(*around, said, category)
            name = None if doubtful else _plainly_denied(hit, *around, said, own)
        if name:
            return Finding(hit, Status.DENIED, name, level_of(category, Status.DENIED))
        who = reading.who(hit)
        for rule in self._by_category[category]:
            if not _fits(rule, entry, who, reading, own):
                continue
            text = self._scope(reading, hit, rule.scope, scopes)
            if not rule.pattern.search(text) or (rule.unless and rule.unless.search(text)):
                continue
            if rule.unless_sentence and rule.unless_sentence.search(scopes["sentence"]):
                continue
            if doubtful and rule.status is Status.DENIED:
                continue
            if not (rule.unless_message and rule.unless_message.search(self._scope(reading, hit, "message", scopes))):
                return Finding(hit, rule.status, rule.id, rule.level or level_of(category, rule.status))
        status, name = _default(entry, own, bool(self._rules.pattern("first_person").search(scopes["sentence"])))
        return Finding(hit, status, name, level_of(category, status))

    def _scope(self, reading: Reading, hit: Hit, name: str, known: dict[str, str]) -> str:
        if name not in known:
            known[name] = reading.next(hit) if name == "next" else reading.around(hit)
        return known[name]

    def framed(self, reading: Reading, hit: Hit) -> bool:
        """Whether a word that is a drug or an illness only in some company has that company here."""
        policy = hit.entry.policy
        if policy not in {Policy.CASED, Policy.FRAME, Policy.STRICT}:
            return True
        sentence = reading.sentence(hit)
        if policy is Policy.CASED:
            return hit.start in reading.capitals or self._rules.pattern("frame_cased").search(sentence) is not None
        return self._rules.pattern(f"frame_{policy.value.lower()}").search(sentence) is not None


def _plainly_denied(hit: Hit, symbols: list[str], at: int, said: list[str], own: bool) -> str | None:
    """The id of the way in which a hit is denied word by word; see denials.py."""
    assert hit.category is not None
    if denied(symbols, at, said, hit.category, own):
        return "denied.flat"
    if hit.entry.canonical in _ORGAN and well(symbols, at, said):
        return "denied.well"
    return None


def _fits(rule: StatusRule, entry: Entry, who: str, reading: Reading, own: bool) -> bool:
    return not (
        (rule.unless_own and own)
        or (rule.who and who not in rule.who)
        or (rule.kinds and entry.kind not in rule.kinds)
        or (rule.not_kinds and entry.kind in rule.not_kinds)
        or (rule.canonicals and entry.canonical not in rule.canonicals)
        or (rule.policies and entry.policy.value not in rule.policies)
        or (rule.language and rule.language is not reading.language)
        or (rule.user and reading.ldn_user not in rule.user)
    )


def _default(entry: Entry, own: bool, first_person: bool) -> tuple[Status, str]:
    if entry.policy is Policy.ASK:
        return Status.UNSPECIFIED, "default.unspecified"
    if entry.policy is Policy.IMPLIED:
        return Status.IMPLIED, "default.implied"
    if entry.policy is Policy.TOPIC and not own:
        return (Status.POSSIBLE, "default.topic_own") if first_person else (Status.TOPIC, "default.topic")
    return (Status.PRESENT, "default.own") if own else (Status.POSSIBLE, "default.possible")
