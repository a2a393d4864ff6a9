"""Settings: read once, typed; what is missing or wrong is named with its cure."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.settings import ROOT, SettingsError, load_clinic, settings

CLINIC = (ROOT / "clinic.toml").read_text(encoding="utf-8")
Configure = Callable[..., None]


def test_defaults(monkeypatch: pytest.MonkeyPatch, configure: Configure) -> None:
    for key in ("LDN_PORT", "LDN_RASA_PORT", "LDN_VAR", "LDN_RASA_URL", "LDN_WEB_URL", "LDN_TURN_SECONDS"):
        monkeypatch.delenv(key, raising=False)
    configure()
    found = settings()
    assert (found.port, found.rasa_port, found.actions_port) == (8000, 5005, 5055)
    assert (found.rasa_url, found.web_url) == ("http://127.0.0.1:5005", "http://127.0.0.1:8000")
    assert (found.turn_seconds, found.action_seconds, found.abandoned_seconds) == (8.0, 5.0, 45.0)
    assert found.var == ROOT / "var"
    assert found.require_approval is False


def test_dialogue_gives_up_before_the_turn_does() -> None:
    assert settings().action_seconds < settings().turn_seconds < settings().abandoned_seconds


def test_addresses_follow_the_ports(configure: Configure) -> None:
    configure(LDN_PORT="9001", LDN_RASA_PORT="9002")
    assert (settings().web_url, settings().rasa_url) == ("http://127.0.0.1:9001", "http://127.0.0.1:9002")


def test_settings_are_read_once(monkeypatch: pytest.MonkeyPatch, configure: Configure) -> None:
    configure(LDN_PORT="9001")
    first = settings()
    monkeypatch.setenv("LDN_PORT", "9002")
    assert settings() is first


@pytest.mark.parametrize("name", ["LDN_PORT", "LDN_RASA_PORT", "LDN_ACTIONS_PORT", "LDN_TURN_SECONDS"])
def test_number_that_is_none_is_named(configure: Configure, name: str) -> None:
    configure(**{name: "soon"})
    with pytest.raises(SettingsError) as error:
        settings()
    assert f"{name}='soon' is not a number" in str(error.value)


@pytest.mark.parametrize(("raw", "expected"), [("1", True), ("true", True), ("TRUE", True), ("0", False)])
def test_flag(configure: Configure, raw: str, expected: bool) -> None:
    configure(LDN_REQUIRE_APPROVAL=raw)
    assert settings().require_approval is expected


def test_flag_that_is_none_is_named(configure: Configure) -> None:
    configure(LDN_REQUIRE_APPROVAL="yes please")
    with pytest.raises(SettingsError) as error:
        settings()
    assert str(error.value) == "LDN_REQUIRE_APPROVAL='yes please' must be 0 or 1."


def test_contact_fills_every_placeholder_of_the_fixed_messages() -> None:
    from bot.safety.messages import PLACEHOLDERS

    assert set(settings().clinic.contact()) >= PLACEHOLDERS


KEYS = [
    ("name", 'name = "Example Pain Clinic"\n'),
    ("phone", 'phone = "555-010-0100"\n'),
    ("retention_days", CLINIC[CLINIC.index("retention_days") : CLINIC.index("flagged_retention_days")]),
    ("colour", 'colour = "#0b5a6b"\n'),
    ("webhook", CLINIC[CLINIC.index("webhook") : CLINIC.index("[embed]")]),
    ("origins", CLINIC[CLINIC.index("origins") : CLINIC.index("[limits]")]),
    ("exempt", CLINIC[CLINIC.index("exempt") :]),
]


@pytest.mark.parametrize(("key", "line"), KEYS, ids=[key for key, _ in KEYS])
def test_missing_key_is_named_with_the_cure(tmp_path: Path, key: str, line: str) -> None:
    path = tmp_path / "clinic.toml"
    path.write_text(CLINIC.replace(line, "", 1), encoding="utf-8")
    with pytest.raises(SettingsError) as error:
        load_clinic(path)
    assert str(error.value) == f"{path} has no '{key}'. Compare it with clinic.toml of the project."


@pytest.mark.parametrize("section", ["clinic", "numbers", "privacy", "look", "review", "notify", "embed", "limits"])
def test_missing_section_is_named(tmp_path: Path, section: str) -> None:
    path = tmp_path / "clinic.toml"
    path.write_text(CLINIC.replace(f"[{section}]", "[other]", 1), encoding="utf-8")
    with pytest.raises(SettingsError, match=f"has no '{section}'"):
        load_clinic(path)


def test_missing_file_is_named_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as error:
        load_clinic(tmp_path / "none.toml")
    assert str(error.value) == f"{tmp_path}/none.toml is missing. Copy clinic.toml from the project and edit it."


def test_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "clinic.toml"
    path.write_text('[clinic]\nname = "no end', encoding="utf-8")
    with pytest.raises(SettingsError, match="is not valid TOML"):
        load_clinic(path)
