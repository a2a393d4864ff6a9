"""Context rules as data: read from rules/*.yml, checked, compiled."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from itertools import permutations
from pathlib import Path
from typing import Any, TypeVar

import yaml

from bot.safety.fuzzy import english
from bot.safety.language import Language
from bot.safety.prefilter import Way, ways
from bot.safety.sieve import Index, found
from bot.safety.verdict import Category, Level, Status

T = TypeVar("T")

FOLDER = Path(__file__).parent / "rules"
_ALL_THREE = (Category.OPIOID_USE, Category.PREGNANCY, Category.LIVER_DISEASE)
_GROUPS = {
    "risk": _ALL_THREE,
    "urgent": (Category.EMERGENCY, Category.SELF_HARM),
    "all": tuple(Category),
}
SCOPES = ("clause", "sentence", "message", "next")
WHO = ("self", "family", "far", "third", "generic", "pet", "none")
USERS = ("self", "other", "unknown", "none")


class RuleError(ValueError):
    """A rule that cannot be used; the message names the rule and the cure."""


@dataclass(frozen=True, slots=True)
class StatusRule:
    """Gives a hit its status when `pattern` is found where `scope` looks, X being the hit.

    Y stands for the other hits (Yo opioid, Yp pregnancy, Yl liver, Ye emergency), DRUG for a harmless drug.
    """

    id: str
    category: tuple[Category, ...]
    status: Status
    pattern: re.Pattern[str]
    source: str
    fires: str
    silent: str
    scope: str = "clause"
    unless: re.Pattern[str] | None = None
    unless_sentence: re.Pattern[str] | None = None
    unless_message: re.Pattern[str] | None = None
    unless_own: bool = False
    who: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    not_kinds: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    canonicals: tuple[str, ...] = ()
    level: Level | None = None
    language: Language | None = None
    """For rules that fit messages in one language only."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Finds a risk that no single word names. `needs` are words one of which must be there."""

    id: str
    category: Category
    canonical: str
    pattern: str
    """The regular expression, macros filled in."""
    ways: tuple[Way, ...]
    """The alternatives of the pattern, which are what is tried."""
    needs: frozenset[str]
    source: str
    fires: str
    silent: str
    unless: re.Pattern[str] | None = None
    reach: int = 60
    """Characters on either side in which `unless` is looked for."""
    policy: str = "FIRE"
    kind: str = "frame"
    near: tuple[frozenset[str], ...] = ()
    """For frames written as word groups: the rarest words of each group; one of each must be there."""

    @property
    def groups(self) -> tuple[frozenset[str], ...]:
        """Groups of words of which a message must hold one each."""
        return (self.needs, *self.near) if self.needs else self.near


@dataclass(frozen=True)
class RuleSet:
    macros: dict[str, str]
    statuses: tuple[StatusRule, ...]
    frames: tuple[Frame, ...]
    _compiled: dict[str, re.Pattern[str]] = field(default_factory=dict)
    _indexes: dict[tuple[str, ...], Index] = field(default_factory=dict)

    @cached_property
    def index(self) -> Index:
        """The frames by the words they need."""
        return Index([(frame.ways, frame.groups) for frame in self.frames])

    def says(self, text: str, names: tuple[str, ...]) -> frozenset[str]:
        """Which of these macros a text holds, without trying those of which it lacks a word."""
        if names not in self._indexes:
            self._indexes[names] = Index([(ways(self.pattern(name).pattern), ()) for name in names])
        return frozenset(names[number] for number in found(text, self._indexes[names]))

    def pattern(self, name: str) -> re.Pattern[str]:
        """A macro on its own, for code that asks the same question of every hit."""
        if name not in self._compiled:
            self._compiled[name] = _compile(f"{{{name}}}", self.macros, f"macro {name}")
        return self._compiled[name]

    def vocabulary(self) -> frozenset[str]:
        """Plain words the rules look for; slips in them are mended before matching."""
        needs = {word for frame in self.frames for word in frame.needs}
        return frozenset(needs | set(self.macros.get("vocabulary", "").split("|")))


