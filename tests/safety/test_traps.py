"""Every example of SAFETY.md, word for word: level and category, and the status where the text gives one."""

from typing import Any

import pytest

from bot.safety.triage import assess


def wrong(*values: Any, why: str) -> Any:
    """A case that shows a deviation from SAFETY.md; goes back to a plain case once it is mended."""
    return pytest.param(*values, marks=pytest.mark.xfail(strict=True, reason=why))


# The status table: example, category, the statuses its row allows, level.
ROWS = [
    ("I take Percocet", "opioid_use", "present", "escalate"),
    ("28 weeks pregnant", "pregnancy", "present", "escalate"),
    ("pt on suboxone", "opioid_use", "present", "escalate"),
    ("not sure if im pregnant", "pregnancy", "possible conditional", "escalate"),
    ("my liver numbers might be off", "liver_disease", "possible present", "escalate"),
    ("oxycodone", "opioid_use", "possible", "escalate"),
    ("tramadol", "opioid_use", "possible", "escalate"),
    ("if I'm pregnant can I still take it", "pregnancy", "conditional", "escalate"),
    ("quit methadone last week", "opioid_use", "past", "escalate"),
    ("had hep C years ago", "liver_disease", "past", "escalate"),
    ("had hep C years ago, cured", "liver_disease", "past", "escalate"),
    ("i used to take norco", "opioid_use", "past", "escalate"),
    ("i took opioids years ago", "opioid_use", "past", "caution"),
    ("my wife is pregnant and wants to start LDN", "pregnancy", "other_user", "escalate"),
    ("my roommate takes oxycodone", "opioid_use", "bystander", "caution"),
    ("is it safe in pregnancy?", "pregnancy", "topic", "caution"),
    ("I need surgery next year, pain pills after", "opioid_use", "topic planned unspecified", "caution"),
    ("can I take it with my pain pills", "opioid_use", "unspecified", "caution"),
    ("the methadone van", "opioid_use", "implied", "escalate"),
    ("my OB every four weeks", "pregnancy", "implied", "escalate"),
    ("MAT clinic", "opioid_use", "implied", "escalate"),
]
DENIED = [
    ("I'm not pregnant", ["pregnancy"]),
    ("dont take any opioids", ["opioid_use"]),
    ("dont have hep c", ["liver_disease"]),
    ("aint pregnant", ["pregnancy"]),
    ("pregnant? no. opioids? also no", ["pregnancy", "opioid_use"]),
]
# What general negation packages lose.
LOST_ELSEWHERE = [
    ("not sure if im pregnant", "pregnancy", "escalate"),
    ("you can't take LDN with fentanyl? I wear a patch", "opioid_use", "escalate"),
    ("no idea why they never told me not to take my percs", "opioid_use", "escalate"),
    ("without my hydrocodone i cant function", "opioid_use", "escalate"),
    ("i cant stop taking oxy", "opioid_use", "escalate"),
    ("I don't want to die i just want the pain to stop", "self_harm", "emergency"),
    ("i dont take oxycodone anymore, stopped 2 days ago", "opioid_use", "escalate"),
    ("my sister shes on suboxone", "opioid_use", "caution"),
]
OPIOIDS_ALONE = (  # noqa: SIM905
    "Embeda,Troxyca,Hycodan,Tussionex,Tuzistra,promethazine-codeine,loperamide,diphenoxylate,methadone,buprenorphine,suboxone,subutex,sublocade,belbuca,"
    "butrans,zubsolv,kratom,7-OH,tianeptine,percs,oxys,roxies,norcos,fetty,bupropion patch"
).split(",")
# Everyday words: silent as such, an opioid when taken.
STREET = [
    ("i have too many tabs open", "i take 2 tabs of 10mg hydrocodone"),
    ("im done for today", "i take done 40 mg every day"),
    ("im done for today", "taking done from the clinic"),
    ("im done for today", "my done dose is 40mg"),
    ("the subs at that deli are great", "i take subs daily"),
    ("i have got the blues", "i take blues"),
    ("vitamin H", "i shoot H"),
    ("im in my thirties", "i take 30s, roxy 30s"),
    ("i want to lean on my family", "i drink lean"),
]
SILENT = (  # noqa: SIM905
    "naltrexone|LDN|Vivitrol|Contrave|naloxone|what is narcan|hydroxychloroquine|hydrocortisone|hydroxyzine|Toradol|trazodone|oxcarbazepine|oxybutynin|oxytocin|"
    "bupropion|metformin|methotrexate|methocarbamol|methylfolate|loratadine|lorazepam|non-opioid|perks of|doxycycline|fluticasone propionate|"
    "clobetasol propionate cream|pregnenolone|pregabalin|progesterone|insulin pump|nursing home|nursing school|expecting a refill|dose bump|my cat is pregnant|"
    "cod liver oil|liver and onions|hep B vaccine|heparin|Wilson's temperature syndrome|delivery|once daily OD|OD right eye|this pain is killing me|dying to try it"
).split("|")


