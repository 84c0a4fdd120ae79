"""How many cases randomised tests try: `make test DEPTH=10` tries ten times as many."""

import os

DEPTH = int(os.environ.get("DEPTH", "1"))


def rounds(number: int) -> int:
    """Return how many cases to try: the usual number, and more before a release."""
    return number * DEPTH
