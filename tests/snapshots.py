"""Everything an order could have left behind, to say that nothing changed."""

from typing import Any

from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from coworking.models import Ticket
from orders.models import (
    IssuedInvoice,
    LedgerEntry,
    Message,
    MoneyCase,
    OffsetReceipt,
    Order,
    OrderEvent,
    OrderLine,
    Payment,
    PaymentLink,
    ProviderOperation,
    Refund,
    WebhookEvent,
)

Rows = dict[str, list[dict[str, Any]]]
WRITTEN = (
    User,
    Order,
    OrderLine,
    OrderEvent,
    Message,
    Ticket,
    Payment,
    Refund,
    OffsetReceipt,
    ProviderOperation,
    LedgerEntry,
    MoneyCase,
    PaymentLink,
    IssuedInvoice,
    WebhookEvent,
    ProcrastinateJob,
)


def saved_rows() -> Rows:
    """Return every row that placing, moving or paying an order writes, and every person."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in WRITTEN}


def jobs() -> list[tuple[str, dict[str, int]]]:
    """Return the queued jobs by name and arguments."""
    return list(ProcrastinateJob.objects.order_by("pk").values_list("task_name", "args"))
