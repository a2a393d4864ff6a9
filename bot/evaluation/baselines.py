"""`ldn evaluate --baselines`: ours and its peers side by side in one run, on the same questions.

Every peer names its best topic for a message and how sure it is. Peers are compared at equal coverage: each draws
its line where it answers as many questions as ours does, so that none looks careful by keeping silent.
"""

import json
import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml
from rich.progress import Progress

from bot.evaluation.bench import PIPELINES, nlu_entries, run_module, sample
from bot.evaluation.cases import Question, Scope, load_sets
from bot.evaluation.report import plain
from bot.evaluation.score import Share, share
from bot.processes import prepare_environment
from bot.retrieval.decide import Outcome
from bot.retrieval.encoder import Encoder, Vectors
from bot.retrieval.index import CURE, Entry, Index, StaleIndexError
from bot.retrieval.retriever import Retriever
from bot.settings import ROOT
from bot.topics import intent_of, topic_of

Array = npt.NDArray[np.float64]
Examples = dict[str, list[str]]

HEADER = ("peer", "wordings", "accuracy", "answered", "wrong answers", "outside refused", "median ms")
# A model's first message pays for loading it; this one is not counted.
WARM_UP = "hello"
NOTES = """- accuracy: the best topic is a right one, whether or not the peer would have answered; of all questions.
- answered: each peer's threshold is set on these questions so that it answers as many as ours does (more where ties fall
  on the threshold). It first answers where its best label is a topic, by falling confidence; only then the others.
- wrong answers: answered with another topic at that threshold; of all questions.
- outside refused: questions that no passage answers and that stay below the same threshold.
- confidence: the joint confidence (ours, with the decision of the live calibration), the score of the nearest example
  (BM25, TF-IDF, MiniLM), intent times response (ResponseSelector).
- wordings: what the peer learns from. Ours also reads the titles, questions and sentences of the passages.
- median ms: the time for one question, on a clock that what else the machine does slows down, too. All but
  ResponseSelector take turns at each question, so that they are slowed alike.
- All are asked without the safety rules in front."""


@dataclass(frozen=True)
class Data:
    """The questions, and the messages that no passage answers."""

    questions: list[Question]
    outside: list[Scope]

    @property
    def texts(self) -> list[str]:
        """All messages, the questions first."""
        return [*(case.text for case in self.questions), *(case.text for case in self.outside)]


@dataclass(frozen=True)
class Answer:
    """What a peer says to one message: its best label about a topic, and whether it finds no other label better."""

    label: str
    inside: bool
    confidence: float
    seconds: float = 0.0

    @property
    def order(self) -> tuple[bool, float]:
        """Answers are given from the highest down."""
        return self.inside, self.confidence


Say = Callable[[str], Answer]


@dataclass(frozen=True)
class Peer:
    """One that answers. `wordings` is how many it learned from."""

    name: str
    wordings: int
    say: Say


@dataclass(frozen=True)
class Run:
    """A peer's answers to all of the data."""

    peer: str
    wordings: int
    questions: list[Answer]
    outside: list[Answer]


@dataclass(frozen=True)
class Figures:
    """What a run is worth at the coverage of ours."""

    peer: str
    wordings: int
    right: Share
    answered: Share
    wrong: Share
    refused: Share
    ms: float

    def row(self) -> list[str]:
        """The cells below HEADER."""
        return [
            self.peer,
            str(self.wordings),
            *(str(value) for value in (self.right, self.answered, self.wrong, self.refused)),
            f"{self.ms:.1f}",
        ]


@dataclass(frozen=True)
class Table:
    """Runs on the same examples, and how many questions each answers."""

    title: str
    runs: list[Run]
    count: int

    def figures(self, data: Data) -> list[Figures]:
        """One row a run."""
        return [figures(run, data, self.count) for run in self.runs]


def load_data(sets: Path, half: str) -> Data:
    """The questions and outside messages of one half, `test` or `tune`."""
    cases = load_sets(sets, f"questions*_{half}.jsonl", f"scope*_{half}.jsonl")
    return Data(
        [case for case in cases if isinstance(case, Question)],
        [case for case in cases if isinstance(case, Scope) and case.expected == "fallback"],
    )


def ours(retriever: Retriever) -> Say:
    """All three votes with the live calibration; `inside` means that it would answer."""

    def say(text: str) -> Answer:
        decision = retriever.decide(text)
        best = next(candidate for candidate in decision.candidates if candidate.topic)
        return Answer(best.label, decision.outcome is Outcome.ANSWER, best.confidence)

    return say


def bm25(examples: Examples) -> Say:
    """The example with the highest BM25 score."""
    import bm25s

    labels, texts = flat(examples)
    # Stop words stay: without them "what is it for" is empty, and more outside questions of the tuning half get in.
    model = bm25s.BM25()
    model.index(bm25s.tokenize(texts, stopwords=None, show_progress=False), show_progress=False)

    def scores(text: str) -> Array:
        words = bm25s.tokenize([text], stopwords=None, return_ids=False, show_progress=False)[0]
        return np.asarray(model.get_scores(words) if words else np.zeros(len(texts)))

    return nearest(labels, scores)


