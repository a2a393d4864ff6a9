"""Counting the points of `bot/safety/points.tsv` and `lowered.tsv` on our hand-written tuning messages.

`python -m bot.evaluation.points` fits a logistic regression on words and pairs of words, rounds its weights to whole
points, keeps the most telling cues, and writes the table. A category's line is set where, counted without the set a
message comes from, only a small share of the messages without any risk would reach it. Nothing is counted at run time;
a clinician may strike or change any row by hand.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import track
from scipy.sparse import csr_matrix, diags
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from bot.evaluation.cases import Dialogue, Question, Safety, Scope, load_cases
from bot.evaluation.score import MUST
from bot.retrieval.nlu import load_examples
from bot.safety.points import ANY, COLUMNS, FEWEST, LINE, LOWERED, TABLE, Points, Said
from bot.safety.policy import URGENT
from bot.safety.rules import ruleset
from bot.safety.triage import hearing, labelled
from bot.safety.verdict import Category
from bot.settings import ROOT

SETS = ROOT / "tests" / "evaluation"
# Of the messages without any risk that the rules leave unread in a category, at most this share reaches its line; counted
# on what is written as patients type (natural), as the other sets were written to be hard. Many of these messages have
# taught the rules, so that of new ones about twice as many reach it.
FALSE_ALARMS = {
    Category.EMERGENCY: 0.003,
    Category.SELF_HARM: 0.0035,
    Category.PREGNANCY: 0.002,
    Category.LIVER_DISEASE: 0.001,
    Category.OPIOID_USE: 0.001,
}
# Of the messages that a rule rightly lowered to caution, at most this share is raised again.
RAISED_AGAIN = {
    Category.PREGNANCY: 0.03,
    Category.LIVER_DISEASE: 0.03,
    Category.OPIOID_USE: 0.03,
}
_NATURAL = ("safety_messages_natural", "questions", "scope")
# Weights become whole points.
SCALE = 10
CUES = 20000
_FOLDS = 8
_SILENT = "silent"
_WEIGHT = 10
_WEIGHT_NATURAL = 3
# Everyday Spanish words alone would raise any Spanish message, as few of ours are in Spanish.
_SPANISH = frozenset(
    """
    que de la el en un por una te los se con para si pero yo las su tu del al como mas esto ya todo muy hay ahora algo
    nos cuando este ser fue porque quien todos cual hacer ella son una eso esa ese esta estan cada desde entonces sobre
    tambien donde despues antes hasta hoy ayer manana noche tarde dia dias mes meses semana semanas ano anos quiero
    puedo pienso pensando ojala gracias favor senora senor doctor doctora mama papa hijo hija esposo esposa hermano
    hermana dice dijo dio toma tomo tome medicina pastilla pastillas y o lo le mi mis sus les un al qué ella ellos
    """.split()
)
# Training questions about these intents may tell the danger itself.
NEAR = ("severe", "emergency", "safety", "handoff", "report", "mental_health")
# So may questions about these topics.
_RISKY = frozenset(
    {"pregnancy", "breastfeeding", "liver_disease", "opioid_interaction", "severe_reaction", "mental_health"}
)


@dataclass(frozen=True)
class Message:
    """A message to count, with where it comes from: a set's file or an intent."""

    text: str
    origin: str
    raises: frozenset[Category]
    """What it must raise."""
    silent: bool
    """Whether it carries no risk at all."""
    lowers: frozenset[Category] = frozenset()
    """What it must not raise above caution."""

    @property
    def natural(self) -> bool:
        """Whether it was written as patients type, not to be hard."""
        return self.origin.startswith(_NATURAL)


def messages() -> list[Message]:
    """Every tuning message, what each frame must not fire on, and every training question."""
    out: list[Message] = []
    for path in sorted(SETS.glob("safety_messages_*_tune.jsonl")):
        for case in load_cases(path):
            if isinstance(case, Safety):
                named = frozenset(map(Category, case.categories))
                must = named if set(case.accept) <= MUST else frozenset()
                low = named if set(case.accept).isdisjoint(MUST) else frozenset()
                out.append(Message(case.text, path.name, must, case.accept == ("none",), low))
    for path in sorted(SETS.glob("*conversations*_tune.jsonl")):
        for talk in load_cases(path):
            if isinstance(talk, Dialogue):
                out += [
                    Message(turn.user, path.name, frozenset(), True) for turn in talk.turns if turn.accept == ("none",)
                ]
    for path in [*sorted(SETS.glob("questions*_tune.jsonl")), *sorted(SETS.glob("scope*_tune.jsonl"))]:
        for case in load_cases(path):
            if isinstance(case, Scope) or isinstance(case, Question) and _RISKY.isdisjoint(case.topics):
                out.append(Message(case.text, path.name, frozenset(), True))
    out += [Message(text, _SILENT, frozenset(), True) for text in _lines(_SILENT)]
    # What tells a risk that can wait is not urgent, and what asks about one is not one.
    out += [Message(text, "escalate", frozenset(hearing(text)[0] - URGENT), False) for text in _lines("escalate")]
    out += [Message(text, "caution", frozenset(), False) for text in _lines("caution")]
    out += [Message(frame.silent, frame.id, frozenset(), False) for frame in ruleset().frames]
    for intent, examples in load_examples(ROOT / "data" / "nlu").items():
        if not any(word in intent for word in NEAR):
            out += [Message(text, intent, frozenset(), True) for text in examples]
    return out


def _weight(message: Message) -> int:
    """A message that stands for a mistake made once counts as several, and so does one written as patients type."""
    return _WEIGHT if message.origin == _SILENT else _WEIGHT_NATURAL if message.natural else 1


