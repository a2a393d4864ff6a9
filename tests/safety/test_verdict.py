from bot.safety.verdict import NOTHING, Category, Flag, Level, Status, Verdict


def flag(category: Category, level: Level) -> Flag:
    return Flag(category, Status.PRESENT, "rule", 0, 3, "abc", level)


def test_levels_compare_by_rank_not_by_letter() -> None:
    assert sorted(["none", "escalate", "caution", "emergency"], key=lambda name: Level(name)) == [
        "none",
        "caution",
        "escalate",
        "emergency",
    ]
    assert Level.CAUTION > Level.NONE
    assert max(Level.CAUTION, Level.ESCALATE) is Level.ESCALATE
    assert Level.NONE <= "none"


def test_verdict_takes_the_highest_level_and_names_raised_categories_once() -> None:
    flags = (
        flag(Category.LIVER_DISEASE, Level.NONE),
        flag(Category.PREGNANCY, Level.CAUTION),
        flag(Category.OPIOID_USE, Level.ESCALATE),
    )
    verdict = Verdict.of(flags)
    assert verdict.level is Level.ESCALATE
    assert verdict.categories == (Category.OPIOID_USE, Category.PREGNANCY)
    assert verdict.flags == flags


def test_as_dict_has_the_keys_of_the_contract() -> None:
    assert Verdict.of((flag(Category.PREGNANCY, Level.CAUTION),)).as_dict() == {
        "level": "caution",
        "categories": ["pregnancy"],
        "flags": [{"category": "pregnancy", "status": "present", "rule": "rule", "start": 0, "end": 3, "text": "abc"}],
    }
    assert NOTHING.as_dict() == {"level": "none", "categories": [], "flags": []}