_MACRO = re.compile(r"\{([a-z_]+)\}")


def _compile(pattern: str, macros: dict[str, str], where: str) -> re.Pattern[str]:
    return _made(re.compile, _filled(pattern, macros, where), where)


def _filled(pattern: str, macros: dict[str, str], where: str) -> str:
    """A pattern with its macros in it."""

    def fill(found: re.Match[str]) -> str:
        if found[1] not in macros:
            raise RuleError(f"{where}: no macro '{found[1]}'. Add it to macros.yml or correct the name.")
        return f"(?:{macros[found[1]]})"

    for _ in range(6):
        if not _MACRO.search(pattern):
            break
        pattern = _MACRO.sub(fill, pattern)
    return pattern


def _made(make: Callable[[str], T], pattern: str, where: str) -> T:
    try:
        return make(pattern)
    except re.error as error:
        raise RuleError(f"{where}: not a regular expression ({error}): {pattern}") from error


# A word between two groups of a `near` frame; commas may stand there, the end of a sentence may not.
_BETWEEN = r"(?: (?![.?!;\n](?: |$))\S+)"
_WORDS_ONLY = re.compile(r"[\w &'.#]+")


def _near(groups: list[list[str]], within: int, ordered: bool) -> str:
    """A pattern for word groups standing near each other in one sentence, in any order unless `ordered`."""
    parts = [
        f"(?:{'|'.join(str(word) for word in sorted(map(str, group), key=len, reverse=True))})" for group in groups
    ]
    orders = [parts] if ordered else permutations(parts)
    gap = f"{_BETWEEN}{{0,{within}}}? "
    return rf"(?<!\S)(?P<x>{'|'.join(gap.join(order) for order in orders)})(?!\S)"


def _rare_words(group: list[str]) -> frozenset[str]:
    """What one of must be among the words of a message for the group to stand in it; empty where that is not known.

    Of each phrase its rarest word, so that "a train" is looked for at trains and not at every "a".
    """
    if not all(_WORDS_ONLY.fullmatch(str(word)) for word in group):
        return frozenset()
    return frozenset(min(str(phrase).split(), key=lambda word: english().get(word, 0)) for phrase in group)


def _checked(kind: type, raw: dict[str, Any], where: str) -> None:
    known = {field.name for field in fields(kind)} - {"ways"}
    if kind is Frame and "near" in raw:
        known |= {"within", "ordered"}
        raw = raw | {"pattern": ""}
    unknown = set(raw) - known
    if unknown:
        raise RuleError(f"{where}: unknown key {', '.join(sorted(unknown))}. Known keys: {', '.join(sorted(known))}.")
    missing = {"id", "category", "pattern", "source", "fires", "silent"} - set(raw)
    if missing:
        raise RuleError(f"{where}: missing {', '.join(sorted(missing))}.")


def _one_of(raw: Any, allowed: tuple[str, ...], where: str) -> tuple[str, ...]:
    values = tuple(raw) if isinstance(raw, list) else (raw,)
    wrong = [value for value in values if value not in allowed]
    if wrong:
        raise RuleError(f"{where}: {wrong} is not among {', '.join(allowed)}.")
    return values


def _status(raw: dict[str, Any], macros: dict[str, str], where: str) -> StatusRule:
    _checked(StatusRule, raw, where)
    named = raw["category"] if isinstance(raw["category"], list) else [raw["category"]]
    categories = tuple(c for name in named for c in (_GROUPS.get(name) or (Category(name),)))
    return StatusRule(
        id=raw["id"],
        category=categories,
        status=Status(raw["status"]),
        pattern=_compile(raw["pattern"], macros, where),
        source=raw["source"],
        fires=raw["fires"],
        silent=raw["silent"],
        scope=_one_of(raw.get("scope", "clause"), SCOPES, where)[0],
        unless=_compile(raw["unless"], macros, where) if "unless" in raw else None,
        unless_sentence=_compile(raw["unless_sentence"], macros, where) if "unless_sentence" in raw else None,
        unless_message=_compile(raw["unless_message"], macros, where) if "unless_message" in raw else None,
        unless_own=bool(raw.get("unless_own", False)),
        who=_one_of(raw.get("who", []), WHO, where),
        user=_one_of(raw.get("user", []), USERS, where),
        kinds=tuple(raw.get("kinds", [])),
        not_kinds=tuple(raw.get("not_kinds", [])),
        policies=tuple(raw.get("policies", [])),
        canonicals=tuple(raw.get("canonicals", [])),
        level=Level(raw["level"]) if "level" in raw else None,
        language=Language(raw["language"]) if "language" in raw else None,
    )


