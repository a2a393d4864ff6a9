"""The policy above all others: a flagged message leads to the escalation and to nothing else."""

# No postponed annotations here: Rasa reads a component's types when it builds the graph.
from typing import Any, Dict, List, Optional

from rasa.core.constants import POLICY_PRIORITY
from rasa.core.featurizers.tracker_featurizers import TrackerFeaturizer
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActiveLoop, Event, SlotSet
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.triage import ESCALATION_INTENT

ESCALATION_ACTION = "action_escalate"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class SafetyPolicy(Policy):
    """Answers the escalation intent with `action_escalate`, in forms and loops too."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """The priority must be here: the one in config.yml alone is not enough."""
        return {POLICY_PRIORITY: 100}

    def __init__(
        self,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: Optional[TrackerFeaturizer] = None,
    ) -> None:
        """See Policy; whatever config.yml says, the priority stays above all others."""
        fixed = {**config, **self.get_default_config()}
        super().__init__(fixed, model_storage, resource, execution_context, featurizer)

    def train(self, training_trackers: List[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Nothing is learned."""
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "SafetyPolicy":
        """Nothing was stored."""
        return cls(config, model_storage, resource, execution_context)

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[str, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """`action_escalate` right after a flagged message, then listen; otherwise no opinion."""
        message = tracker.latest_message
        if message is None or message.intent.get("name") != ESCALATION_INTENT:
            return self._prediction(self._default_predictions(domain))
        done = tracker.latest_action_name == ESCALATION_ACTION
        name = ACTION_LISTEN_NAME if done else ESCALATION_ACTION
        probabilities = self._default_predictions(domain)
        probabilities[domain.index_for_action(name)] = 1.0
        # "No user" wins against an active form; without it the form takes the message as an answer.
        # Leaving the loop then ends what would otherwise go on predicting itself for ever.
        # The form's question goes too: what is said when it starts again is no answer to it.
        leave: List[Event] = [ActiveLoop(None), SlotSet(REQUESTED_SLOT, None)] if tracker.active_loop_name else []
        return self._prediction(probabilities, optional_events=leave, is_no_user_prediction=True)
