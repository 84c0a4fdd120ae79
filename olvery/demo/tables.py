"""The tables of the demo: people, companies, and a season of orders."""

import csv
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def rows_of(name: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file by the names of its columns."""
    with (FOLDER / name).open(newline="") as file:
        return list(csv.DictReader(file))


def objects_of(name: str) -> list[dict[str, Any]]:
    """Return the objects of a file with one on each line."""
    return [json.loads(line) for line in (FOLDER / name).read_text().splitlines()]
