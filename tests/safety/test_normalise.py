import pytest

from bot.safety.normalise import normalise, tokenise, words_of


def words(text: str) -> list[str]:
    return [token.text for token in tokenise(normalise(text).text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I DON’T take it", ["i", "dont", "take", "it"]),
        ("'norco'", ["norco"]),
        ("w/codeine", ["w", "codeine"]),
        ("T#3's", ["t", "#", "3", "s"]),
        ("28wks 4.5mg", ["28", "wks", "4.5", "mg"]),
        ("norco10 oxycodone10mg", ["norco", "10", "oxycodone", "10", "mg"]),
        ("p.r.e.g.n.a.n.t", ["pregnant"]),
        ("hydrocodone/apap", ["hydrocodone", "apap"]),
        ("soooo", ["soo"]),
        ("hígado", ["higado"]),
        ("𝗼𝘅𝘆 ｐｅｒｃ", ["oxy", "perc"]),
        ("oxy\u200bcodone", ["oxycodone"]),
        ("<b>oxy</b>codone<br>daily", ["oxycodone", "\n", "daily"]),
        ("pain &amp; norco&nbsp;10", ["pain", "&", "norco", "10"]),
        ("🤰🏽", ["pregnant"]),
        ("ImPregnantCanITakeIt", ["im", "pregnant", "can", "itake", "it"]),
        ("OxyContin MSContin", ["oxycontin", "mscontin"]),
        ("he OD'd", ["he", "oded"]),
        ("OD. od", ["od", ".", "od"]),
        ("оxycodone", ["oxycodone"]),
    ],
)
def test_words_of_what_people_type(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_offsets_point_into_the_original() -> None:
    text = "I’m  on <b>Percocet</b>!!"
    plain = normalise(text)
    token = next(token for token in tokenise(plain.text) if token.text == "percocet")
    start, end = plain.original(token.start, token.end)
    assert text[start:end] == "Percocet"


def test_surface_and_message_are_cut_alike() -> None:
    assert words_of("acetaminophen w/ codeine") == ("acetaminophen", "w", "codeine")
    assert words_of("Gilbert's") == ("gilberts",)
