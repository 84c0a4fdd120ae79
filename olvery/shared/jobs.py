"""Background jobs by name."""

from datetime import datetime
from enum import StrEnum

from procrastinate.contrib.django import app


class Queue(StrEnum):
    """Jobs that do not wait for each other. What asks the payment provider may take long."""

    LETTERS = "letters"
    CLOCK = "clock"
    PROVIDER = "provider"


def later(name: str, *, at: datetime | None = None, **ids: int) -> None:
    """Defer a job in the current transaction: it runs after the commit, or never if there is none.

    `name` is the task's name, `ids` its arguments: primary keys only, the job reads the rest itself. With
    `at` it runs no earlier than that moment.
    """
    app.configure_task(name=name, schedule_at=at).defer(**ids)
