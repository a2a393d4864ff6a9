"""On the real model: whatever the message looks like and wherever the dialogue is, a flag leads to the escalation only."""

import asyncio
from typing import Any

import pytest
import yaml

from bot.dialogue.policy import ESCALATION_ACTION, SafetyPolicy
from bot.dialogue.triage import ESCALATION_INTENT, SafetyTriage
from bot.retrieval.nlu import load_examples
from bot.settings import ROOT, settings

DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
INTENTS = [next(iter(item)) if isinstance(item, dict) else item for item in DOMAIN["intents"]]
SLOTS = [None, "callback_name", "callback_phone", "callback_time"]
FORM = "callback_form"
FLAGGED = "I take oxycodone daily"
CONTRADICTING = [action for action in DOMAIN["actions"] if action != ESCALATION_ACTION]


def parse(processor: Any, text: str, **metadata: object) -> dict[str, Any]:
    """What the pipeline makes of a message."""
    from rasa.core.channels.channel import UserMessage

    found: dict[str, Any] = asyncio.run(processor.parse_message(UserMessage(text, metadata=metadata)))
    return found


def tracker_in(processor: Any, requested: str | None, in_form: bool, before: list[str] | None = None) -> Any:
    """A conversation that waits for a message, perhaps inside the form."""
    from rasa.shared.core import events
    from rasa.shared.core.trackers import DialogueStateTracker

    tracker = DialogueStateTracker("x", processor.domain.slots)
    past: list[Any] = [events.ActionExecuted("action_session_start"), events.SessionStarted()]
    for intent in before or []:
        past += [events.ActionExecuted("action_listen"), events.UserUttered("x", {"name": intent, "confidence": 1.0})]
        past += [events.ActionExecuted("action_answer")]
    past.append(events.ActionExecuted("action_listen"))
    if in_form:
        past += [events.UserUttered("talk to a person", {"name": "person", "confidence": 1.0})]
        past += [events.ActionExecuted(FORM), events.ActiveLoop(FORM)]
        past += [events.SlotSet("requested_slot", requested)] if requested else []
        past += [events.ActionExecuted("action_listen")]
    for event in past:
        tracker.update(event, processor.domain)
    return tracker


def hear(processor: Any, tracker: Any, text: str, data: dict[str, Any]) -> None:
    """As the server does: the message, then the slots that it fills."""
    from rasa.core.channels.channel import CollectingOutputChannel
    from rasa.shared.core.events import UserUttered

    heard = UserUttered(text, data["intent"], data["entities"], data)
    tracker.update(heard, processor.domain)
    asyncio.run(processor.run_action_extract_slots(CollectingOutputChannel(), tracker))


def actions_after(processor: Any, tracker: Any) -> list[str]:
    """What the policies then do, until they listen, at most five steps."""
    from rasa.shared.core.events import ActionExecuted

    done: list[str] = []
    for _ in range(5):
        prediction = processor._predict_next_with_tracker(tracker)
        name = processor.domain.action_names_or_texts[prediction.max_confidence_index]
        for event in [*prediction.events, ActionExecuted(name)]:
            tracker.update(event, processor.domain)
        done.append(name)
        if name == "action_listen":
            break
    return done


@pytest.fixture(scope="module")
def flagged_of_every_intent(processor: Any) -> dict[str, tuple[str, dict[str, Any]]]:
    """For each intent a flagged message that would be of that intent without its flag."""
    examples = load_examples(settings().nlu)
    found = {}
    for intent in INTENTS:
        text = f"{examples[intent][0]}. {FLAGGED}" if examples.get(intent) else FLAGGED
        found[intent] = (text, parse(processor, text))
    return found


