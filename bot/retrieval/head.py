"""A linear head on the frozen encoder: which topic a sentence asks about, as probabilities."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.retrieval.encoder import Vectors

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Head:
    """Multinomial logistic regression: `weights` (labels, dimensions), `bias` (labels,)."""

    labels: tuple[str, ...]
    weights: Array
    bias: Array

    def probabilities(self, vector: Vectors) -> dict[str, float]:
        """Probability of each label for one unit vector."""
        scores = self.weights @ vector.astype(np.float64) + self.bias
        exp = np.exp(scores - scores.max())
        return dict(zip(self.labels, (exp / exp.sum()).tolist(), strict=True))

    def save(self, path: Path) -> None:
        """Write as .npz without pickled objects."""
        np.savez(path, labels=np.array(self.labels), weights=self.weights, bias=self.bias)


def train_head(vectors: Vectors, labels: list[str], inverse_penalty: float = 30.0) -> Head:
    """Fit the head; the classes are balanced, so a topic with more wordings is not favoured."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=inverse_penalty, max_iter=300, class_weight="balanced", random_state=0)
    model.fit(vectors, labels)
    return Head(tuple(model.classes_.tolist()), model.coef_.astype(np.float64), model.intercept_.astype(np.float64))


def load_head(path: Path) -> Head:
    """Read what `save` wrote."""
    with np.load(path, allow_pickle=False) as data:
        return Head(tuple(data["labels"].tolist()), data["weights"], data["bias"])
