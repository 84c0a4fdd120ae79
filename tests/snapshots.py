"""Everything an order could have left behind, to say that nothing changed."""

from typing import Any

from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from coworking.models import Ticket
from orders.models import Message, Order, OrderEvent, OrderLine

Rows = dict[str, list[dict[str, Any]]]


def saved_rows() -> Rows:
    """Return every row that placing or moving an order writes, and every person."""
    models = (User, Order, OrderLine, OrderEvent, Message, Ticket, ProcrastinateJob)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def jobs() -> list[tuple[str, dict[str, int]]]:
    """Return the queued jobs by name and arguments."""
    return list(ProcrastinateJob.objects.order_by("pk").values_list("task_name", "args"))
