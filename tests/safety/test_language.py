import pytest

from bot.safety.language import Language, language_of


@pytest.mark.parametrize(
    "text",
    [
        "no tomo opioides",
        "estoy embarazada",
        "¿puedo?",
        "me duele mucho la espalda",
        "tomo percocet",
        "mi esposo se desmayó y no despierta",
        "cuanto cuesta el LDN",
    ],
)
def test_spanish(text: str) -> None:
    assert language_of(text) is Language.ES


@pytest.mark.parametrize(
    "text",
    ["I am on ldn", "can i take it", "no", "is it ok with tylenol", "", "norco", "my doctor is Dr Rojas", "LDN?"],
)
def test_english(text: str) -> None:
    assert language_of(text) is Language.EN
