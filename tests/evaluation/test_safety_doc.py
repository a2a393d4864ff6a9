"""docs/safety.md says what the rules and the evaluation sets say today."""

from bot.evaluation.safety_doc import TARGET, document


def test_page_is_up_to_date() -> None:
    assert TARGET.read_text(encoding="utf-8") == document(), (
        "docs/safety.md is out of date: run `ldn document` and commit the page."
    )
