"""The index of vetted passages: built whole in a temporary place, swapped in at once, refused on a mismatch."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np

from bot.reply import Source
from bot.retrieval.decide import Calibration, default_calibration
from bot.retrieval.encoder import Encoder, Vectors
from bot.retrieval.head import Head, load_head, train_head
from bot.retrieval.passages import Claim, Passage, cited, load_passages, load_sources
from bot.retrieval.spelling import Spelling
from bot.retrieval.words import load_words, rank, save_words, train_words
from bot.topics import intent_of

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

FORMAT = 4
CURE = "Run `ldn index` to build it anew."


class StaleIndexError(RuntimeError):
    """The index is missing, damaged or was built from something else; the message names the cure."""


# One wording alone is often near by chance; three of a topic are not. Measured beside 1 and 6: docs/decisions.md.
_NEIGHBOURS = 3
_FOUND = 600


@dataclass(frozen=True)
class Entry:
    """One vector: the label it stands for, and the words it was made of."""

    label: str
    kind: str
    text: str

    @property
    def id(self) -> int:
        """Stable over builds: the same words for the same label get the same number."""
        digest = hashlib.sha256(f"{self.label}\x1f{self.kind}\x1f{self.text}".encode()).digest()
        return int.from_bytes(digest[:8], "big") >> 1


@dataclass(frozen=True)
class Hit:
    """An entry near the query, with its cosine similarity."""

    entry: Entry
    similarity: float


@dataclass(frozen=True)
class Index:
    """Everything retrieval needs, loaded from one folder."""

    manifest: dict[str, Any]
    passages: dict[str, Passage]
    sources: dict[str, tuple[Source, ...]]
    entries: dict[int, Entry]
    vectors: faiss.Index
    head: Head
    words: "Pipeline"
    calibration: Calibration

    @cached_property
    def spelling(self) -> Spelling:
        """What spells out shorthand, by the words of the index."""
        return Spelling(entry.text for entry in self.entries.values())

    def rank(self, text: str) -> dict[str, float]:
        """The vote of words and letters: probability of each label."""
        return rank(self.words, text)

    def nearest(self, vector: Vectors) -> dict[str, float]:
        """Mean similarity of each label's nearest wordings; those too far to be found count as the farthest found."""
        hits = self.search(vector, _FOUND)
        farthest = hits[-1].similarity if hits else 0.0
        best: dict[str, list[float]] = {label: [] for label in self.head.labels}
        for hit in hits:
            if len(found := best.setdefault(hit.entry.label, [])) < _NEIGHBOURS:
                found.append(hit.similarity)
        return {
            label: (sum(found) + farthest * (_NEIGHBOURS - len(found))) / _NEIGHBOURS for label, found in best.items()
        }

    def search(self, vector: Vectors, count: int = 40) -> list[Hit]:
        """The nearest entries by exact search, best first."""
        similarities, ids = self.vectors.search(vector.reshape(1, -1), min(count, self.vectors.ntotal))
        pairs = zip(ids[0].tolist(), similarities[0].tolist(), strict=True)
        return [Hit(self.entries[key], float(similarity)) for key, similarity in pairs if key in self.entries]


def entries_of(passages: dict[str, Passage], examples: dict[str, list[str]]) -> list[Entry]:
    """Several vectors a passage (title, questions, sentences) and the ways people word each intent."""
    found: dict[int, Entry] = {}
    for passage in passages.values():
        label = intent_of(passage.id)
        texts = [("title", passage.title), *(("question", text) for text in passage.questions)]
        texts += [("sentence", text) for text in passage.sentences()]
        for kind, text in texts:
            entry = Entry(label, kind, text)
            found[entry.id] = entry
    for label, wordings in examples.items():
        for text in wordings:
            entry = Entry(label, "example", text)
            found[entry.id] = entry
    return list(found.values())


