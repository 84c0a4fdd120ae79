"""Invoices and acts of months, of companies that order on account."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

import olvery.shared.money

PROTECT = django.db.models.deletion.PROTECT


def money(name: str) -> olvery.shared.money.MoneyField:
    return olvery.shared.money.MoneyField(decimal_places=2, max_digits=12, verbose_name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0052_stock_of_extras"),
        ("orders", "0100_letters_being_sent"),
    ]

    operations = [
        migrations.CreateModel(
            name="MonthBill",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False, verbose_name="number")),
                ("month", models.DateField(verbose_name="month")),
                ("amount", money("sum")),
                ("rendered", money("sum of the act")),
                ("act_number", models.PositiveIntegerField(verbose_name="number of the act")),
                ("pay_by", models.DateField(verbose_name="pay by")),
                ("contents", models.JSONField(verbose_name="contents")),
                ("issued_at", models.DateTimeField(verbose_name="issued at")),
                (
                    "act_series",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=PROTECT,
                        related_name="bills",
                        to="orders.actseries",
                        verbose_name="series of acts",
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=PROTECT,
                        related_name="bills",
                        to="accounts.company",
                        verbose_name="company",
                    ),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="issued by",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=PROTECT,
                        related_name="bills",
                        to="coworking.location",
                        verbose_name="location",
                    ),
                ),
            ],
            options={
                "verbose_name": "invoice of a month",
                "verbose_name_plural": "invoices of months",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "location", "month"), name="month_bill_once_a_month"),
                    models.UniqueConstraint(fields=("act_series", "act_number"), name="month_bill_act_has_own_number"),
                    models.CheckConstraint(
                        condition=Q(amount__gte=0) & Q(rendered__gt=0), name="month_bill_sums_not_below_zero"
                    ),
                    models.CheckConstraint(condition=Q(month__day=1), name="month_bill_names_a_first_day"),
                ],
            },
        ),
        migrations.CreateModel(
            name="BilledOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due", money("To pay")),
                ("cost", money("sum")),
                (
                    "bill",
                    models.ForeignKey(
                        on_delete=PROTECT, related_name="rows", to="orders.monthbill", verbose_name="invoice of a month"
                    ),
                ),
                (
                    "order",
                    models.OneToOneField(
                        on_delete=PROTECT, related_name="billed", to="orders.order", verbose_name="order"
                    ),
                ),
            ],
            options={"verbose_name": "order of a month", "verbose_name_plural": "orders of a month"},
        ),
        migrations.CreateModel(
            name="BillLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("to", models.EmailField(max_length=254, verbose_name="e-mail")),
                ("asked_at", models.DateTimeField(verbose_name="requested at")),
                ("sending_until", models.DateTimeField(blank=True, null=True, verbose_name="being sent until")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
                (
                    "bill",
                    models.ForeignKey(
                        on_delete=PROTECT,
                        related_name="letters",
                        to="orders.monthbill",
                        verbose_name="invoice of a month",
                    ),
                ),
            ],
            options={
                "verbose_name": "letter with an invoice of a month",
                "verbose_name_plural": "letters with invoices of months",
            },
        ),
    ]
