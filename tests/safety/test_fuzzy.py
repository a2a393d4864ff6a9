import pytest

from bot.safety import fuzzy
from bot.safety.fuzzy import english, singular, skeleton, unleeted
from bot.safety.match import lexer
from bot.safety.normalise import Token, normalise, tokenise
from bot.safety.triage import assess

# Written down before any tuning: how people spell what they take or have.
MISSPELT = {
    "opioid_use": "oxycodon oxicodone oxycotin oxycoton oxycontine percoset perkocet percacet purcocet hydrocodne hidrocodone hydracodone hydrocodeine "
    "vicoden vicadin vicotin lortabb lorcett norcos dilaudit delaudid hydromorphon morphene morfine codiene codine tramidol tramadoll tramedol tapentidol "
    "nucinta demoral methodone methadon fentynal fentinol fentanal phentanyl suboxin suboxen suboxon subutext buprenorphin bupenorphine belbucca butranz "
    "sublicade krathom tianeptin herion roxycodone oxymorphon levorphenol pentazocin",
    "pregnancy": "pregnat pregnent preganant pregnet prengant pregannt pregananant brestfeeding breastfeding breastfeeeding misscarriage miscarrige "
    "concieve lactateing trimestr",
    "liver_disease": "cirosis cirrosis cirrhossis sirosis hepatitus hepititis hepatites jaundis jandice hemocromatosis steatoesis",
}
# Ordinary medicines and words that lie close to a risk.
HARMLESS = [
    "bupropion",
    "buspirone",
    "doxycycline",
    "doxepin",
    "hydroxychloroquine",
    "hydroxyzine",
    "hydrocortisone",
    "hydralazine",
    "hydrochlorothiazide",
    "oxcarbazepine",
    "oxybutynin",
    "oxytocin",
    "oxaprozin",
    "oxazepam",
    "metformin",
    "methotrexate",
    "methocarbamol",
    "methylfolate",
    "metoprolol",
    "trazodone",
    "toradol",
    "tranexamic",
    "tadalafil",
    "tamsulosin",
    "loratadine",
    "lorazepam",
    "losartan",
    "norvasc",
    "nortriptyline",
    "neurontin",
    "naproxen",
    "nabumetone",
    "phenytoin",
    "promethazine",
    "phentermine",
    "dilantin",
    "diltiazem",
    "duloxetine",
    "desvenlafaxine",
    "lamictal",
    "imuran",
    "pregabalin",
    "pregnenolone",
    "progesterone",
    "prednisone",
    "heparin",
    "liothyronine",
    "levothyroxine",
    "levetiracetam",
    "cyclobenzaprine",
    "celecoxib",
    "meloxicam",
    "naltrexone",
    "naltroxone",
    "naloxone",
    "nalmefene",
    "naltrexon",
    "ldn",
    "contrave",
    "vivitrol",
    "hematologist",
    "hepburn",
    "oliver",
    "delivery",
    "sliver",
    "percent",
    "morphing",
    "coding",
    "codec",
    "percolate",
    "optimum",
    "optum",
    "marvin",
    "morpheus",
]


@pytest.mark.parametrize("category", MISSPELT)
def test_misspelt_names_are_found(category: str) -> None:
    frame = {"opioid_use": "i take {} at night", "pregnancy": "i am {} now", "liver_disease": "i have {}"}[category]
    missed = [word for word in MISSPELT[category].split() if category not in assess(frame.format(word)).categories]
    assert missed == []


def test_harmless_words_raise_nothing() -> None:
    raised = [(word, flag.text) for word in HARMLESS for flag in assess(f"i take {word} at night").flags]
    assert raised == []


def test_no_english_word_is_taken_for_a_misspelling() -> None:
    listed = {word for word in english() if len(word) > 5}
    single = lexer()._single
    taken = [
        word for word in listed if word not in single and singular(word) not in single and lexer()._speller.find(word)
    ]
    assert taken == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("percaset", "percocet"), ("morfeen", "morphine"), ("sirosis", "cirrhosis"), ("fentinol", "fentanyl")],
)
def test_skeleton_hears_the_same_word(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


def test_digits_are_read_as_letters() -> None:
    assert "kill" in unleeted("k1ll")
    assert "oxycodone" in unleeted("0xyc0d0ne")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("thoat", "throat"), ("breething", "breathing"), ("takin", "taking"), ("swolen", "swollen"), ("mys3lf", "myself")],
)
def test_slips_in_plain_words_are_mended(typed: str, meant: str) -> None:
    assert [token.text for token in lexer().mend([Token(typed, 0, len(typed))])] == [meant]


@pytest.mark.parametrize(
    "text",
    ["0xyc0d0ne", "$uboxone", "o x y c o d o n e", "hydro codone", "sub ox own", "oxy cotton", "imonoxycodone", "itakeoxycodoneandgabapentin", "OXYCODONE10MG",
     "oxy\u200bcodone", "p e r c o c e t"],
)  # fmt: skip
def test_names_are_found_however_they_are_written(text: str) -> None:
    assert "opioid_use" in assess(f"i take {text}" if " " in text or text.isalpha() else text).categories


def test_look_alike_letters_do_not_hide_a_name() -> None:
    assert [token.text for token in tokenise(normalise("оxусоdоne").text)] == ["oxycodone"]


@pytest.mark.parametrize("text", ["percocetpregnant" * 600, "x" * 10_000, "qwertyuiop" * 900])
def test_a_screenful_without_a_space_is_not_tried_letter_by_letter(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    deletions = fuzzy._deletions

    def watched(word: str, most: int) -> set[str]:
        tried.append(len(word))
        return deletions(word, most)

    monkeypatch.setattr(fuzzy, "_deletions", watched)
    assess(text)
    assert max(tried, default=0) < 50


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("hesnotbreathing", ["hes", "not", "breathing"]),
        ("mylivertestscamebackhigh", ["my", "liver", "tests", "came", "back", "high"]),
        ("norbuprenorphine", ["norbuprenorphine"]),
        ("robitussin", ["robitussin"]),
        ("hydroxychloroquine", ["hydroxychloroquine"]),
        ("w i d e s p r e a d", ["widespread"]),
        ("d i e", ["die"]),
        ("x y z", ["x", "y", "z"]),
    ],
)
def test_words_without_spaces_or_letter_by_letter_are_told_apart(typed: str, words: list[str]) -> None:
    tokens = tokenise(normalise(typed).text)
    mended = lexer().mend(tokens)
    assert [token.text for token in mended] == words
    # Each word stays where it was typed.
    assert [typed[token.start : token.end].replace(" ", "") for token in mended] == words
