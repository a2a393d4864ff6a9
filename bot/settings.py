"""Every setting of the Rasa side, read once from the environment and clinic.toml, typed."""

import os
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(ValueError):
    """A setting is missing or wrong; the message names the key and the cure."""


@dataclass(frozen=True)
class Clinic:
    """What clinic.toml says; see that file for units and meaning."""

    name: str
    phone: str
    hours: str
    address: str
    website: str
    languages: str
    numbers: dict[str, str]
    retention_days: int
    flagged_retention_days: int
    colour: str
    logo: str
    clocks: dict[str, tuple[float, float]]
    notify_emails: tuple[str, ...]
    notify_webhook: str
    embed_origins: tuple[str, ...]
    exempt: tuple[str, ...]

    def contact(self) -> dict[str, str]:
        """The placeholders that fixed messages and process passages may use."""
        own = {"clinic_name": self.name, "clinic_phone": self.phone, "clinic_hours": self.hours}
        numbers = {f"{key}_number": value for key, value in self.numbers.items()}
        return {**own, "clinic_address": self.address, **numbers}


@dataclass(frozen=True)
class Settings:
    """Paths and addresses of the processes."""

    knowledge: Path
    nlu: Path
    index: Path
    models: Path
    var: Path
    encoder: str
    port: int
    rasa_port: int
    actions_port: int
    rasa_url: str
    web_url: str
    turn_seconds: float
    action_seconds: float
    abandoned_seconds: float
    require_approval: bool
    clinic: Clinic = field(repr=False)


def _number(name: str, default: float) -> float:
    raw = os.environ.get(name, str(default))
    try:
        return float(raw)
    except ValueError:
        raise SettingsError(f"{name}={raw!r} is not a number. Unset it or give seconds, e.g. {default}.") from None


def _flag(name: str) -> bool:
    raw = os.environ.get(name, "0").lower()
    if raw not in {"0", "1", "true", "false"}:
        raise SettingsError(f"{name}={raw!r} must be 0 or 1.")
    return raw in {"1", "true"}


def load_clinic(path: Path) -> Clinic:
    """Read clinic.toml; SettingsError names the missing key."""
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return Clinic(
            **{key: str(data["clinic"][key]) for key in ("name", "phone", "hours", "address", "website", "languages")},
            numbers={key: str(value) for key, value in data["numbers"].items()},
            retention_days=int(data["privacy"]["retention_days"]),
            flagged_retention_days=int(data["privacy"]["flagged_retention_days"]),
            colour=str(data["look"]["colour"]),
            logo=str(data["look"]["logo"]),
            clocks={name: (float(pair[0]), float(pair[1])) for name, pair in data["review"].items()},
            notify_emails=tuple(data["notify"]["emails"]),
            notify_webhook=str(data["notify"]["webhook"]),
            embed_origins=tuple(data["embed"]["origins"]),
            exempt=tuple(data["limits"]["exempt"]),
        )
    except FileNotFoundError:
        raise SettingsError(f"{path} is missing. Copy clinic.toml from the project and edit it.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from None
    except KeyError as error:
        raise SettingsError(f"{path} has no {error}. Compare it with clinic.toml of the project.") from None


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process; read at the first call."""

    def path(name: str, default: str) -> Path:
        return Path(os.environ.get(name, ROOT / default))

    port, rasa_port, actions_port = (
        int(_number(name, default))
        for name, default in (("LDN_PORT", 8000), ("LDN_RASA_PORT", 5005), ("LDN_ACTIONS_PORT", 5055))
    )
    return Settings(
        knowledge=path("LDN_KNOWLEDGE", "knowledge"),
        nlu=path("LDN_NLU", "data/nlu"),
        index=path("LDN_INDEX", "build/index"),
        models=path("LDN_MODELS", "models"),
        var=path("LDN_VAR", "var"),
        encoder=os.environ.get("LDN_ENCODER", ""),
        port=port,
        rasa_port=rasa_port,
        actions_port=actions_port,
        rasa_url=os.environ.get("LDN_RASA_URL", f"http://127.0.0.1:{rasa_port}"),
        web_url=os.environ.get("LDN_WEB_URL", f"http://127.0.0.1:{port}"),
        turn_seconds=_number("LDN_TURN_SECONDS", 8.0),
        action_seconds=_number("LDN_ACTION_SECONDS", 5.0),
        abandoned_seconds=_number("LDN_ABANDONED_SECONDS", 45.0),
        require_approval=_flag("LDN_REQUIRE_APPROVAL"),
        clinic=load_clinic(path("LDN_CLINIC", "clinic.toml")),
    )
