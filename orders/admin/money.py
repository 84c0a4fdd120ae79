"""Payments, refunds, the ledger, receipts, links and invoices, read-only."""

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from olvery.shared.admin import ReadOnly, column
from olvery.shared.formats import format_money, paid_with
from orders.admin.reading import MoneyPage, link_to, linked, masked, moment_of, money_of
from orders.domain.money.facts import Mismatch
from orders.models import (
    Act,
    IssuedInvoice,
    LedgerEntry,
    MoneyApproval,
    MonthBill,
    OffsetReceipt,
    PaymentAttempt,
    PaymentLink,
    Refund,
)
from orders.wording import entry_reason, mismatch_text


def _refunds_of(attempt: PaymentAttempt) -> str:
    made: QuerySet[Refund] = attempt.refunds.all()
    rows = ((linked(refund, format_money(refund.amount)), refund.get_status_display()) for refund in made)
    return format_html_join("; ", "{} {}", rows)


def _review_of(attempt: PaymentAttempt) -> str:
    return mismatch_text(Mismatch.from_json(attempt.mismatch)) if attempt.mismatch else ""


class RefundsOfAttempt:
    """Shows the payment method, and the refunds of a payment."""

    paid_by = column(_("paid with"), lambda attempt: paid_with(attempt.method_title))
    refunds_made = column(_("refunds"), _refunds_of)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[PaymentAttempt]":
        """Also read the refunds and the location's time zone."""
        payments: QuerySet[PaymentAttempt] = super().get_queryset(request)  # type: ignore[misc]
        refunds = Prefetch("refunds", queryset=Refund.objects.order_by("pk"))
        return payments.select_related("order__location").prefetch_related(refunds)


class PaymentAttemptInline(RefundsOfAttempt, ReadOnly, admin.TabularInline):
    """The attempts to pay an order, each with its refunds."""

    model = PaymentAttempt
    fields = ("sum", "status", "made", "settled", "paid_by", "cancel_reason", "refunds_made", "provider_id")
    ordering = ("number",)
    show_change_link = True
    sum = money_of("amount", _("sum"))
    made = moment_of("created_at", _("created at"))
    settled = moment_of("settled_at", _("settled at"))


class EntryInline(ReadOnly, admin.TabularInline):
    """The movements of an order's money."""

    model = LedgerEntry
    fields = ("moved", "method", "sum", "by", "document", "why")
    ordering = ("at", "pk")
    show_change_link = True
    sum = money_of("amount", _("sum"))
    moved = moment_of("at", _("when"))
    why = column(_("why"), entry_reason)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerEntry]:
        """Also read who recorded it, and the location's time zone."""
        return super().get_queryset(request).select_related("by", "refund", "order__location")


@admin.register(PaymentAttempt)
class PaymentAttemptAdmin(RefundsOfAttempt, MoneyPage):
    """Attempts to pay through the provider."""

    fieldsets = (
        (None, {"fields": ("order_page", "number", "sum", "email", "status", "provider_status", "provider_id")}),
        (_("Result"), {"fields": ("paid_by", "cancel_party", "cancel_reason", "review", "refunds_made")}),
        (_("Receipt"), {"fields": ("receipt", "shop_id", "tax_system", "receipt_items")}),
        (_("Moments"), {"fields": ("made", "settled", "given_up", "fulfilled", "next_check", "checks")}),
    )
    list_display = ("__str__", "order", "sum", "status", "made", "paid_by", "receipt", "review")
    list_filter = ("status", "receipt", ("mismatch", admin.EmptyFieldListFilter), "order__location")
    given_up = moment_of("abandoned_at", _("given up at"))
    fulfilled = moment_of("fulfilled_at", _("fulfilled at"))
    # What in the provider's last answer contradicts the payment.
    review = column(_("needs review"), _review_of)


@admin.register(Refund)
class RefundAdmin(MoneyPage):
    """Money returned through the provider."""

    order_path = "attempt__order"
    identifiers = ("provider_id", "attempt__provider_id")
    fieldsets = (
        (None, {"fields": ("order_page", "attempt_page", "sum", "status", "provider_id", "cancel_reason")}),
        (_("Cause"), {"fields": ("source", "reason", "requested_by")}),
        (_("Receipt"), {"fields": ("receipt", "receipt_items")}),
        (_("Moments"), {"fields": ("requested", "settled", "next_check", "checks")}),
    )
    list_display = ("__str__", "order_page", "sum", "status", "source", "requested", "requested_by", "receipt")
    list_filter = ("status", "source", "receipt", "attempt__order__location")
    list_select_related = ("attempt__order__location", "requested_by")
    requested = moment_of("requested_at", _("requested at"))


