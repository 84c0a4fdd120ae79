"""What is done with many orders at once, and what became of each."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import olvery.shared.money


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0040_seat_spots"),
        ("orders", "0080_guard_waiting"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkAction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("cancel", "Cancel the orders"),
                            ("link", "Send the payment links"),
                            ("payment", "Take the payments"),
                        ],
                        max_length=10,
                        verbose_name="action",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=250, verbose_name="reason")),
                (
                    "method",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("online", "Online payment by YooKassa"),
                            ("on_site", "On site"),
                            ("invoice", "By invoice"),
                            ("free", "Free of charge"),
                        ],
                        max_length=10,
                        verbose_name="payment method",
                    ),
                ),
                ("moved_at", models.DateTimeField(blank=True, null=True, verbose_name="moved at")),
                ("document", models.CharField(blank=True, max_length=60, verbose_name="document number")),
                ("query", models.TextField(blank=True, verbose_name="filters")),
                ("language", models.CharField(max_length=7, verbose_name="language")),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="requested at")),
                ("form_token", models.UUIDField(default=uuid.uuid4, verbose_name="form token")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="coworking.location",
                        verbose_name="location",
                    ),
                ),
            ],
            options={
                "verbose_name": "bulk action",
                "verbose_name_plural": "bulk actions",
            },
        ),
        migrations.CreateModel(
            name="BulkItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", olvery.shared.money.MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waits for its turn"),
                            ("done", "Done"),
                            ("refused", "Not done"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=500, verbose_name="why not")),
                ("token", models.UUIDField(default=uuid.uuid4, verbose_name="form token")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                (
                    "action",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="orders.bulkaction",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "order of a bulk action",
                "verbose_name_plural": "orders of bulk actions",
            },
        ),
        migrations.AddIndex(
            model_name="bulkaction",
            index=models.Index(fields=["asked_at"], name="bulk_action_to_forget"),
        ),
        migrations.AddConstraint(
            model_name="bulkaction",
            constraint=models.UniqueConstraint(fields=("by", "form_token"), name="bulk_action_once_a_form"),
        ),
        migrations.AddConstraint(
            model_name="bulkaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "cancel"), models.Q(("reason", ""), _negated=True)),
                    ("kind", "link"),
                    models.Q(("kind", "payment"), ("method__in", ["on_site", "invoice"]), ("moved_at__isnull", False)),
                    _connector="OR",
                ),
                name="bulk_action_says_what_it_needs",
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkitem",
            constraint=models.UniqueConstraint(fields=("action", "order"), name="bulk_item_once_an_order"),
        ),
        migrations.AddConstraint(
            model_name="bulkitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("state", "waiting")),
                    models.Q(models.Q(("state", "waiting"), _negated=True), ("ended_at__isnull", False)),
                    _connector="OR",
                ),
                name="bulk_item_ends_once",
            ),
        ),
    ]
