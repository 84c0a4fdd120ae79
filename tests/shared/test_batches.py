"""One row that is busy or broken stops no other."""

from datetime import timedelta

import pytest
import time_machine

from olvery.shared.batches import one_by_one
from olvery.shared.refusals import Busy
from tests.moments import NOW


def test_every_row_has_its_turn_at_the_time_it_is_by_then() -> None:
    turns = []
    with time_machine.travel(NOW, tick=False) as clock:

        def work(row: str, moment: object) -> bool:
            turns.append((row, moment))
            clock.shift(timedelta(seconds=38))
            return row != "b"

        assert one_by_one("abc", work, at=NOW - timedelta(days=1)) == 2
    seconds = [timedelta(days=-1, seconds=38 * number) for number in range(3)]
    assert turns == [(row, NOW + shift) for row, shift in zip("abc", seconds, strict=True)]


def test_busy_rows_are_left_and_failures_told_together_at_the_end() -> None:
    done = []

    def work(row: str, moment: object) -> bool:
        if row in "bd":
            raise Busy() if row == "b" else ValueError("broken")
        done.append(row)
        return True

    with pytest.raises(ExceptionGroup, match="1 rows could not be worked on") as failed:
        one_by_one("abcde", work, at=NOW)
    assert (done, [str(error) for error in failed.value.exceptions]) == (["a", "c", "e"], ["broken"])
