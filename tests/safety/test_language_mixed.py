import pytest

from bot.safety.language import Language, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("my son is ten", "en"), ("i have a red van", "en"), ("is it normal to be on LDN", "en"), ("help", "en"), ("pain", "en"), ("i take LDN, si", "en"), ("911", "en"),
        ("😀", "en"), ("my husband Jose la Rosa takes it", "en"), ("embarazada", "es"), ("EMBARAZADA", "es"), ("tomo oxicodona", "es"), ("tengo dolor en el higado", "es"),
        ("tengo dolor en el hígado", "es"), ("quiero empezar LDN, ¿es seguro?", "es"), ("¡ayuda!", "es"), ("¿help?", "es"), ("no puedo respirar", "es"),
        ("quiero morir", "es"), ("mi esposa está embarazada y quiere tomar LDN", "es"),
    ],
)  # fmt: skip
def test_language_of_short_and_mixed_messages(text: str, language: str) -> None:
    assert language_of(text) is Language(language)


def test_only_the_beginning_of_a_long_message_is_read() -> None:
    assert language_of("the pain is back " * 300 + "estoy embarazada " * 300) is Language.EN