def _frame(raw: dict[str, Any], macros: dict[str, str], where: str) -> Frame:
    _checked(Frame, raw, where)
    groups = raw.get("near", [])
    bare = [word for group in [raw.get("needs", []), *groups] for word in group if isinstance(word, bool)]
    if bare:
        raise RuleError(f"{where}: YAML reads on, off, yes and no as true and false; put them in quotes.")
    if groups:
        if "pattern" in raw or not 2 <= len(groups) <= 3:
            raise RuleError(f"{where}: near takes two or three lists of words, and no pattern beside them.")
        raw = raw | {"pattern": _near(groups, int(raw.get("within", 5)), bool(raw.get("ordered", False)))}
    pattern = _filled(raw["pattern"], macros, where)
    return Frame(
        id=raw["id"],
        category=Category(raw["category"]),
        canonical=raw.get("canonical", raw["id"]),
        pattern=pattern,
        ways=_made(ways, pattern, where),
        needs=frozenset(str(word) for word in raw.get("needs", [])),
        source=raw["source"],
        fires=raw["fires"],
        silent=raw["silent"],
        unless=_compile(raw["unless"], macros, where) if "unless" in raw else None,
        reach=int(raw.get("reach", 60)),
        policy=raw.get("policy", "FIRE"),
        kind=raw.get("kind", "frame"),
        near=tuple(found for group in groups if (found := _rare_words(group))),
    )


class _Loader(yaml.CSafeLoader):
    """libyaml's loader, which reads the same in an eighth of the time, and refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise RuleError(
                f"line {node.start_mark.line + 1}: {', '.join(twice)} is given twice. Delete one or join them."
            )
        return super().construct_mapping(node, deep)


def _read(path: Path) -> Any:
    try:
        return yaml.load(path.read_bytes(), Loader=_Loader)
    except RuleError as error:
        raise RuleError(f"{path.name}, {error}") from error


def load(folder: Path = FOLDER) -> RuleSet:
    """Every rule of a folder; raises RuleError at the first that is wrong."""
    macros: dict[str, str] = {}
    statuses: list[StatusRule] = []
    frames: list[Frame] = []
    seen: set[str] = set()
    parts = [(path, _read(path)) for path in sorted(folder.glob("*.yml"))]
    for path, part in parts:
        if not isinstance(part, dict) or set(part) - {"macros", "statuses", "frames"}:
            raise RuleError(f"{path.name}: the top level may hold macros, statuses and frames, nothing else.")
        macros.update(part.get("macros") or {})
    for path, part in parts:
        kinds: tuple[tuple[Any, str, list[Any]], ...] = ((_status, "statuses", statuses), (_frame, "frames", frames))
        for make, name, into in kinds:
            for number, raw in enumerate(part.get(name) or [], start=1):
                where = f"{path.name}, {raw.get('id', f'{name} {number}')}"
                rule = make(raw, macros, where)
                if rule.id in seen:
                    raise RuleError(f"{where}: the id is used twice.")
                seen.add(rule.id)
                into.append(rule)
    return RuleSet(macros, tuple(statuses), tuple(frames))


@lru_cache(maxsize=1)
def ruleset() -> RuleSet:
    # Nothing that is made here is thrown away soon, and looking for what is takes a quarter of the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return load()
    finally:
        if collecting:
            gc.enable()