def build_index(
    knowledge: Path,
    examples: dict[str, list[str]],
    target: Path,
    encoder: Encoder,
    allow: Callable[[Passage], bool] = lambda passage: True,
    progress: bool = False,
    earlier: Path | None = None,
) -> dict[str, Any]:
    """Build the index of all passages that `allow` lets in and swap it in at `target`; returns the manifest.

    Where none may be shown, such as before the first approval, the index holds wordings only: the bot then says of
    every topic that clinicians are still reviewing the answer. Vectors of wordings that the index at `earlier` holds
    are taken from there: a publication then encodes what is new, in seconds instead of minutes.
    """
    passages = {key: passage for key, passage in load_passages(knowledge).items() if allow(passage)}
    sources = load_sources(knowledge)
    cites = {key: cited(passage, sources) for key, passage in passages.items()}
    entries = entries_of(passages, examples)
    vectors = _encoded([entry.text for entry in entries], encoder, earlier, progress)
    target.parent.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix=".index-", dir=target.parent))
    try:
        flat = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        flat.add_with_ids(vectors, np.array([entry.id for entry in entries], dtype=np.int64))
        faiss.write_index(flat, str(place / "vectors.faiss"))
        asked = [number for number, entry in enumerate(entries) if entry.kind != "sentence"]
        labels = [entries[number].label for number in asked]
        train_head(vectors[asked], labels).save(place / "head.npz")
        save_words(train_words([entries[number].text for number in asked], labels), place / "words.skops")
        _write(place / "calibration.json", asdict(default_calibration()))
        _write(place / "entries.json", [asdict(entry) for entry in entries])
        _write(place / "passages.json", [_passage_data(passage, cites[passage.id]) for passage in passages.values()])
        manifest = {
            "format": FORMAT,
            "built": datetime.now(UTC).isoformat(timespec="seconds"),
            "model": encoder.digest,
            "knowledge": knowledge_digest(knowledge, examples),
            "passages": {key: passage.digest for key, passage in passages.items()},
            "vectors": len(entries),
            "files": {path.name: _sha256(path) for path in sorted(place.iterdir())},
        }
        _write(place / "manifest.json", manifest)
        _swap(place, target)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return manifest


def _encoded(texts: list[str], encoder: Encoder, earlier: Path | None, progress: bool) -> Vectors:
    known = _known(earlier, encoder) if earlier else {}
    new = [text for text in dict.fromkeys(texts) if text not in known]
    if new:
        known |= dict(zip(new, encoder.encode(new, progress=progress), strict=True))
    return np.array([known[text] for text in texts], dtype=np.float32)


def _known(folder: Path, encoder: Encoder) -> dict[str, Vectors]:
    """Vectors by text of a whole index made with the same model; none where there is no such index."""
    try:
        index = load_index(folder, encoder)
    except StaleIndexError:
        return {}
    return {entry.text: index.vectors.reconstruct(key) for key, entry in index.entries.items()}


