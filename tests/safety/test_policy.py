import pytest

from bot.safety.policy import level_of
from bot.safety.verdict import Category, Level, Status

TABLE = {
    Status.PRESENT: ("escalate", "emergency"),
    Status.POSSIBLE: ("escalate", "emergency"),
    Status.CONDITIONAL: ("escalate", "emergency"),
    Status.PAST: ("escalate", "emergency"),
    Status.OTHER_USER: ("escalate", "emergency"),
    Status.BYSTANDER: ("caution", "emergency"),
    Status.TOPIC: ("caution", "emergency"),
    Status.PLANNED: ("caution", "emergency"),
    Status.DENIED: ("none", "caution"),
    Status.INFORMATIONAL: ("none", "none"),
    Status.UNSPECIFIED: ("caution", "caution"),
    Status.IMPLIED: ("escalate", "emergency"),
}


@pytest.mark.parametrize("status", Status)
def test_table_of_statuses(status: Status) -> None:
    risk, urgent = TABLE[status]
    for category in (Category.OPIOID_USE, Category.PREGNANCY, Category.LIVER_DISEASE):
        assert level_of(category, status) is Level(risk)
    for category in (Category.EMERGENCY, Category.SELF_HARM):
        assert level_of(category, status) is Level(urgent)
