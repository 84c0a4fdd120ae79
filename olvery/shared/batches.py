"""Processing many rows: a busy or failing row does not stop the others."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from django.utils import timezone

from olvery.shared.refusals import Busy

log = logging.getLogger(__name__)

Row = TypeVar("Row")


def one_by_one(rows: Iterable[Row], work: Callable[[Row, datetime], bool], *, at: datetime) -> int:
    """Call `work` for every row and return how often it did something.

    `work` gets the time of its own turn: a batch that began at `at` may have waited for the network since.
    A busy row is left to the next run. Failures are raised together after all rows had their turn, as an
    ExceptionGroup.
    """
    began, done, failures = timezone.now(), 0, []
    for row in rows:
        try:
            done += work(row, at + (timezone.now() - began))
        except Busy as busy:
            log.info("%s is left to the next run: %s", row, busy)
        except Exception as error:  # raised below
            error.add_note(f"while working on {row}")
            failures.append(error)
    if failures:
        raise ExceptionGroup(f"{len(failures)} rows could not be worked on", failures)
    return done
