"""Passes, what they were used for, the orders that sell them and those that are paid from them.

The rules of orders are checked by a migration of its own, so that nobody waits for all of them to be read.
"""

import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import olvery.shared.money


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0048_tariffs_of_passes"),
        ("orders", "0087_letter_once_a_handover"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Pass",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="sold_pass",
                        serialize=False,
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                (
                    "unit",
                    models.CharField(
                        choices=[("hour", "Hour"), ("day", "Day"), ("week", "Week"), ("month", "Month")],
                        max_length=10,
                        verbose_name="unit",
                    ),
                ),
                ("units", models.PositiveSmallIntegerField(verbose_name="units")),
                ("price", olvery.shared.money.MoneyField(decimal_places=2, max_digits=12, verbose_name="price")),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="period")),
                ("left", models.SmallIntegerField(db_default=0, default=0, editable=False, verbose_name="left")),
                ("ended_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="ended")),
            ],
            options={
                "verbose_name": "pass",
                "verbose_name_plural": "passes",
            },
        ),
        migrations.CreateModel(
            name="PassEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("granted", "Sold"),
                            ("used", "Used"),
                            ("returned", "Given back"),
                            ("kept", "Kept by the cancellation terms"),
                            ("refunded", "Refunded"),
                            ("expired", "Expired"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("units", models.SmallIntegerField(verbose_name="units")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
            ],
            options={
                "verbose_name": "entry of a pass",
                "verbose_name_plural": "entries of passes",
            },
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="order_has_a_ticket",
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="order_keeps_bookings_within_tickets",
        ),
        migrations.AddField(
            model_name="order",
            name="pass_units",
            field=models.SmallIntegerField(blank=True, null=True, verbose_name="units of the pass"),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("tariff", "Tariff"),
                    ("extra", "Extra"),
                    ("discount", "Discount"),
                    ("allowance", "Price reduction"),
                    ("change", "Change"),
                    ("kept", "Kept by the cancellation terms"),
                    ("pass", "Pass"),
                ],
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.AddField(
            model_name="pass",
            name="owner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="passes",
                to=settings.AUTH_USER_MODEL,
                verbose_name="owner",
            ),
        ),
        migrations.AddField(
            model_name="pass",
            name="service",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="coworking.service",
                verbose_name="service",
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="from_pass",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="orders.pass",
                verbose_name="paid from the pass",
            ),
        ),
        AddConstraintNotValid(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("pass_units__isnull", True), ("ticket_count__gte", 1)),
                    models.Q(
                        ("from_pass", None), ("pass_units__gte", 1), ("pass_units__isnull", False), ("ticket_count", 0)
                    ),
                    _connector="OR",
                ),
                name="order_has_a_ticket",
            ),
        ),
        AddConstraintNotValid(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("booking_count__gte", 1), ("booking_count__lte", models.F("ticket_count"))),
                    models.Q(("booking_count", 0), ("pass_units__isnull", False)),
                    _connector="OR",
                ),
                name="order_keeps_bookings_within_tickets",
            ),
        ),
        migrations.AddField(
            model_name="passentry",
            name="by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="who",
            ),
        ),
        migrations.AddField(
            model_name="passentry",
            name="of_pass",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="orders.pass",
                verbose_name="pass",
            ),
        ),
        migrations.AddField(
            model_name="passentry",
            name="order",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pass_entries",
                to="orders.order",
                verbose_name="order",
            ),
        ),
        migrations.AddField(
            model_name="passentry",
            name="ticket",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="coworking.ticket",
                verbose_name="ticket",
            ),
        ),
        migrations.AddConstraint(
            model_name="pass",
            constraint=models.CheckConstraint(condition=models.Q(("units__gte", 1)), name="pass_has_units"),
        ),
        migrations.AddConstraint(
            model_name="pass",
            constraint=models.CheckConstraint(
                condition=models.Q(("unit__in", ["hour", "day"])), name="pass_of_hours_or_days"
            ),
        ),
        migrations.AddConstraint(
            model_name="pass",
            constraint=models.CheckConstraint(condition=models.Q(("left__gte", 0)), name="pass_not_overdrawn"),
        ),
        migrations.AddConstraint(
            model_name="pass",
            constraint=models.CheckConstraint(
                condition=models.Q(("ended_at", None), ("left", 0), _connector="OR"), name="pass_that_ended_is_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="passentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["granted", "returned"]), ("units__gt", 0)),
                    models.Q(("kind__in", ["used", "kept"]), ("units__lt", 0)),
                    models.Q(("kind__in", ["refunded", "expired"]), ("units__lte", 0)),
                    _connector="OR",
                ),
                name="pass_entry_has_the_sign_of_its_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="passentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["used", "returned", "kept"]), ("order__isnull", True), _connector="XOR"
                ),
                name="pass_entry_of_a_use_names_its_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="passentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "granted")), fields=("of_pass",), name="pass_granted_once"
            ),
        ),
    ]
