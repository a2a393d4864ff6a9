"""Sentence vectors as features for Rasa's classifiers; measured in `make bench` (docs/decisions.md)."""

# No postponed annotations here: Rasa reads a component's types when it builds the graph.
from typing import Any, Dict, List, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.retrieval.encoder import shared_encoder
from bot.settings import settings


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceFeaturizer(DenseFeaturizer, GraphComponent):
    """One dense vector a message, from the same encoder as retrieval."""

    @classmethod
    def required_components(cls) -> List[Type[Any]]:
        """A tokenizer must come before."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """See DenseFeaturizer."""
        return {**DenseFeaturizer.get_default_config()}

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SentenceFeaturizer":
        """The featurizer on this process's shared encoder."""
        return cls(execution_context.node_name, config)

    @staticmethod
    def validate_config(config: Dict[str, Any]) -> None:
        """Nothing to check."""

    def process(self, messages: List[Message]) -> List[Message]:
        """Add the features, all messages in one batch."""
        encoder = shared_encoder(settings().encoder)
        texts = [message.get(TEXT) or "" for message in messages]
        for message, vector in zip(messages, encoder.encode(texts), strict=True):
            if message.get(TEXT):
                dense = np.reshape(vector, (1, -1))
                message.add_features(Features(dense, FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add the features to the training examples."""
        self.process([message for message in training_data.training_examples if message.get(TEXT)])
        return training_data
