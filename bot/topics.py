"""The topics of TOPICS.md: their order, their intents, and where a known risk must be said again."""

SECTIONS: dict[str, tuple[str, ...]] = {
    "basics": (
        "what_is_ldn", "mechanism", "conditions_helped", "chronic_pain_basics", "fda_status",
        "evidence_quality", "first_line_alternatives", "cure_or_not", "ldn_vs_opioids",
    ),
    "conditions": (
        "fibromyalgia", "crps", "ms", "crohns_ibd", "arthritis_back_pain", "nerve_pain", "mental_health", "other_conditions",
    ),
    "expectations": ("onset_time", "follow_up_expectations", "combining_therapies", "long_term_safety"),
    "taking": (
        "dose_start", "dose_titration", "time_of_day", "with_food", "missed_dose", "formulations_storage", "stop_ldn",
    ),
    "side_effects": ("side_effects_common", "vivid_dreams", "side_effects_other", "severe_reaction", "addiction_dependence"),
    "safety": (
        "opioid_interaction", "other_pain_meds", "nsaids_combination", "drug_interactions_general", "immune_drugs",
        "alcohol", "supplements_cannabis", "pregnancy", "breastfeeding", "liver_disease", "who_should_not_take",
        "other_health_problems", "surgery", "emergency_id_card",
    ),
    "access": ("cost", "how_to_get", "compounding"),
    "process": ("appointment", "human_handoff"),
}  # fmt: skip

TOPICS: tuple[str, ...] = tuple(topic for topics in SECTIONS.values() for topic in topics)

# Process topics are dialogue acts, not questions about LDN: they keep the names of the acts.
_PROCESS = {"appointment": "clinic_info", "human_handoff": "person"}

# After an escalation, answers on these stay as they are: nothing in them is about taking LDN.
CARRIES_NO_RISK = frozenset(
    {*SECTIONS["conditions"], *SECTIONS["process"], *SECTIONS["basics"], "cost", "compounding", "emergency_id_card"}
) - {"ldn_vs_opioids"}


def intent_of(topic: str) -> str:
    """The intent that asks about a topic."""
    return _PROCESS.get(topic, f"ask_{topic}")


def topic_of(intent: str) -> str | None:
    """The topic an intent asks about, or None for small talk and the like."""
    for topic, name in _PROCESS.items():
        if intent == name:
            return topic
    topic = intent.removeprefix("ask_")
    return topic if intent.startswith("ask_") and topic in TOPICS else None
