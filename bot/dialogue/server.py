"""The Rasa server of the stack: `python -m bot.dialogue.server MODEL`."""

import sys

from bot.logs import keep_private
from bot.processes import prepare_environment
from bot.settings import settings


def main(model: str) -> None:
    """Serve one model on the loopback interface."""
    prepare_environment()
    keep_private()
    from rasa.__main__ import main as rasa

    where = ["--interface", "127.0.0.1", "--port", str(settings().rasa_port)]
    files = ["--model", model, "--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
    sys.argv = ["rasa", "run", *where, *files, "--quiet"]
    rasa()


if __name__ == "__main__":
    main(sys.argv[1])
