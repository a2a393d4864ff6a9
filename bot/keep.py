"""Keeps one process running: `python -m bot.keep COMMAND...`. honcho stops everything when a process ends."""

import signal
import subprocess
import sys
import time
from types import FrameType

LONGEST_WAIT = 30.0
HEALTHY_SECONDS = 60.0


def main(command: list[str]) -> int:
    """Run, and run again when it dies; a signal ends both."""
    child: subprocess.Popen[bytes] | None = None
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        if child and child.poll() is None:
            child.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    wait = 1.0
    while not stopping:
        started = time.monotonic()
        child = subprocess.Popen(command)
        code = child.wait()
        if stopping:
            return 0
        wait = 1.0 if time.monotonic() - started > HEALTHY_SECONDS else min(wait * 2, LONGEST_WAIT)
        print(
            f"{command[2] if len(command) > 2 else command[0]} ended with {code}; starting it again in {wait:.0f} s",
            flush=True,
        )
        time.sleep(wait)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
