import pytest

from bot.safety.triage import assess, explain

# Message; then (category, status, level) of its flags in order.
TABLE: list[tuple[str, list[tuple[str, str, str]]]] = [
    ("I take Percocet", [("opioid_use", "present", "escalate")]),
    ("28 weeks pregnant", [("pregnancy", "present", "escalate")]),
    ("pt on suboxone", [("opioid_use", "present", "escalate")]),
    ("my liver numbers might be off", [("liver_disease", "present", "escalate")]),
    ("if I'm pregnant can I still take it", [("pregnancy", "conditional", "escalate")]),
    ("quit methadone last week", [("opioid_use", "past", "escalate")]),
    ("i quit methadone 6 years ago", [("opioid_use", "past", "caution")]),
    ("took tramadol for 5 years", [("opioid_use", "past", "escalate")]),
    ("had hep C years ago", [("liver_disease", "past", "escalate")]),
    ("my wife is pregnant and wants to start LDN", [("pregnancy", "other_user", "escalate")]),
    ("my roommate takes oxycodone", [("opioid_use", "bystander", "caution")]),
    ("is it safe in pregnancy?", [("pregnancy", "topic", "caution")]),
    ("would like kids someday", [("pregnancy", "planned", "caution")]),
    ("I'm not pregnant", [("pregnancy", "denied", "none")]),
    ("dont take any opioids", [("opioid_use", "denied", "none")]),
    ("is LDN an opioid", [("opioid_use", "informational", "none")]),
    ("blocks opioid receptors", []),
    ("can I take it with my pain pills", [("opioid_use", "unspecified", "caution")]),
    ("the methadone van", [("opioid_use", "implied", "escalate")]),
    ("my OB every four weeks", [("pregnancy", "implied", "escalate")]),
    ("MAT clinic", [("opioid_use", "implied", "escalate")]),
    ("can i take ldn with opioids", [("opioid_use", "topic", "caution")]),
    ("can i take ldn with my opioids", [("opioid_use", "conditional", "escalate")]),
    ("does ldn hurt your liver", [("liver_disease", "topic", "caution")]),
    ("can you take it while pregnant", [("pregnancy", "topic", "caution")]),
    ("pregnant? no. opioids? also no", [("pregnancy", "denied", "none"), ("opioid_use", "denied", "none")]),
    ("pregnant, no opioids", [("pregnancy", "possible", "escalate"), ("opioid_use", "denied", "none")]),
    ("not pregnant, nursing a 5 month old", [("pregnancy", "denied", "none"), ("pregnancy", "possible", "escalate")]),
    (
        "no liver problems, oxycodone daily",
        [("liver_disease", "denied", "none"), ("opioid_use", "present", "escalate")],
    ),
    ("im not suicidal", [("self_harm", "denied", "caution")]),
    ("i overdosed back in 2009", [("emergency", "past", "caution")]),
    ("my 9 year old swallowed my pills", [("emergency", "present", "emergency")]),
    ("can you overdose on ldn", [("emergency", "present", "emergency")]),
]


@pytest.mark.parametrize(("text", "expected"), TABLE, ids=[text for text, _ in TABLE])
def test_status_of_a_message(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert [(flag.category, flag.status, flag.level) for flag in assess(text).flags] == expected


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("i live with my mom and take norco", "self"),
        ("im a mom of two and on norco", "self"),
        ("my mom takes norco", "family"),
        ("my coworker takes norco", "far"),
        ("people on norco", "generic"),
        ("my dog is on tramadol", "pet"),
        ("my sister shes on suboxone", "family"),
        ("norco daily", "none"),
        ("you prescribed me norco", "self"),
    ],
)
def test_whose_risk_it_is(text: str, whose: str) -> None:
    assert [trace.whose for trace in explain(text)] == [whose]


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("my wife takes norco and wants to start ldn", "other"),
        ("my wife takes norco, can i take ldn", "self"),
        ("my wife takes norco. is ldn safe", "unknown"),
        ("my wife takes norco", "none"),
        ("should we put her on ldn, she takes norco", "other"),
    ],
)
def test_who_takes_ldn(text: str, user: str) -> None:
    assert [trace.ldn_user for trace in explain(text)] == [user]