@pytest.mark.parametrize(("text", "category", "statuses", "level"), ROWS)
def test_row_of_the_table(text: str, category: str, statuses: str, level: str) -> None:
    verdict = assess(text)
    assert (verdict.level, verdict.categories) == (level, (category,))
    assert [flag.status for flag in verdict.flags if flag.status not in statuses.split()] == []


@pytest.mark.parametrize(
    ("text", "status"),
    [
        wrong("not sure if im pregnant", "possible", why="read as conditional because of its 'if'"),
        wrong(
            "my liver numbers might be off", "possible", why="the frame takes in the 'might', so it reads as present"
        ),
        wrong(
            "I need surgery next year, pain pills after",
            "planned",
            why="read as unspecified: the reply asks which medicine is taken now",
        ),
    ],
)
def test_row_of_the_table_names_its_status(text: str, status: str) -> None:
    assert {flag.status for flag in assess(text).flags} == {status}


@pytest.mark.parametrize(("text", "categories"), DENIED)
def test_denial_is_shown_and_silent(text: str, categories: list[str]) -> None:
    verdict = assess(text)
    assert (verdict.level, verdict.categories) == ("none", ())
    assert [(flag.category, flag.status) for flag in verdict.flags] == [(category, "denied") for category in categories]


@pytest.mark.parametrize("text", ["is LDN an opioid", "blocks opioid receptors"])
def test_information_about_ldn_is_silent(text: str) -> None:
    verdict = assess(text)
    assert verdict.level == "none"
    assert [flag.status for flag in verdict.flags if flag.status != "informational"] == []


@pytest.mark.parametrize(("text", "category", "level"), LOST_ELSEWHERE)
def test_sentence_negation_packages_lose(text: str, category: str, level: str) -> None:
    verdict = assess(text)
    assert (verdict.level, verdict.categories) == (level, (category,))


@pytest.mark.parametrize("text", OPIOIDS_ALONE)
def test_opioid_alone_is_possible(text: str) -> None:
    verdict = assess(text)
    assert (verdict.level, verdict.categories) == ("escalate", ("opioid_use",))
    assert [(flag.status, flag.text) for flag in verdict.flags] == [("possible", text)]


@pytest.mark.parametrize("name", OPIOIDS_ALONE)
def test_opioid_taken_is_present(name: str) -> None:
    assert {(flag.category, flag.status) for flag in assess(f"i take {name}").flags} == {("opioid_use", "present")}


@pytest.mark.parametrize(
    "name",
    [wrong("lean", why="SAFETY.md lists lean as unmistakable; the lexicon asks for a word of drug use beside it")],
)
def test_street_name_alone_fires(name: str) -> None:
    assert assess(name).level == "escalate"


@pytest.mark.parametrize(("everyday", "taken"), STREET)
def test_street_name_fires_only_in_its_frame(everyday: str, taken: str) -> None:
    assert assess(everyday).level == "none"
    assert assess(taken).categories == ("opioid_use",)
    assert assess(taken).level == "escalate"


@pytest.mark.parametrize("text", SILENT)
def test_look_alike_stays_silent(text: str) -> None:
    assert (assess(text).level, assess(text).flags) == ("none", ())


@pytest.mark.parametrize(
    "name", [name for name in SILENT if " " not in name and name not in {"delivery", "non-opioid"}]
)
def test_look_alike_taken_stays_silent(name: str) -> None:
    assert assess(f"i take {name} every day").level == "none"


def test_narcan_given_is_an_emergency_and_narcan_named_is_none() -> None:
    assert assess("they gave me Narcan").level == "emergency"
    assert "emergency" in assess("they gave me Narcan").categories
    assert assess("naloxone").level == "none"