def tfidf(examples: Examples) -> Say:
    """The example with the highest cosine of tf-idf."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    labels, texts = flat(examples)
    # Sublinear and single words did best of four on the tuning half (beside plain counts, pairs of words, letters).
    features = TfidfVectorizer(sublinear_tf=True)
    matrix = features.fit_transform(texts)
    return nearest(labels, lambda text: np.asarray((matrix @ features.transform([text]).T).toarray()).ravel())


def minilm(examples: Examples, vectors: Vectors, encoder: Encoder) -> Say:
    """The example with the highest cosine of MiniLM vectors; `vectors` are the examples', in order."""
    labels, _ = flat(examples)
    # `encode`, not `encode_one`: that one remembers what ours has just asked.
    return nearest(labels, lambda text: np.asarray(vectors @ encoder.encode([text])[0]))


def flat(examples: Examples) -> tuple[list[str], list[str]]:
    """Labels and texts of all examples, side by side."""
    pairs = [(label, text) for label, texts in examples.items() for text in texts]
    return [label for label, _ in pairs], [text for _, text in pairs]


def vectors_of(examples: Examples, index: Index) -> Vectors:
    """The examples' vectors as the index holds them; StaleIndexError if it lacks one."""
    try:
        found = [
            index.vectors.reconstruct(Entry(label, "example", text).id)
            for label, text in zip(*flat(examples), strict=True)
        ]
    except RuntimeError:
        raise StaleIndexError(f"the index lacks an example of data/nlu. {CURE}") from None
    return np.stack(found)


def nearest(labels: list[str], scores: Callable[[str], Array]) -> Say:
    """Says the label of the best example; `scores` gives one number an example."""
    about = np.array([topic_of(label) is not None for label in labels])

    def say(text: str) -> Answer:
        found = scores(text)
        best = int(np.where(about, found, -np.inf).argmax())
        return Answer(labels[best], bool(found[best] >= found.max()), float(found[best]))

    return say


def ask(peers: list[Peer], data: Data, progress: Progress) -> list[Run]:
    """All answers of all peers, each under the clock. They take turns, so that a busy machine slows all alike."""
    for peer in peers:
        peer.say(WARM_UP)
    heard = [
        [_timed(peer, text) for peer in peers]
        for text in progress.track(data.texts, description=", ".join(dict.fromkeys(peer.name for peer in peers)))
    ]
    return [
        _run(peer.name, peer.wordings, list(answers), data)
        for peer, answers in zip(peers, zip(*heard, strict=True), strict=True)
    ]


def _timed(peer: Peer, text: str) -> Answer:
    begun = time.perf_counter()
    answer = peer.say(text)
    return replace(answer, seconds=time.perf_counter() - begun)


def _run(name: str, wordings: int, answers: list[Answer], data: Data) -> Run:
    count = len(data.questions)
    return Run(name, wordings, answers[:count], answers[count:])


def response_selector(examples: Examples, data: Data, progress: Progress) -> Run:
    """Rasa's ResponseSelector and DIET, trained in a temporary folder and asked in a process of their own."""
    wordings = sum(map(len, examples.values()))
    task = progress.add_task(f"ResponseSelector, training on {wordings} examples", total=None)
    prepare_environment()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "texts.json").write_text(json.dumps(data.texts), encoding="utf-8")
        (folder / "nlu.yml").write_text(yaml.safe_dump(faq_data(examples), allow_unicode=True), encoding="utf-8")
        config = str(PIPELINES / "rasa_selector.yml")
        # In the folder, so that Rasa's cache, too, is a fresh one.
        train = ["rasa", "train", "nlu", "--config", config, "--nlu", "nlu.yml", "--out", "."]
        run_module(folder, *train, "--fixed-model-name", "model")
        progress.update(task, description="ResponseSelector, asking")
        heard = run_module(ROOT, "bot.dialogue.selector", str(folder / "model.tar.gz"), str(folder / "texts.json"))
    answers = [selected(row) for row in json.loads(heard.strip().splitlines()[-1])]
    progress.update(task, description="ResponseSelector", total=len(answers), completed=len(answers))
    return _run("ResponseSelector", wordings, answers, data)


def faq_data(examples: Examples) -> dict[str, Any]:
    """Rasa's training data: topics as answers below the retrieval intent `faq`, the rest as intents."""
    names = {label: f"faq/{topic}" if (topic := topic_of(label)) else label for label in examples}
    entries = nlu_entries({names[label]: texts for label, texts in examples.items()})
    responses = {f"utter_{name}": [{"text": name}] for name in names.values() if name.startswith("faq/")}
    return {"version": "3.1", "nlu": entries, "responses": responses}


