"""The last component of the pipeline: hard-coded safety rules take the intent away from the classifier."""

# No postponed annotations here: Rasa reads a component's types when it builds the graph.
from typing import Any, Dict, List

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.dialogue import limits  # noqa: F401  shortens Rasa's wait for the action server in this process
from bot.safety.conversation import judge
from bot.safety.triage import warm
from bot.safety.verdict import Level
from bot.turn import known_of, question_of

ESCALATION_INTENT = "safety_escalation"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class SafetyTriage(GraphComponent):
    """Puts the verdict's flags on the message and, from `caution` on, forces the escalation intent.

    The classifier's ranking stays on the message: the topic is still wanted.
    """

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SafetyTriage":
        """The component; it has no settings, so nobody can switch it off in config.yml."""
        if config:
            unknown = ", ".join(sorted(config))
            raise ValueError(f"SafetyTriage takes no settings, found: {unknown}. Remove them from config.yml.")
        # Reading the rules takes seconds, which the first patient's turn does not have.
        warm()
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Judge each message; see SAFETY.md for the levels."""
        for message in messages:
            metadata = message.get("metadata") or {}
            asked = question_of(str(metadata.get("asked") or ""))
            verdict = judge(message.get(TEXT) or "", asked, known_of(metadata))
            entities = [
                {
                    "entity": flag.category.value,
                    "value": flag.status.value,
                    "start": flag.start,
                    "end": flag.end,
                    "extractor": "SafetyTriage",
                }
                for flag in verdict.flags
            ]
            message.set(ENTITIES, [*message.get(ENTITIES, []), *entities], add_to_output=True)
            if verdict.level != Level.NONE:
                message.set(INTENT, {"name": ESCALATION_INTENT, "confidence": 1.0}, add_to_output=True)
        return messages
