"""The vote of words and letters: logistic regression on tf-idf. Rasa's intent classifier wraps it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def train_words(
    texts: Sequence[str],
    labels: Sequence[str],
    inverse_penalty: float = 20.0,
    words: tuple[int, int] = (1, 2),
    letters: tuple[int, int] = (2, 5),
) -> "Pipeline":
    """Fit on all examples, labels balanced. `inverse_penalty` is scikit-learn's C, the pairs are n-gram sizes."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    features = make_union(
        TfidfVectorizer(ngram_range=words, sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=letters, sublinear_tf=True, min_df=2),
    )
    # liblinear fits one label against the rest: seconds, where lbfgs takes minutes for the same accuracy.
    regression = LogisticRegression(C=inverse_penalty, solver="liblinear", class_weight="balanced", random_state=0)
    model = make_pipeline(features, regression)
    model.fit(list(texts), list(labels))
    return model


def rank(model: "Pipeline", text: str) -> dict[str, float]:
    """Probability of each label."""
    return dict(zip(model.classes_.tolist(), model.predict_proba([text])[0].tolist(), strict=True))


# The only type beyond skops' own list that a fitted tf-idf holds.
_TRUSTED = ["scipy.sparse._csr.csr_matrix"]


def save_words(model: "Pipeline", path: Path) -> None:
    """Write with skops: plain data, no pickled code."""
    import skops.io

    skops.io.dump(model, path)


def load_words(path: Path) -> "Pipeline":
    """Read what `save_words` wrote; anything but plain scikit-learn objects is refused."""
    import skops.io

    return skops.io.load(path, trusted=_TRUSTED)
