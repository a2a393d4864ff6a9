"""The action server of the stack: `python -m actions`."""

import sys

from bot.logs import keep_private
from bot.processes import prepare_environment
from bot.retrieval.encoder import EncoderError
from bot.retrieval.index import StaleIndexError
from bot.retrieval.retriever import shared_retriever
from bot.safety.triage import warm
from bot.settings import settings


def main() -> None:
    """Load the index, the encoder and the safety rules, then listen on the loopback interface."""
    prepare_environment()
    keep_private()
    from rasa_sdk.endpoint import run

    try:
        shared_retriever().decide("warm up", {})
    except (StaleIndexError, EncoderError) as error:
        sys.exit(f"ldn: {error}")
    # action_escalate judges the message again; reading the rules takes longer than the first patient's turn has.
    warm()
    run("actions", port=settings().actions_port)


if __name__ == "__main__":
    main()
