"""The table of the season: it fits on whatever day the demo is loaded."""

from collections import defaultdict
from datetime import time
from typing import Any

from olvery.demo.places import CLOSED_DAY, SATURDAY_HOURS, SHORT_DAY, SHORT_DAY_HOURS, WEEKDAY_HOURS
from olvery.demo.tables import objects_of, rows_of

SEASON = objects_of("season.jsonl")
DAY = 24 * 60  # minutes
SATURDAY, SUNDAY = 5, 6
LONGEST = {"day": 1, "week": 7, "month": 31}  # days
POOL, ROOMS, BUFFER = 20, "Переговорные", 15  # places of the open space, and minutes after a meeting


def minutes(text: str) -> int:
    """Return a moment in minutes from the Monday."""
    day, clock = text.split()
    at = time.fromisoformat(clock)
    return int(day) * DAY + at.hour * 60 + at.minute


def taken(row: dict[str, Any]) -> tuple[int, int]:
    """Return from when until when a place is taken, months as long as they can be."""
    if "hours" in row:
        start, end = (minutes(f"{row['day']} {clock}") for clock in row["hours"])
        return start, end + (BUFFER if row["service"] == ROOMS else 0)
    days = row["last_day"] - row["day"] + 1 if "last_day" in row else LONGEST[row["unit"]] * row.get("units", 1)
    return row["day"] * DAY, (row["day"] + days) * DAY


def test_nobody_takes_a_taken_place() -> None:
    changes: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for row in SEASON:
        start, end = taken(row)
        for place in row.get("seats", [""] * len(row["who"])):
            changes[row["service"], place] += [(end, -1), (start, 1)]

    for (_service, seat), moments in changes.items():
        peaks = [sum(more for _moment, more in sorted(moments)[: number + 1]) for number in range(len(moments))]
        assert max(peaks) <= (1 if seat else POOL)


def test_everybody_comes_while_the_location_is_open() -> None:
    days = {row["day"] for row in SEASON} | {row["last_day"] for row in SEASON if "last_day" in row}
    assert {day for day in days if day % 7 == SUNDAY or day == CLOSED_DAY} == set()

    for row in SEASON:
        opens, closes = SATURDAY_HOURS if row["day"] % 7 == SATURDAY else WEEKDAY_HOURS
        if row["day"] == SHORT_DAY:
            opens, closes = SHORT_DAY_HOURS
        for clock in map(time.fromisoformat, row.get("hours", [])):
            assert opens <= clock <= closes, row


def test_what_becomes_of_an_order_comes_after_it() -> None:
    for row in SEASON:
        steps = [row["asked"], row.get("invoiced"), *row.get("paid", []), row.get("cancelled"), row.get("returned")]
        moments = [minutes(step) for step in steps if step]
        assert moments == sorted(moments), row


def test_invoices_are_made_out_to_known_companies() -> None:
    people = [{"company": "ООО «Северный ветер»"}, *rows_of("people.csv")]
    invoiced = {people[row["who"][0]]["company"] for row in SEASON if "invoiced" in row}
    assert invoiced <= {row["name"] for row in rows_of("companies.csv")}
