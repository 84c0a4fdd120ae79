"""Random sequences of changes, payments and refunds: `python -m bench sequences --number 1000 --seed 2026`.

They are the tests of `tests/orders/online`, with more examples: after each deed the sum at the provider is compared
with the ledger, the price of what is left with the lines as sold, and the stored sums with both.
"""

import argparse
import os
import subprocess
import sys
import time
from datetime import date

from bench.progress import bar
from bench.results import FOLDER, machine

TESTS = {
    "changes, undone ones, payments and refunds": "tests/orders/online/test_changes_property.py",
    "refunds and answers of the provider": "tests/orders/online/test_refunds_property.py",
}
AT_ONCE = 100  # in one process, with a seed of its own


def main(argv: list[str]) -> int:
    """Try the sequences and write the results; return 1 if something did not agree."""
    parser = argparse.ArgumentParser(prog="python -m bench sequences", description=__doc__)
    parser.add_argument("--number", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=2026)
    asked = parser.parse_args(argv)
    lines = ["# sequences", "", f"{date.today():%d.%m.%Y}, seed {asked.seed}.", machine(), ""]  # noqa: DTZ011 - of here
    lines += ["| of money | sequences | seconds | differences |", "| --- | ---: | ---: | ---: |"]
    failed = 0
    for name, path in TESTS.items():
        began, wrong = time.monotonic(), _try(name, path, number=asked.number, seed=asked.seed)
        failed += wrong
        lines.append(f"| {name} | {asked.number} | {time.monotonic() - began:.0f} | {wrong} |")
        print(lines[-1], flush=True)
    (FOLDER / "sequences.md").write_text("\n".join([*lines, ""]))
    return 1 if failed else 0


def _try(name: str, path: str, *, number: int, seed: int) -> int:
    """Try this many sequences; return in how many runs of AT_ONCE one differed. Its smallest form is printed."""
    wrong = 0
    with bar(name, number) as advance:
        for done in range(0, number, AT_ONCE):
            part = min(AT_ONCE, number - done)
            command = [sys.executable, "-m", "pytest", "-q", "-n0", f"--hypothesis-seed={seed + done}", path]
            run = subprocess.run(
                command, env={**os.environ, "MONEY_SEQUENCES": str(part)}, capture_output=True, text=True, check=False
            )
            if run.returncode:
                wrong += 1
                print(run.stdout[-4000:], flush=True)
            advance(part)
    return wrong
