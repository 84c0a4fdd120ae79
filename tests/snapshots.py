"""Everything that an order could have written, to assert that nothing changed."""

import json
from typing import Any

from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from coworking.models import Block, Ticket, Visit, WaitingWish
from olvery.database.plans import keeping_plans
from orders.models import (
    BulkAction,
    BulkItem,
    IssuedInvoice,
    LedgerEntry,
    Message,
    MoneyApproval,
    MoneyCase,
    OffsetReceipt,
    Order,
    OrderEvent,
    OrderLine,
    PaymentAttempt,
    PaymentLink,
    ProviderNotification,
    ProviderRequest,
    Refund,
    WaitedOrder,
    WaitingLetter,
)

Rows = dict[str, list[dict[str, Any]]]
WRITTEN = (
    User,
    Order,
    OrderLine,
    OrderEvent,
    Message,
    Ticket,
    Visit,
    Block,
    WaitingWish,
    WaitedOrder,
    WaitingLetter,
    PaymentAttempt,
    Refund,
    OffsetReceipt,
    ProviderRequest,
    LedgerEntry,
    MoneyApproval,
    MoneyCase,
    PaymentLink,
    BulkAction,
    BulkItem,
    IssuedInvoice,
    ProviderNotification,
    ProcrastinateJob,
)


ALL = " UNION ALL ".join(
    f"SELECT '{model.__name__}', coalesce(jsonb_agg(to_jsonb(row) ORDER BY row.{model._meta.pk.column}), '[]')"
    f' FROM "{model._meta.db_table}" AS row'
    for model in WRITTEN
)


def saved_rows() -> Rows:
    """Return every row that placing, changing or paying an order writes, visits, blocks and people. One query."""
    with keeping_plans(connection), connection.cursor() as cursor:
        cursor.execute(ALL)
        return {name: json.loads(rows) for name, rows in cursor.fetchall()}


def jobs() -> list[tuple[str, dict[str, int]]]:
    """Return the queued jobs by name and arguments."""
    return list(ProcrastinateJob.objects.order_by("pk").values_list("task_name", "args"))
