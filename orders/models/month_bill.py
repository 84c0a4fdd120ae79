"""What a company ordered on account in a month: one invoice and one act, with their contents frozen when issued."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User
from coworking.models import Location
from olvery.shared.money import MoneyField
from orders.models.act import ActSeries
from orders.models.order import Order


class MonthBill(models.Model):
    """The invoice and the act of a month, append-only: what changes later is the balance of its orders."""

    # One of the numbers of invoices: a seller has one series.
    number = models.BigIntegerField(_("number"), primary_key=True)
    company = models.ForeignKey(
        Company, models.PROTECT, db_index=False, related_name="bills", verbose_name=_("company")
    )
    location = models.ForeignKey(
        Location, models.PROTECT, db_index=False, related_name="bills", verbose_name=_("location")
    )
    # Its first day.
    month = models.DateField(_("month"))
    # Of the invoice: what was due when it was issued. Of the act: what the orders cost.
    amount = MoneyField(_("sum"))
    rendered = MoneyField(_("sum of the act"))
    act_series = models.ForeignKey(
        ActSeries, models.PROTECT, db_index=False, related_name="bills", verbose_name=_("series of acts")
    )
    act_number = models.PositiveIntegerField(_("number of the act"))
    pay_by = models.DateField(_("pay by"))
    # Requisites of both sides and the lines of both documents, as they were when it was issued.
    contents = models.JSONField(_("contents"))
    issued_at = models.DateTimeField(_("issued at"))
    issued_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("issued by")
    )

    class Meta:
        verbose_name = _("invoice of a month")
        verbose_name_plural = _("invoices of months")
        constraints = [
            models.UniqueConstraint(fields=["company", "location", "month"], name="month_bill_once_a_month"),
            models.UniqueConstraint(fields=["act_series", "act_number"], name="month_bill_act_has_own_number"),
            models.CheckConstraint(
                condition=Q(amount__gte=0) & Q(rendered__gt=0), name="month_bill_sums_not_below_zero"
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="month_bill_names_a_first_day"),
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def issued_on(self) -> date:
        """The day of issue, in the location's time zone."""
        return self.location.day_at(self.issued_at)

    @property
    def last_correction(self) -> "BillCorrection | None":
        """The papers that hold instead of the first ones. A query, none where the corrections were read."""
        return max(self.corrections.all(), key=lambda one: one.number, default=None)


class BillCorrection(models.Model):
    """The invoice and the act of a month issued again, under the same numbers, replacing the former. Append-only."""

    bill = models.ForeignKey(
        MonthBill, models.PROTECT, db_index=False, related_name="corrections", verbose_name=_("invoice of a month")
    )
    # From 1 on: the correction of this number.
    number = models.PositiveSmallIntegerField(_("number of the correction"))
    amount = MoneyField(_("sum"))
    rendered = MoneyField(_("sum of the act"))
    contents = models.JSONField(_("contents"))
    issued_at = models.DateTimeField(_("issued at"))
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("issued by"))

    class Meta:
        verbose_name = _("corrected invoice of a month")
        verbose_name_plural = _("corrected invoices of months")
        constraints = [
            models.UniqueConstraint(fields=["bill", "number"], name="bill_correction_has_own_number"),
            models.CheckConstraint(
                condition=Q(amount__gte=0) & Q(rendered__gte=0), name="bill_correction_sums_not_below_zero"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id}/{self.number}"

    @property
    def issued_on(self) -> date:
        """The day of issue, in the location's time zone."""
        return self.bill.location.day_at(self.issued_at)


class BilledOrder(models.Model):
    """An order that the bill of a month names, of one at the most; what was due on it, and what it cost."""

    bill = models.ForeignKey(MonthBill, models.PROTECT, related_name="rows", verbose_name=_("invoice of a month"))
    order = models.OneToOneField(Order, models.PROTECT, related_name="billed", verbose_name=_("order"))
    due = MoneyField(_("To pay"))
    cost = MoneyField(_("sum"))

    class Meta:
        verbose_name = _("order of a month")
        verbose_name_plural = _("orders of a month")

    def __str__(self) -> str:
        return f"{self.bill_id}: {self.order_id}"


class BillLetter(models.Model):
    """A letter with the invoice and the act of a month: written with them or when somebody asks, sent by a job."""

    bill = models.ForeignKey(MonthBill, models.PROTECT, related_name="letters", verbose_name=_("invoice of a month"))
    to = models.EmailField(_("e-mail"))
    asked_at = models.DateTimeField(_("requested at"))
    # While the mail server is asked; past that moment its sender counts as dead.
    sending_until = models.DateTimeField(_("being sent until"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("letter with an invoice of a month")
        verbose_name_plural = _("letters with invoices of months")

    def __str__(self) -> str:
        return f"{self.bill_id} → {self.to}"
