"""The action server of the stack: `python -m actions`."""

import sys

from bot.logs import keep_private
from bot.processes import prepare_environment
from bot.retrieval.encoder import EncoderError
from bot.retrieval.index import StaleIndexError
from bot.retrieval.retriever import shared_retriever
from bot.settings import settings


def main() -> None:
    """Load the index and the encoder, then listen on the loopback interface."""
    prepare_environment()
    keep_private()
    from rasa_sdk.endpoint import run

    try:
        shared_retriever().decide("warm up", {})
    except (StaleIndexError, EncoderError) as error:
        sys.exit(f"ldn: {error}")
    run("actions", port=settings().actions_port)


if __name__ == "__main__":
    main()