@admin.register(LedgerEntry)
class LedgerEntryAdmin(MoneyPage):
    """What was charged, returned and corrected."""

    identifiers = ("attempt__provider_id", "refund__provider_id", "document")
    fields = (
        *("order_page", "kind", "method", "sum", "moved", "recorded", "by", "document", "reason"),
        *("attempt_page", "refund_page", "corrected_page"),
    )
    list_display = ("__str__", "order", "kind", "method", "sum", "moved", "by", "document")
    list_filter = ("kind", "method", "order__location")
    list_select_related = ("order__location", "by")
    search_help_text = _("The order's number, the number of the document, or an id of the provider in full")
    moved = moment_of("at", _("when"))
    recorded = moment_of("recorded_at", _("recorded at"))


@admin.register(MoneyApproval)
class MoneyApprovalAdmin(MoneyPage):
    """Requests of one person, decided by another."""

    identifiers = ("document",)
    fields = (
        *("order_page", "kind", "sum", "method", "corrected_page", "document", "reason"),
        *("asked_by", "asked", "state", "decided_by", "decided", "entry_page"),
    )
    list_display = ("__str__", "kind", "sum", "state", "asked_by", "asked", "decided_by", "decided")
    list_filter = ("state", "kind", "order__location")
    list_select_related = ("order__location", "asked_by", "decided_by")
    search_help_text = _("The order's number or the number of the document")
    entry_page = link_to("entry", _("ledger entry"))
    asked = moment_of("asked_at", _("asked at"))
    decided = moment_of("decided_at", _("decided at"))


@admin.register(OffsetReceipt)
class OffsetReceiptAdmin(MoneyPage):
    """Second receipts of prepaid services."""

    order_path = "attempt__order"
    identifiers = ("provider_id", "attempt__provider_id")
    fields = ("order_page", "attempt_page", "sum", "state", "provider_id", "made", "next_check")
    list_display = ("__str__", "order_page", "sum", "state", "made")
    list_filter = ("state", "attempt__order__location")
    list_select_related = ("attempt__order__location",)


@admin.register(PaymentLink)
class PaymentLinkAdmin(MoneyPage):
    """Payment links and how they were used."""

    accusative = pgettext_lazy("accusative", "payment link")

    identifiers = ()
    fields = ("order_page", "beginning", "made", "resent", "opened", "opens")
    list_display = ("__str__", "beginning", "made", "resent", "opened", "opens")
    list_filter = (("opened_at", admin.EmptyFieldListFilter), "order__location")
    list_select_related = ("order__location",)
    search_help_text = _("The order's number")
    resent = moment_of("resent_at", _("sent again at"))
    opened = moment_of("opened_at", _("first opened at"))
    # Whoever has the whole link can act as the customer.
    beginning = column(_("token"), lambda link: masked(link.token))


@admin.register(Act)
class ActAdmin(MoneyPage):
    identifiers = ()
    fields = ("number", "order_page", "sum", "issued_on", "issued", "contents")
    list_display = ("number", "order", "sum", "issued_on")
    list_filter = ("order__location",)
    list_select_related = ("order__location",)


@admin.register(MonthBill)
class MonthBillAdmin(MoneyPage):
    """Monthly invoices and acts as they were issued."""

    order_path = "rows__order"
    identifiers = ("company__inn",)
    fields = (
        *("number", "company", "location", "month", "sum", "act_sum", "act_number", "pay_by"),
        *("issued", "issued_by", "contents"),
    )
    list_display = ("number", "company", "month", "sum", "act_number", "issued")
    list_filter = ("location",)
    list_select_related = ("company", "location")
    act_sum = money_of("rendered", _("sum of the act"))


@admin.register(IssuedInvoice)
class IssuedInvoiceAdmin(MoneyPage):
    identifiers = ("buyer_inn",)
    fields = (
        *("number", "order_page", "sum", "issued", "issued_by"),
        *("buyer_name", "buyer_inn", "buyer_kpp", "buyer_address", "contents"),
    )
    list_display = ("number", "order", "sum", "buyer_name", "buyer_inn", "issued", "issued_by")
    list_filter = ("order__location",)
    list_select_related = ("order__location", "issued_by")
    search_help_text = _("The number of the order or of the invoice, or the company's INN")

    def meant_by(self, text: str) -> Q:
        """Also search the invoice's own number."""
        meant = super().meant_by(text)
        return meant | Q(pk=text) if text.isascii() and text.isdigit() and len(text) < 19 else meant
