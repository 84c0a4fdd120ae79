"""A long random walk through everything that happens at a location: `python -m bench walk --steps 10000 --seed 2026`.

It is the test of `tests/walk`, with more steps: each is compared with a plan of places on paper and with the books.
"""

import argparse
import os
import subprocess
import sys


def main(argv: list[str]) -> int:
    """Take the walk; return pytest's exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench walk", description=__doc__)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=2026)
    asked = parser.parse_args(argv)
    chosen = {"WALK_STEPS": str(asked.steps), "WALK_SEED": str(asked.seed)}
    command = [sys.executable, "-m", "pytest", "-n0", "tests/walk"]
    return subprocess.run(command, env={**os.environ, **chosen}, check=False).returncode
