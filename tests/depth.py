"""How long tests go on that try things at random: `make test DEPTH=10` tries ten times as many."""

import os

DEPTH = int(os.environ.get("DEPTH", "1"))


def rounds(number: int) -> int:
    """Return how many are tried: the number at every run, and more before a release."""
    return number * DEPTH
