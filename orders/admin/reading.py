"""Shared by the read-only pages, and by those about money, found by the order or the provider's id."""

import json
import re
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from olvery.shared.admin import Column, LargeTable, ReadOnly, column, utc
from olvery.shared.formats import format_money, moment
from olvery.shared.forms import as_id
from olvery.shared.search import kinds_in
from orders.domain.queries.lists import CALLED, named_number
from orders.models import Order, ProviderRequest

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

SHOWN = 4  # characters shown of a secret: enough to compare, too few to use
OUR_PAGE = re.compile(r"(/pay/[\w-]{4})[\w-]+")


def as_uuid(text: str) -> uuid.UUID | None:
    """Parse a UUID, or return None."""
    with suppress(ValueError):
        return uuid.UUID(text)
    return None


def order_of(row: Any) -> Order | None:
    """Return the order that a row is about."""
    if row is None or isinstance(row, Order):
        return row
    if isinstance(row, ProviderRequest):
        row = row.attempt or row.refund or row.receipt
    found: Order | None = row.order if hasattr(row, "order") else order_of(getattr(row, "attempt", None))
    return found


def moment_of(field: str, label: "str | _StrPromise") -> Column:
    """Return a column with a moment in the time zone of the order's location; in UTC for a row without an order."""

    def shown(row: Any) -> str | None:
        at, order = getattr(row, field), order_of(row)
        return at and (moment(at, order.location.zone) if order else utc(at))

    return column(label, shown)


def money_of(field: str, label: "str | _StrPromise") -> Column:
    """Return a column with roubles."""
    return column(label, lambda row: None if (amount := getattr(row, field)) is None else format_money(amount))


def link_to(field: str, label: "str | _StrPromise") -> Column:
    """Return a column with a link to a related row; `order` may be several relations away."""
    return column(label, lambda row: linked(order_of(row) if field == "order" else getattr(row, field)))


class FoundPage(LargeTable, ReadOnly, admin.ModelAdmin):
    """A page of rows that are found by whole numbers and ids, each with an index."""

    order_page = link_to("order", _("order"))
    search_fields = ("pk",)  # enables the search box; get_search_results does the search
    ordering = ("-pk",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search only by what the page names."""
        text = search_term.strip().lstrip("№#").strip()
        return (queryset.filter(self.meant_by(text)) if text else queryset), False

    def meant_by(self, text: str) -> Q:
        """Return the condition for a search text on this page."""
        raise NotImplementedError


class MoneyPage(FoundPage):
    """A page that shows rows of one kind; `order_path` leads from a row to its order."""

    # Columns that several pages share.
    attempt_page = link_to("attempt", _("payment"))
    refund_page = link_to("refund", _("refund"))
    receipt_page = link_to("receipt", _("receipt"))
    corrected_page = link_to("corrects", _("corrects"))
    sum = money_of("amount", _("sum"))
    made = moment_of("created_at", _("created at"))
    issued = moment_of("issued_at", _("issued at"))
    settled = moment_of("settled_at", _("settled at"))
    next_check = moment_of("next_check_at", _("next check"))

    order_path = "order"
    identifiers: tuple[str, ...] = ("provider_id",)
    search_help_text = _("The order's number, or an id of the provider in full")

    def meant_by(self, text: str) -> Q:
        """Search the order and the ids."""
        meant = self._has(self.order_path, as_id(text) or 0)
        for name in self.identifiers:
            meant |= self._has(name, text)
        return meant

    def _has(self, path: str, value: Any) -> Q:
        """Return a condition with an index: beside others, one on a joined table would be compared with every row."""
        relation, _between, field = path.rpartition("__")
        if not relation:
            return Q(**{field: value})
        related: Any = self.opts.get_field(relation).related_model
        keys = related._base_manager.filter(**{field: value}).values_list("pk", flat=True)
        return Q(**{f"{relation}__in": list(keys)})


def kinds_with_number(text: str) -> list[str]:
    """Return the words of a text by kind; «Заказ 10423» is one, although it has a word and a number."""
    words = text.split()
    others = " ".join(word for word in words if "@" not in word)
    if any(named_number(others, place) for place in CALLED):
        return [*(word for word in words if "@" in word), others]
    return kinds_in(text)


def linked(row: Model | None, text: str = "") -> str:
    if row is None:
        return ""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return format_html('<a href="{}">{}</a>', reverse(name, args=[row.pk]), text or str(row))


def masked(secret: str) -> str:
    return f"{secret[:SHOWN]}…"


def readable(body: str) -> str:
    """Format a stored body for reading, with payment links cut short: whoever has one can act as the customer."""
    with suppress(ValueError):
        body = json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    return format_html("<pre>{}</pre>", OUR_PAGE.sub(r"\1…", body))