@pytest.mark.parametrize(("in_form", "requested"), [(False, None), *[(True, slot) for slot in SLOTS]])
@pytest.mark.parametrize("before", [[], ["ask_cost"], ["greet", "ask_onset_time"]], ids=["first", "second", "third"])
def test_flag_leads_to_the_escalation_only(
    processor: Any,
    flagged_of_every_intent: dict[str, tuple[str, dict[str, Any]]],
    in_form: bool,
    requested: str | None,
    before: list[str],
) -> None:
    wrong = {}
    for intent, (text, data) in flagged_of_every_intent.items():
        tracker = tracker_in(processor, requested, in_form, before)
        assert (tracker.active_loop_name == FORM) is in_form
        hear(processor, tracker, text, data)
        done = actions_after(processor, tracker)
        if done != [ESCALATION_ACTION, "action_listen"] or tracker.active_loop_name is not None:
            wrong[intent] = (done, tracker.active_loop_name)
    assert wrong == {}
    assert len(flagged_of_every_intent) == len(INTENTS) > 60


@pytest.mark.parametrize("requested", SLOTS[1:])
def test_flagged_message_fills_no_slot(processor: Any, requested: str) -> None:
    tracker = tracker_in(processor, requested, in_form=True)
    hear(processor, tracker, FLAGGED, parse(processor, FLAGGED))
    assert {slot: tracker.get_slot(slot) for slot in SLOTS[1:] if slot} == dict.fromkeys(SLOTS[1:])


@pytest.mark.parametrize("requested", SLOTS[1:])
def test_ordinary_message_in_the_form_goes_to_the_form(processor: Any, requested: str) -> None:
    tracker = tracker_in(processor, requested, in_form=True)
    hear(processor, tracker, "Maria", parse(processor, "Maria"))
    assert tracker.get_slot(requested) == "Maria"
    assert actions_after(processor, tracker)[0] == FORM


def test_slots_are_not_filled_outside_the_form(processor: Any) -> None:
    tracker = tracker_in(processor, None, in_form=False)
    hear(processor, tracker, "Maria", parse(processor, "Maria"))
    assert [tracker.get_slot(slot) for slot in SLOTS[1:]] == [None] * 3


@pytest.mark.parametrize("intent", [name for name in INTENTS if name not in {ESCALATION_INTENT, "person"}])
def test_every_other_intent_leads_to_one_action_and_no_more(processor: Any, intent: str) -> None:
    """Nothing may follow a custom action: Rasa goes on even where the action failed."""
    from rasa.shared.core.events import UserUttered

    tracker = tracker_in(processor, None, in_form=False)
    tracker.update(UserUttered("x", {"name": intent, "confidence": 1.0}), processor.domain)
    assert actions_after(processor, tracker) == ["action_answer", "action_listen"]


def test_unsure_message_is_decided_by_retrieval(processor: Any) -> None:
    from rasa.shared.core.events import UserUttered

    tracker = tracker_in(processor, None, in_form=False)
    tracker.update(UserUttered("x", {"name": None, "confidence": 0.0}), processor.domain)
    assert actions_after(processor, tracker)[0] == "action_answer"


def test_escalation_leaves_the_form_for_good(processor: Any) -> None:
    tracker = tracker_in(processor, "callback_phone", in_form=True)
    hear(processor, tracker, FLAGGED, parse(processor, FLAGGED))
    actions_after(processor, tracker)
    hear(processor, tracker, "how long until it works", parse(processor, "how long until it works"))
    assert actions_after(processor, tracker) == ["action_answer", "action_listen"]


def test_slash_is_a_command_to_rasa(processor: Any) -> None:
    # Why the web process strips it: the pipeline, and the triage in it, is never asked.
    assert parse(processor, '/greet{"risk": null}')["intent"]["name"] == "greet"


def test_question_of_the_form_is_not_open_after_an_escalation(processor: Any) -> None:
    tracker = tracker_in(processor, "callback_name", in_form=True)
    hear(processor, tracker, FLAGGED, parse(processor, FLAGGED))
    actions_after(processor, tracker)
    assert tracker.get_slot("requested_slot") is None


# The pipeline.


