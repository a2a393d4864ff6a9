"""Counting the points of `bot/safety/points.tsv` on our hand-written tuning messages.

`python -m bot.evaluation.points` fits a sparse logistic regression on runs of one to three words, rounds its weights to
whole points, sets each category's line where at most one in 500 messages without that risk reaches it, and writes the
table. Nothing is counted at run time; a clinician may strike or change any row by hand.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer
from sklearn.linear_model import LogisticRegression

from bot.evaluation.cases import Safety, load_sets
from bot.evaluation.score import MUST
from bot.retrieval.nlu import load_examples
from bot.safety.points import COLUMNS, LINE, TABLE, Points, grams, hear, passages
from bot.safety.triage import heard_words
from bot.safety.verdict import Category
from bot.settings import ROOT

SETS = ROOT / "tests" / "evaluation"
# Weights become whole points; no cue has so many that it reaches a line alone.
SCALE = 10
MOST = 30
# Of the messages that must not be raised, at most this share reaches the line.
FALSE_ALARMS = 0.002
# For the other three it found nothing more on unread messages.
CATEGORIES = (Category.EMERGENCY, Category.SELF_HARM)
# Runs of these alone say nothing that a clinician could review; Spanish ones would raise any Spanish message.
_EMPTY = {
    word for word in ENGLISH_STOP_WORDS if word not in {"alone", "nobody", "nothing", "never", "without", "last"}
} | set(
    """
    im ive ill id hes shes hed shed theyre theyd were youre youll thats its itll dont doesnt didnt cant wont wouldnt isnt
    havent theres gonna u ur w pt dr ldn just only really tbh anyway got get gets going go thing say says said tell told asked
    ask asking like know look looks looking make want wants wanted named item side front
    de que en la las los el un una y ya se mi me este esta dice cuando mejor no es con por para lo le su si como mas
    manana ayuda quiero anoche
    """.split()
)
# Struck on reading the table: chance, not sense.
_STRUCK = {
    tuple(words.split())
    for words in (
        "capsulas|bien|good day|the ankle|dishes|football|sheets|the cat|cleaning|mis|todos|twice this|she does|is my last"
        "|the meds|the wall|at my age|left for|the driveway|at weeks|work and|big and|making|does she|the home"
        "|last month and|pain i"
    ).split("|")
}
# Training questions about these intents may tell the danger itself.
NEAR = ("severe", "emergency", "safety", "handoff", "report", "mental_health")


def messages() -> tuple[list[str], list[set[Category]]]:
    """Every tuning message and every training question, with the categories it must raise."""
    texts: list[str] = []
    raised: list[set[Category]] = []
    for case in load_sets(SETS, "safety_messages_*_tune.jsonl"):
        if isinstance(case, Safety):
            texts.append(case.text)
            raised.append({Category(name) for name in case.categories} if set(case.accept) <= MUST else set())
    for intent, examples in load_examples(ROOT / "data" / "nlu").items():
        if not any(word in intent for word in NEAR):
            texts += examples
            raised += [set() for _ in examples]
    return texts, raised


def count(texts: Iterable[str], raised: list[set[Category]]) -> dict[Category, Points]:
    """The table for each category."""
    words = [heard_words(text) for text in texts]
    vectors = CountVectorizer(
        analyzer=lambda said: [" ".join(gram) for gram in grams((word, i) for i, word in enumerate(said))], min_df=4
    )
    counted = vectors.fit_transform(words)
    runs = [tuple(name.split()) for name in vectors.get_feature_names_out()]
    telling = [i for i, run in enumerate(runs) if not set(run) <= _EMPTY and run not in _STRUCK]
    counted, runs = counted[:, telling], [runs[i] for i in telling]
    heard = [passages(said) for said in words]
    out: dict[Category, Points] = {}
    for category in CATEGORIES:
        wanted = np.array([category in found for found in raised])
        fitted = LogisticRegression(
            C=0.4, penalty="l1", solver="liblinear", random_state=0, class_weight={False: 1, True: 3}
        )
        weights = fitted.fit(counted, wanted).coef_[0]
        points = np.clip(np.rint(weights * SCALE), -MOST, MOST).astype(int)
        cues = {run: int(found) for run, found in zip(runs, points, strict=True) if found}
        low = Points(-(10**9), cues)
        sums = sorted(
            (found.total for said, yes in zip(heard, wanted, strict=True) if not yes and (found := hear(said, low))),
            reverse=True,
        )
        out[category] = Points(max(sums[int(len(sums) * FALSE_ALARMS)] + 1, 1), cues)
    return out


def write(tables: dict[Category, Points], path: Path = TABLE) -> None:
    """The table as reviewed data: the line first, then the cues by weight."""
    rows = ["\t".join(COLUMNS)]
    for category, table in tables.items():
        rows.append(f"{category.value}\t{LINE}\t{table.line}")
        ordered = sorted(table.cues.items(), key=lambda item: (-item[1], item[0]))
        rows += [f"{category.value}\t{' '.join(words)}\t{points}" for words, points in ordered]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(count(*messages()))
