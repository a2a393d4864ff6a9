"""The intent vote: logistic regression on tf-idf of words and letters. Chosen by measurement (docs/decisions.md)."""

# No postponed annotations here: Rasa reads a component's types when it builds the graph.
from typing import Any, Dict, List, Optional

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.pipeline import Pipeline

from bot.retrieval.words import load_words, save_words, train_words

FILE = "intents.skops"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TfidfIntentClassifier(IntentClassifier, GraphComponent):
    """Ranks all intents; Rasa's own classifier has neither tf-idf nor a penalty to set."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`inverse_penalty` is scikit-learn's C."""
        return {"inverse_penalty": 20.0, "letters": [2, 5], "words": [1, 2]}

    def __init__(
        self, config: Dict[str, Any], storage: ModelStorage, resource: Resource, model: Optional[Pipeline] = None
    ) -> None:
        """A classifier, trained or not."""
        self._config = config
        self._storage = storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "TfidfIntentClassifier":
        """An untrained one."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on all examples, topics balanced, and persist."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        self._model = train_words(
            [example.get(TEXT) for example in examples],
            [example.get(INTENT) for example in examples],
            self._config["inverse_penalty"],
            tuple(self._config["words"]),
            tuple(self._config["letters"]),
        )
        with self._storage.write_to(self._resource) as folder:
            save_words(self._model, folder / FILE)
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "TfidfIntentClassifier":
        """The trained one; skops refuses whatever is not a plain scikit-learn object."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, load_words(folder / FILE))

    def process(self, messages: List[Message]) -> List[Message]:
        """Set intent and full ranking."""
        if self._model is None:
            raise RuntimeError("the intent classifier is not trained. Run `ldn train`.")
        probabilities = self._model.predict_proba([message.get(TEXT) or "" for message in messages])
        for message, row in zip(messages, probabilities, strict=True):
            pairs = sorted(zip(self._model.classes_.tolist(), row.tolist(), strict=True), key=lambda pair: -pair[1])
            ranking = [{"name": name, "confidence": confidence} for name, confidence in pairs]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages
