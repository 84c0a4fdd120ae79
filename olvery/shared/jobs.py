"""Background jobs by name."""

from datetime import datetime

from procrastinate.contrib.django import app


def later(name: str, *, at: datetime | None = None, **ids: int) -> None:
    """Defer a job in the current transaction: it runs after the commit, or never if there is none.

    `name` is the task's name, `ids` its arguments: primary keys only, the job reads the rest itself. With
    `at` it runs no earlier than that moment.
    """
    app.configure_task(name=name, schedule_at=at).defer(**ids)