def knowledge_digest(knowledge: Path, examples: dict[str, list[str]]) -> str:
    """Changes whenever a passage, a source, a training example or the calibration does."""
    digest = hashlib.sha256(json.dumps([examples, asdict(default_calibration())], sort_keys=True).encode())
    for path in sorted([*knowledge.glob("passages/*.md"), *knowledge.glob("sources.yml")]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a built index, checked for format only."""
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StaleIndexError(f"there is no index in {folder}. {CURE}") from None
    except ValueError:
        raise StaleIndexError(f"the manifest in {folder} is damaged. {CURE}") from None
    if not isinstance(manifest, dict):
        raise StaleIndexError(f"the manifest in {folder} is damaged. {CURE}")
    if manifest.get("format") != FORMAT:
        raise StaleIndexError(f"the index in {folder} has format {manifest.get('format')}, not {FORMAT}. {CURE}")
    if not {"model", "files", "passages"} <= manifest.keys():
        raise StaleIndexError(f"the manifest in {folder} is damaged. {CURE}")
    return manifest


def load_index(folder: Path, encoder: Encoder) -> Index:
    """Read an index; StaleIndexError if a file differs from the manifest or the model is another one."""
    while True:
        place = folder.resolve()
        try:
            return _load(place, encoder)
        except (RuntimeError, OSError):
            # A new index was swapped in, and this one deleted, while it was being read.
            if folder.resolve() == place:
                raise


def _load(folder: Path, encoder: Encoder) -> Index:
    manifest = read_manifest(folder)
    if manifest["model"] != encoder.digest:
        raise StaleIndexError(f"the index in {folder} was built with another embedding model. {CURE}")
    for name, digest in manifest["files"].items():
        if not (folder / name).is_file() or _sha256(folder / name) != digest:
            raise StaleIndexError(f"{folder / name} does not match the manifest. {CURE}")
    entries = [Entry(**data) for data in json.loads((folder / "entries.json").read_text(encoding="utf-8"))]
    pairs = [_passage_of(data) for data in json.loads((folder / "passages.json").read_text(encoding="utf-8"))]
    passages = {passage.id: passage for passage, _ in pairs}
    if {key: passage.digest for key, passage in passages.items()} != manifest["passages"]:
        raise StaleIndexError(f"a passage in {folder} is not the text that the manifest names. {CURE}")
    return Index(
        manifest=manifest,
        passages=passages,
        sources={passage.id: cites for passage, cites in pairs},
        entries={entry.id: entry for entry in entries},
        vectors=faiss.read_index(str(folder / "vectors.faiss")),
        head=load_head(folder / "head.npz"),
        words=load_words(folder / "words.skops"),
        calibration=Calibration(**json.loads((folder / "calibration.json").read_text(encoding="utf-8"))),
    )


class LiveIndex:
    """The index in use: loads a new one as soon as it is swapped in, and keeps the old one if that fails."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self.folder = folder
        self.encoder = encoder
        self.error = ""
        self._stamp = (0, 0)
        self._index: Index | None = None

    def get(self) -> Index:
        """The newest index that could be loaded; StaleIndexError if there never was one."""
        try:
            status = (self.folder / "manifest.json").stat()
            stamp = (status.st_mtime_ns, status.st_ino)
        except FileNotFoundError:
            stamp = self._stamp
        if self._index is None or stamp != self._stamp:
            try:
                self._index, self._stamp, self.error = load_index(self.folder, self.encoder), stamp, ""
            except StaleIndexError as error:
                self._stamp, self.error = stamp, str(error)
                if self._index is None:
                    raise
        return self._index


def _swap(place: Path, target: Path) -> None:
    # A folder cannot replace a folder in one step; a link can. Readers see the old index or the new one.
    final = target.parent / f"{target.name}-{place.name.removeprefix('.index-')}"
    os.rename(place, final)
    final.chmod(0o755)
    link = target.parent / f".{target.name}-link"
    link.unlink(missing_ok=True)
    link.symlink_to(final.name)
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    os.replace(link, target)
    for old in target.parent.glob(f"{target.name}-*"):
        if old.name != final.name:
            shutil.rmtree(old, ignore_errors=True)


def _passage_data(passage: Passage, cites: tuple[Source, ...]) -> dict[str, Any]:
    data = asdict(passage)
    return {
        **data,
        "drafted_on": str(passage.drafted_on),
        "review_due": str(passage.review_due),
        "cites": [asdict(cite) for cite in cites],
    }


def _passage_of(data: dict[str, Any]) -> tuple[Passage, tuple[Source, ...]]:
    cites = tuple(Source(**cite) for cite in data.pop("cites"))
    read = {
        **data,
        "claims": tuple(Claim(**claim) for claim in data["claims"]),
        "questions": tuple(data["questions"]),
        "related": tuple(data["related"]),
        "drafted_on": date.fromisoformat(data["drafted_on"]),
        "review_due": date.fromisoformat(data["review_due"]),
    }
    return Passage(**read), cites


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
