"""Text at the edge: what a patient typed, what may be stored, what Rasa may see."""

import re
import unicodedata

MOST_CHARACTERS = 1_000

# Control, zero-width, bidi and lone surrogates: never useful to the dialogue, often hostile.
_INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def clean(text: str) -> str:
    """The text for Rasa: NFC, visible characters only, one line, no leading slash (a command to Rasa)."""
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return " ".join(visible.split()).lstrip("/ ")


def storable(text: str) -> str:
    """The text for clinicians: as typed, less what no database takes (NUL, lone surrogates)."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