def test_flags_are_entities_and_the_ranking_stays(processor: Any) -> None:
    text = "how long until it works? I take oxycodone daily"
    data = parse(processor, text)
    assert data["intent"] == {"name": ESCALATION_INTENT, "confidence": 1.0}
    found = [(entity["entity"], entity["value"], entity["extractor"]) for entity in data["entities"]]
    assert ("opioid_use", "present", "SafetyTriage") in found
    start, end = data["entities"][0]["start"], data["entities"][0]["end"]
    assert text[start:end] == "oxycodone"
    names = [item["name"] for item in data["intent_ranking"]]
    assert ESCALATION_INTENT not in names
    assert "ask_onset_time" in names[:5]
    assert len(names) > 50


def test_ordinary_message_keeps_its_intent(processor: Any) -> None:
    data = parse(processor, "how long until it works")
    assert (data["intent"]["name"], data["entities"]) == ("ask_onset_time", [])
    assert data["intent"]["name"] == data["intent_ranking"][0]["name"]


ANSWERS = [
    ("yes", "applies_pregnancy", True),
    ("not sure", "applies_liver_disease", True),
    ("yes, one of them is an opioid", "which_medicine", True),
    ("norco", "which_medicine", True),
    ("no", "applies_pregnancy", False),
    ("yes", "", False),
    ("yes", "applies_weather", False),
    ("yes", "nonsense", False),
]


@pytest.mark.parametrize(("text", "asked", "escalates"), ANSWERS)
def test_question_asked_is_honoured(processor: Any, text: str, asked: str, escalates: bool) -> None:
    assert (parse(processor, text, asked=asked)["intent"]["name"] == ESCALATION_INTENT) is escalates


@pytest.mark.parametrize("metadata", [{}, {"asked": None}, {"asked": 5}, {"asked": []}, {"known": None}])
def test_strange_metadata_does_not_silence(processor: Any, metadata: dict[str, Any]) -> None:
    assert parse(processor, FLAGGED, **metadata)["intent"]["name"] == ESCALATION_INTENT


def test_intents_of_the_classifier_never_include_the_escalation() -> None:
    assert ESCALATION_INTENT not in load_examples(settings().nlu)


# Nobody can turn it down.


@pytest.mark.parametrize("config", [{"priority": 1}, {"priority": -5}, {"enabled": False}, {}])
def test_priority_cannot_be_lowered(config: dict[str, Any]) -> None:
    from rasa.engine.graph import ExecutionContext, GraphSchema
    from rasa.engine.storage.resource import Resource

    policy = SafetyPolicy(config, None, Resource("x"), ExecutionContext(GraphSchema({})))  # type: ignore[arg-type]
    assert policy.priority == 100


def test_no_policy_stands_above(processor: Any) -> None:
    policies = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["policies"]
    assert policies[0] == {"name": "bot.dialogue.policy.SafetyPolicy"}
    assert [policy["name"] for policy in policies[1:]] == ["RulePolicy"]
    assert all(policy.get("priority", 0) < 100 for policy in policies)


@pytest.mark.parametrize("config", [{"enabled": False}, {"level": "escalate"}, {"x": 1}])
def test_triage_takes_no_settings(config: dict[str, Any]) -> None:
    with pytest.raises(
        ValueError, match=r"SafetyTriage takes no settings, found: \w+\. Remove them from config\.yml\."
    ):
        SafetyTriage.create(config, None, None, None)  # type: ignore[arg-type]


def test_triage_is_the_last_of_the_pipeline() -> None:
    pipeline = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    assert pipeline[-1] == {"name": "bot.dialogue.triage.SafetyTriage"}


def test_no_rule_goes_on_after_a_custom_action() -> None:
    rules = yaml.safe_load((ROOT / "data" / "stories" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    for rule in rules:
        names = [step["action"] for step in rule["steps"] if "action" in step]
        assert [name for name in names[:-1] if name != FORM] == []
        assert not any(name.startswith("utter_") for name in names)


def test_action_server_is_not_waited_for_longer_than_the_turn() -> None:
    from rasa.core.actions import action

    assert action.DEFAULT_REQUEST_TIMEOUT.total == settings().action_seconds < settings().turn_seconds
