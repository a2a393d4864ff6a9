"""The index: the same ids for the same words, refused when it does not match, swapped under readers' feet."""

import hashlib
import json
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from small_knowledge import EXAMPLES, PASSAGES, write_knowledge, write_passage

from bot.retrieval.encoder import Encoder
from bot.retrieval.index import (
    FORMAT,
    Entry,
    LiveIndex,
    StaleIndexError,
    build_index,
    knowledge_digest,
    load_index,
    read_manifest,
)
from bot.retrieval.passages import load_passages
from bot.retrieval.retriever import Retriever

FILES = ["calibration.json", "entries.json", "head.npz", "passages.json", "vectors.faiss", "words.skops"]


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    """An index that a test may damage."""
    return Path(shutil.copytree(built, tmp_path / "index"))


def edit_manifest(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8")


def append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


def test_entry_id_is_the_same_for_ever() -> None:
    assert Entry("ask_cost", "question", "is it expensive").id == 7_665_095_578_832_277_983


def test_entry_id_differs_by_label_kind_and_text() -> None:
    entries = [
        Entry("ask_cost", "question", "price"),
        Entry("ask_cost", "example", "price"),
        Entry("ask_ms", "question", "price"),
        Entry("ask_cost", "question", "Price"),
        Entry("ask_cost", "questionp", "rice"),
    ]
    assert len({entry.id for entry in entries}) == 5
    assert all(0 <= entry.id < 2**63 for entry in entries)


def test_build_index_keeps_ids_over_rebuilds_and_file_orders(built: Path, tmp_path: Path, encoder: Encoder) -> None:
    knowledge = write_knowledge(tmp_path / "knowledge", list(reversed(PASSAGES)))
    examples = {label: EXAMPLES[label][::-1] for label in reversed(EXAMPLES)}
    build_index(knowledge, examples, tmp_path / "index", encoder)
    first, second = load_index(built, encoder), load_index(tmp_path / "index", encoder)
    assert second.entries == first.entries
    assert second.passages == first.passages
    for key in first.entries:
        assert np.allclose(second.vectors.reconstruct(key), first.vectors.reconstruct(key), atol=1e-6)


def test_build_index_holds_titles_questions_sentences_and_examples(built: Path, encoder: Encoder) -> None:
    index = load_index(built, encoder)
    cost = [(entry.kind, entry.text) for entry in index.entries.values() if entry.label == "ask_cost"]
    questions = [("question", text) for text in PASSAGES["cost"][5].split("|")]
    sentences = [("sentence", "One source calls LDN fairly low in cost."), ("sentence", "It gives no prices.")]
    examples = [("example", text) for text in EXAMPLES["ask_cost"]]
    assert sorted(cost) == sorted([("title", "What LDN costs"), *questions, *sentences, *examples])
    assert index.vectors.ntotal == len(index.entries) == index.manifest["vectors"]
    assert {entry.label for entry in index.entries.values()} >= {"clinic_info", "person", "greet", "out_of_scope"}


def test_build_index_writes_a_manifest_of_what_it_read(built: Path, encoder: Encoder) -> None:
    manifest, index = read_manifest(built), load_index(built, encoder)
    assert sorted(manifest) == ["built", "files", "format", "knowledge", "model", "passages", "vectors"]
    assert manifest["model"] == encoder.digest
    assert manifest["passages"] == {topic: passage.digest for topic, passage in index.passages.items()}
    assert manifest["knowledge"] == knowledge_digest(built.parent / "knowledge", EXAMPLES)
    assert sorted(manifest["files"]) == FILES


def test_build_index_keeps_the_order_of_sources_each_once(built: Path, encoder: Encoder) -> None:
    sources = load_index(built, encoder).sources
    assert [source.id for source in sources["cost"]] == ["S2", "S0"]
    assert sources["missed_dose"] == ()


def test_build_index_leaves_out_what_is_not_allowed(knowledge: Path, tmp_path: Path, encoder: Encoder) -> None:
    build_index(knowledge, EXAMPLES, tmp_path / "index", encoder, allow=lambda passage: passage.id != "cost")
    index = load_index(tmp_path / "index", encoder)
    assert sorted(index.passages) == sorted(set(PASSAGES) - {"cost"})
    assert {entry.kind for entry in index.entries.values() if entry.label == "ask_cost"} == {"example"}


def test_build_index_without_an_approved_passage_replaces_the_old_one(
    knowledge: Path, tmp_path: Path, encoder: Encoder
) -> None:
    target = tmp_path / "index"
    build_index(knowledge, EXAMPLES, target, encoder)
    build_index(knowledge, EXAMPLES, target, encoder, allow=lambda passage: False)
    index = load_index(target, encoder)
    assert index.passages == {}
    assert {entry.kind for entry in index.entries.values()} == {"example"}


def test_build_index_leaves_one_folder_and_one_link_behind(knowledge: Path, tmp_path: Path, encoder: Encoder) -> None:
    target = tmp_path / "build" / "index"
    for _ in range(3):
        build_index(knowledge, EXAMPLES, target, encoder)
    assert target.is_symlink()
    assert sorted(path.name for path in target.parent.iterdir()) == ["index", target.resolve().name]


def test_build_index_replaces_a_folder_that_is_no_link(knowledge: Path, copy: Path, encoder: Encoder) -> None:
    write_passage(knowledge, "cost", "The price is not known.")
    build_index(knowledge, EXAMPLES, copy, encoder)
    assert load_index(copy, encoder).passages["cost"].body == "The price is not known."


def test_build_index_encodes_only_what_the_earlier_index_lacks(
    built: Path, knowledge: Path, tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    encode = encoder.encode

    def watched(texts: list[str], progress: bool = False) -> np.ndarray:
        asked.extend(texts)
        return encode(texts, progress=progress)

    monkeypatch.setattr(encoder, "encode", watched)
    examples = {**EXAMPLES, "greet": ["good day to you all"]}
    build_index(knowledge, examples, tmp_path / "again", encoder, earlier=built)
    assert asked == ["good day to you all"]
    again, whole = load_index(tmp_path / "again", encoder), load_index(built, encoder)
    for key in whole.entries.keys() & again.entries.keys():
        assert np.array_equal(again.vectors.reconstruct(key), whole.vectors.reconstruct(key))


def test_build_index_does_not_trust_a_damaged_earlier_index(
    copy: Path, knowledge: Path, tmp_path: Path, encoder: Encoder
) -> None:
    append(copy / "vectors.faiss")
    manifest = build_index(knowledge, EXAMPLES, tmp_path / "again", encoder, earlier=copy)
    assert manifest["vectors"] == len(load_index(tmp_path / "again", encoder).entries)


def test_nearest_is_the_mean_of_the_nearest_wordings(built: Path, encoder: Encoder) -> None:
    index = load_index(built, encoder)
    vector = encoder.encode_one("is it expensive")
    hits = index.search(vector, 10_000)
    for label, value in index.nearest(vector).items():
        best = [hit.similarity for hit in hits if hit.entry.label == label][:3]
        best += [hits[-1].similarity] * (3 - len(best))
        assert value == pytest.approx(sum(best) / 3)


def test_knowledge_digest_changes_with_passages_sources_and_examples(knowledge: Path) -> None:
    digests = [knowledge_digest(knowledge, EXAMPLES), knowledge_digest(knowledge, {**EXAMPLES, "greet": ["hi"]})]
    write_passage(knowledge, "cost", "The price is not known.")
    digests.append(knowledge_digest(knowledge, EXAMPLES))
    append(knowledge / "sources.yml")
    digests.append(knowledge_digest(knowledge, EXAMPLES))
    assert len(set(digests)) == 4
    assert knowledge_digest(knowledge, EXAMPLES) == digests[-1]


def rewrite_passages(folder: Path) -> None:
    """Another text with a manifest that agrees about the file, but not about the passage."""
    path = folder / "passages.json"
    path.write_text(path.read_text(encoding="utf-8").replace("fairly low in cost", "free"), encoding="utf-8")
    files = read_manifest(folder)["files"]
    edit_manifest(folder, files={**files, path.name: hashlib.sha256(path.read_bytes()).hexdigest()})


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing there": (shutil.rmtree, r"there is no index in"),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), r"there is no index in"),
    "cut manifest": (
        lambda folder: (folder / "manifest.json").write_text('{"format": 2, "mo'),
        r"the manifest in .* is damaged",
    ),
    "manifest is a list": (
        lambda folder: (folder / "manifest.json").write_text("[]"),
        r"the manifest in .* is damaged",
    ),
    "manifest without its parts": (
        lambda folder: (folder / "manifest.json").write_text(f'{{"format": {FORMAT}}}'),
        r"the manifest in .* is damaged",
    ),
    "older format": (lambda folder: edit_manifest(folder, format=1), rf"has format 1, not {FORMAT}"),
    "another model": (lambda folder: edit_manifest(folder, model="0" * 64), r"was built with another embedding model"),
    "another text": (rewrite_passages, r"a passage in .* is not the text that the manifest names"),
    **{
        f"damaged {name}": (lambda folder, name=name: append(folder / name), rf"{name} does not match the manifest")
        for name in FILES
    },
    **{
        f"no {name}": (lambda folder, name=name: (folder / name).unlink(), rf"{name} does not match the manifest")
        for name in FILES
    },
}


@pytest.mark.parametrize(("damage", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_load_index_refuses_and_names_the_cure(
    copy: Path, encoder: Encoder, damage: Callable[[Path], object], message: str
) -> None:
    damage(copy)
    with pytest.raises(StaleIndexError, match=rf"{message}.* Run `ldn index` to build it anew\."):
        load_index(copy, encoder)


def test_load_index_gives_back_the_passages_as_they_were(built: Path, encoder: Encoder) -> None:
    assert load_index(built, encoder).passages == load_passages(built.parent / "knowledge")


def test_search_is_exact(built: Path, encoder: Encoder) -> None:
    index = load_index(built, encoder)
    keys = sorted(index.entries)
    matrix = encoder.encode([index.entries[key].text for key in keys])
    for question in ("how much money is it", "I keep having odd dreams", "who won the football"):
        vector = encoder.encode_one(question)
        expected = matrix @ vector
        hits = index.search(vector, count=len(keys))
        assert sorted(hit.entry.id for hit in hits) == keys
        assert np.allclose([hit.similarity for hit in hits], np.sort(expected)[::-1], atol=1e-5)
        assert np.allclose(
            [hit.similarity for hit in hits], [expected[keys.index(hit.entry.id)] for hit in hits], atol=1e-5
        )


def test_search_returns_as_many_as_asked_and_no_more_than_there_are(built: Path, encoder: Encoder) -> None:
    index = load_index(built, encoder)
    vector = encoder.encode_one("is it expensive")
    assert len(index.search(vector, count=3)) == 3
    assert len(index.search(vector, count=10_000)) == len(index.entries)
    assert index.search(vector, count=1)[0].entry == Entry("ask_cost", "question", "is it expensive")
    assert index.search(vector, count=1)[0].similarity == pytest.approx(1.0, abs=1e-5)


def test_head_gives_a_probability_to_each_label(built: Path, encoder: Encoder) -> None:
    index = load_index(built, encoder)
    found = index.head.probabilities(encoder.encode_one("cash price please"))
    assert set(found) == {entry.label for entry in index.entries.values()}
    assert sum(found.values()) == pytest.approx(1.0)
    assert max(found, key=found.__getitem__) == "ask_cost"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("how expensive is it", "ask_cost"),
        ("I forgot my capsule yesterday", "ask_missed_dose"),
        ("awful nightmares every night", "ask_vivid_dreams"),
        ("what are your office hours", "clinic_info"),
        ("hello there you", "greet"),
        ("where is the best pizza", "out_of_scope"),
    ],
)
def test_retriever_puts_the_right_label_first(built: Path, encoder: Encoder, text: str, label: str) -> None:
    assert Retriever(LiveIndex(built, encoder)).candidates(text, {})[0].label == label


def test_live_index_serves_a_new_text_without_a_restart(knowledge: Path, tmp_path: Path, encoder: Encoder) -> None:
    target = tmp_path / "index"
    build_index(knowledge, EXAMPLES, target, encoder)
    live = LiveIndex(target, encoder)
    before = live.get()
    assert live.get() is before
    write_passage(knowledge, "cost", "The price is not known.")
    build_index(knowledge, EXAMPLES, target, encoder)
    assert live.get().passages["cost"].body == "The price is not known."
    assert before.passages["cost"].body == PASSAGES["cost"][4]
    assert live.error == ""


@pytest.mark.parametrize(("damage", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_live_index_keeps_the_old_one_if_the_new_is_refused(
    copy: Path, knowledge: Path, encoder: Encoder, damage: Callable[[Path], object], message: str
) -> None:
    live = LiveIndex(copy, encoder)
    before = live.get()
    damage(copy)
    if (copy / "manifest.json").is_file():
        edited = (copy / "manifest.json").read_bytes()
        (copy / "manifest.json").unlink()
        (copy / "manifest.json").write_bytes(edited)
    assert live.get() is before
    write_passage(knowledge, "cost", "The price is not known.")
    build_index(knowledge, EXAMPLES, copy, encoder)
    assert live.get().passages["cost"].body == "The price is not known."


def test_live_index_says_what_is_wrong_with_the_new_one(copy: Path, encoder: Encoder) -> None:
    live = LiveIndex(copy, encoder)
    live.get()
    edit_manifest(copy, model="0" * 64)
    live.get()
    assert (
        live.error == f"the index in {copy} was built with another embedding model. Run `ldn index` to build it anew."
    )


def test_live_index_without_any_index_fails_until_there_is_one(built: Path, tmp_path: Path, encoder: Encoder) -> None:
    live = LiveIndex(tmp_path / "index", encoder)
    for _ in range(2):
        with pytest.raises(StaleIndexError, match=r"there is no index in .* Run `ldn index` to build it anew\."):
            live.get()
    shutil.copytree(built, tmp_path / "index")
    assert sorted(live.get().passages) == sorted(PASSAGES)


def test_live_index_damaged_from_the_start_is_served_once_it_is_mended(
    copy: Path, knowledge: Path, encoder: Encoder
) -> None:
    append(copy / "vectors.faiss")
    live = LiveIndex(copy, encoder)
    for _ in range(2):
        with pytest.raises(StaleIndexError, match="vectors.faiss does not match the manifest"):
            live.get()
    build_index(knowledge, EXAMPLES, copy, encoder)
    assert sorted(live.get().passages) == sorted(PASSAGES)


class Interrupted(Encoder):
    """An encoder that lets something happen between the reading of a manifest and of its files."""

    def __init__(self, encoder: Encoder, then: Callable[[], object]) -> None:
        super().__init__(str(encoder.folder))
        self.real = encoder
        self.then = then

    @property
    def digest(self) -> str:  # type: ignore[override]
        then, self.then = self.then, lambda: None
        then()
        return self.real.digest


@pytest.mark.parametrize("known", [True, False], ids=["a server that runs", "a process that starts"])
def test_live_index_swapped_between_manifest_and_files_is_read_whole(
    copy: Path, knowledge: Path, encoder: Encoder, known: bool
) -> None:
    build_index(knowledge, EXAMPLES, copy, encoder)
    write_passage(knowledge, "cost", "The price is not known.")
    interrupted = Interrupted(encoder, lambda: None)
    live = LiveIndex(copy, interrupted)
    if known:
        live.get()
        build_index(knowledge, EXAMPLES, copy, encoder)
    interrupted.then = lambda: build_index(knowledge, EXAMPLES, copy, encoder)
    assert len(live.get().entries) == live.get().vectors.ntotal
    assert live.get().passages["cost"].body == "The price is not known."


@pytest.mark.parametrize("fresh", [False, True], ids=["a server that runs", "processes that start"])
def test_readers_never_fail_while_the_index_is_rebuilt(
    knowledge: Path, tmp_path: Path, encoder: Encoder, fresh: bool
) -> None:
    target = tmp_path / "index"
    texts = [PASSAGES["cost"][4], "The price is not known."]
    build_index(knowledge, EXAMPLES, target, encoder)
    vector = encoder.encode_one("how much is it")
    live, done = LiveIndex(target, encoder), threading.Event()

    def read() -> set[str]:
        seen = set()
        while not done.wait(0.01):
            index = LiveIndex(target, encoder).get() if fresh else live.get()
            assert len(index.entries) == index.vectors.ntotal
            assert index.search(vector, count=1)[0].entry.label == "ask_cost"
            seen.add(index.passages["cost"].body)
        return seen

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        try:
            for number in range(1, 7):
                write_passage(knowledge, "cost", texts[number % 2])
                build_index(knowledge, EXAMPLES, target, encoder)
        finally:
            done.set()
        seen = [reader.result() for reader in readers]
    assert set().union(*seen) == set(texts)
    assert live.get().passages["cost"].body == texts[0]