def _lines(name: str) -> list[str]:
    text = (SETS.parent / "safety" / "cases" / f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line]


def _runs(words: list[str]) -> list[str]:
    return [" ".join(run) for run in Said(words).runs()]


def count(said: list[Message]) -> dict[Category, Points]:
    """The table of the second ear."""
    weights = np.array([_weight(one) for one in said])
    heard = [hearing(one.text) for one in track(said, "reading", console=Console(stderr=True))]
    out: dict[Category, Points] = {}
    for category, share in track(FALSE_ALARMS.items(), "counting", console=Console(stderr=True)):
        words = [words[category] for _, words in heard]
        wanted = np.array([category in one.raises for one in said])
        quiet = np.array(
            [one.natural and one.silent and category not in read for one, (read, _) in zip(said, heard, strict=True)]
        )
        table = _fit(said, words, wanted, quiet, share, weights=weights, price=3, shrink=0.5, alone_too_little=True)
        out[category] = _struck(category, _without_stems(table) if category is Category.OPIOID_USE else table)
    return out


def _without_stems(table: Points) -> Points:
    """Drugs that begin alike are not alike: "hydrocortisone"."""
    return Points(table.line, {words: points for words, points in table.cues.items() if not words[0].endswith(ANY)})


# Rows that no count may bring back, each with its reason.
_STRUCK = {
    (Category.EMERGENCY, ("oxyge*",)): 'a slip of "oxycodone" is no emergency',
}


def _struck(category: Category, table: Points) -> Points:
    return Points(
        table.line, {words: points for words, points in table.cues.items() if (category, words) not in _STRUCK}
    )


def count_lowered(said: list[Message]) -> dict[Category, Points]:
    """The table for a second look at what the rules have lowered: the user's own against everybody else's."""
    read = [labelled(one.text) for one in track(said, "reading", console=Console(stderr=True))]
    out: dict[Category, Points] = {}
    for category, share in track(RAISED_AGAIN.items(), "counting", console=Console(stderr=True)):
        chosen = [
            (one, *found[category])
            for one, found in zip(said, read, strict=True)
            if category in found and (category in one.raises or category in one.lowers)
        ]
        ones = [one for one, _, _ in chosen]
        wanted = np.array([category in one.raises for one in ones])
        quiet = np.array([is_lowered and category in one.lowers for one, _, is_lowered in chosen])
        price = float(np.mean(~wanted) / np.mean(wanted))
        words = [words for _, words, _ in chosen]
        out[category] = _fit(
            ones, words, wanted, quiet, share, weights=np.ones(len(ones)), price=price, shrink=1, alone_too_little=False
        )
    return out


def _fit(
    said: list[Message],
    words: list[list[str]],
    wanted: npt.NDArray[np.bool_],
    quiet: npt.NDArray[np.bool_],
    share: float,
    *,
    weights: npt.NDArray[np.float64],
    price: float,
    shrink: float,
    alone_too_little: bool,
) -> Points:
    """Weights of a logistic regression, and the line that at most `share` of the quiet messages would reach.

    With `alone_too_little` no cue reaches the line alone.
    """
    vectors = CountVectorizer(analyzer=_runs, min_df=2, binary=True)
    present = csr_matrix(vectors.fit_transform(words))
    often = np.asarray(present.sum(axis=0)).ravel()
    # Rare words tell more; long messages hold more words.
    rarity = np.log((1 + len(said)) / (1 + often)) + 1
    lengths = np.array([max(FEWEST, sum(word.isalpha() for word in one)) for one in words])
    weighed = csr_matrix(diags(1 / np.sqrt(lengths)) @ present @ diags(rarity))
    model = LogisticRegression(C=shrink, solver="liblinear", random_state=0, class_weight={False: 1, True: price})
    unseen = cross_val_predict(
        model,
        weighed,
        wanted,
        groups=[one.origin for one in said],
        cv=GroupKFold(_FOLDS),
        method="decision_function",
        fit_params={"sample_weight": weights},
    )
    sums = np.sort(unseen[quiet])[::-1]
    fitted = model.fit(weighed, wanted, sample_weight=weights)
    line = (sums[int(len(sums) * share)] - fitted.intercept_[0]) * SCALE
    points = fitted.coef_[0] * rarity * SCALE
    if alone_too_little:
        points = np.minimum(points, np.floor(line * FEWEST**0.5))
    return Points(int(np.ceil(line)), _cues(vectors, points, often))


def _cues(
    vectors: CountVectorizer, weights: npt.NDArray[np.float64], often: npt.NDArray[np.int64]
) -> dict[tuple[str, ...], int]:
    """The most telling cues, by what they add over all messages."""
    names = vectors.get_feature_names_out()
    points = np.rint(weights * [not set(str(name).split()) <= _SPANISH for name in names]).astype(int)
    kept = np.argsort(-np.abs(points) * np.sqrt(often))[:CUES]
    return {tuple(str(names[i]).split()): int(points[i]) for i in kept if points[i]}


def write(tables: dict[Category, Points], path: Path) -> None:
    """The table as reviewed data: the line first, then the cues by weight."""
    rows = ["\t".join(COLUMNS)]
    for category, table in tables.items():
        rows.append(f"{category.value}\t{LINE}\t{table.line}")
        ordered = sorted(table.cues.items(), key=lambda item: (-item[1], item[0]))
        rows += [f"{category.value}\t{' '.join(words)}\t{points}" for words, points in ordered]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    everything = messages()
    write(count(everything), TABLE)
    write(count_lowered(everything), LOWERED)