def selected(row: dict[str, Any]) -> Answer:
    """The answer in a row of bot.dialogue.selector."""
    label = intent_of(row["response"].removeprefix("faq/"))
    return Answer(label, row["intent"] == "faq", row["confidence"], row["seconds"])


def figures(run: Run, data: Data, count: int) -> Figures:
    """A run's figures where it answers `count` of the questions."""
    line = threshold(run.questions, count)
    right = rights(run, data)
    given = [answer.order >= line for answer in run.questions]
    return Figures(
        peer=run.peer,
        wordings=run.wordings,
        right=share(right),
        answered=share(given),
        wrong=share((shown and not good for shown, good in zip(given, right, strict=True)), bad=True),
        refused=share(answer.order < line for answer in run.outside),
        ms=round(1000 * median(answer.seconds for answer in (*run.questions, *run.outside)), 2),
    )


def rights(run: Run, data: Data) -> list[bool]:
    """Whether the best topic is a right one, by question."""
    return [
        answer.label in {intent_of(topic) for topic in case.topics}
        for case, answer in zip(data.questions, run.questions, strict=True)
    ]


def threshold(answers: list[Answer], count: int) -> tuple[bool, float]:
    """The order from which on answers are given, so that `count` of these are; above all of them for 0."""
    return sorted((answer.order for answer in answers), reverse=True)[count - 1] if count else (True, math.inf)


def compare(data: Data, retriever: Retriever, per_topic: int, progress: Progress) -> list[Table]:
    """Two tables: all examples for the peers that learn in seconds, `per_topic` of each label with ResponseSelector."""
    examples, few = sample(0), sample(per_topic)
    own = Peer("ours", len(retriever.index().entries), ours(retriever))
    full = [own, *cheap(examples, retriever)]
    runs = ask([*full, *cheap(few, retriever)], data, progress)
    count = sum(answer.inside for answer in runs[0].questions)
    return [
        Table("All examples", runs[: len(full)], count),
        Table(
            f"{per_topic} examples of each label",
            [*runs[len(full) :], response_selector(few, data, progress)],
            count,
        ),
    ]


def cheap(examples: Examples, retriever: Retriever) -> list[Peer]:
    """BM25, TF-IDF and MiniLM."""
    vectors = vectors_of(examples, retriever.index())
    says = {
        "BM25": bm25(examples),
        "TF-IDF": tfidf(examples),
        "MiniLM": minilm(examples, vectors, retriever.live.encoder),
    }
    return [Peer(name, sum(map(len, examples.values())), say) for name, say in says.items()]


def write(tables: list[Table], data: Data, half: str, folder: Path) -> None:
    """Write baselines.json, .md and .png below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "half": half,
        "questions": len(data.questions),
        "outside": len(data.outside),
    }
    rows = [{"title": table.title, "rows": [_row(line) for line in table.figures(data)]} for table in tables]
    (folder / "baselines.json").write_text(json.dumps({**about, "tables": rows}, indent=1), encoding="utf-8")
    (folder / "baselines.md").write_text(_markdown(tables, data, half), encoding="utf-8")
    plot(tables, data, folder / "baselines.png")


def _row(line: Figures) -> dict[str, Any]:
    return {key: plain(getattr(line, key)) for key in asdict(line)}


def _markdown(tables: list[Table], data: Data, half: str) -> str:
    lines = [
        "# Peers side by side",
        "",
        f"{len(data.questions)} questions and {len(data.outside)} outside questions of the {half} half.",
    ]
    for table in tables:
        lines += ["", f"## {table.title}", "", f"| {' | '.join(HEADER)} |", "|---" * len(HEADER) + "|"]
        lines += [f"| {' | '.join(line.row())} |" for line in table.figures(data)]
    return "\n".join([*lines, "", "## How to read this", "", NOTES, ""])


def plot(tables: list[Table], data: Data, path: Path) -> None:
    """Wrong answers over coverage, one line a peer, one picture a table; dashed where ours stands."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    # One colour a peer, in all pictures.
    names = dict.fromkeys(run.peer for table in tables for run in table.runs)
    colours = {name: f"C{number}" for number, name in enumerate(names)}
    figure, axes = plt.subplots(1, len(tables), figsize=(5 * len(tables), 4.5), sharey=True, squeeze=False)
    total = len(data.questions)
    for place, table in zip(axes[0], tables, strict=True):
        for run in table.runs:
            pairs = zip(run.questions, rights(run, data), strict=True)
            ranked = [good for _, good in sorted(pairs, key=lambda pair: pair[0].order, reverse=True)]
            wrong = np.cumsum(~np.array(ranked)) / total
            place.plot(np.arange(1, total + 1) / total, wrong, label=run.peer, color=colours[run.peer])
        place.axvline(table.count / total, color="grey", linestyle="--", linewidth=0.8)
        place.set(xlabel="answered, share of all questions", title=table.title)
        place.legend()
    axes[0][0].set_ylabel("wrong answers, share of all questions")
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)
