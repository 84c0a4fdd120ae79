"""Background jobs by name."""

from procrastinate.contrib.django import app


def later(name: str, **ids: int) -> None:
    """Write a job into the current transaction: it runs after the commit, or never if there is none.

    `name` is the task's name, `ids` its arguments: primary keys only, the job reads the rest itself.
    """
    app.configure_task(name=name).defer(**ids)
