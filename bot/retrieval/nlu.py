"""The training examples of data/nlu, read without Rasa: the words patients use for each topic."""

from pathlib import Path

import yaml


class ExamplesError(ValueError):
    """The training examples are malformed; the message names the file."""


def load_examples(folder: Path) -> dict[str, list[str]]:
    """Examples by intent, in file order."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.yml")):
        try:
            entries = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        except (yaml.YAMLError, KeyError, TypeError) as error:
            raise ExamplesError(f"{path}: not Rasa training data ({error}).") from None
        for entry in entries:
            lines = str(entry["examples"]).splitlines()
            examples = [line.strip().removeprefix("- ").strip() for line in lines if line.strip()]
            found.setdefault(entry["intent"], []).extend(examples)
    if not found:
        raise ExamplesError(f"no training examples in {folder}. Point LDN_NLU at data/nlu.")
    return found
