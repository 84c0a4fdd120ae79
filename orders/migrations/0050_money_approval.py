"""Keep what one person asks for and a second decides; the table is new, the kinds of events change no column."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import olvery.shared.money


class Migration(migrations.Migration):
    dependencies = [("coworking", "0016_location_approval_limit"), ("orders", "0048_attempt_shop")]
    operations = [
        migrations.AlterField(
            model_name="orderevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("created", "Order created"),
                    ("rule_overridden", "Rule overridden"),
                    ("discount_given", "Discount given"),
                    ("contact_changed", "Contacts for this order only"),
                    ("status_changed", "Status changed"),
                    ("message_sent", "Message sent"),
                    ("payment_started", "Payment started"),
                    ("paid", "Money came in"),
                    ("payment_canceled", "Payment did not go through"),
                    ("refund_requested", "Refund requested"),
                    ("refunded", "Money returned"),
                    ("refund_failed", "Refund did not go through"),
                    ("corrected", "Payment corrected"),
                    ("approval_asked", "A second person is asked"),
                    ("approved", "A second person has approved"),
                    ("declined", "The request is turned down"),
                    ("invoice_issued", "Invoice issued"),
                    ("act_issued", "Act issued"),
                    ("deadline_moved", "Time to pay extended"),
                    ("tickets_restored", "Places taken again"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.CreateModel(
            name="MoneyApproval",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("correction", "Correction"), ("refund", "Refund")], max_length=10, verbose_name="kind"
                    ),
                ),
                ("amount", olvery.shared.money.MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("online", "Online payment by YooKassa"),
                            ("on_site", "On site"),
                            ("invoice", "By invoice"),
                            ("free", "Free of charge"),
                        ],
                        max_length=10,
                        verbose_name="method",
                    ),
                ),
                ("document", models.CharField(blank=True, max_length=60, verbose_name="document number")),
                ("reason", models.CharField(max_length=250, verbose_name="why")),
                ("form_token", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="form token")),
                ("asked_at", models.DateTimeField(verbose_name="asked at")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Waits for a second person"),
                            ("approved", "Approved"),
                            ("declined", "Declined"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
                (
                    "corrects",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="orders.ledgerentry",
                        verbose_name="corrects",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approval",
                        to="orders.ledgerentry",
                        verbose_name="ledger entry",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approvals",
                        to="orders.order",
                        verbose_name="order",
                    ),
                ),
            ],
            options={
                "verbose_name": "request for approval",
                "verbose_name_plural": "requests for approval",
            },
        ),
        migrations.AddConstraint(
            model_name="moneyapproval",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "pending")), fields=("order",), name="approval_one_waits_for_an_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="moneyapproval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    models.Q(("decided_by", models.F("asked_by")), _negated=True),
                    _connector="OR",
                ),
                name="approval_by_a_second_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="moneyapproval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at__isnull", True),
                        ("decided_by__isnull", True),
                        ("entry__isnull", True),
                        ("state", "pending"),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("entry__isnull", True),
                        ("state", "declined"),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("entry__isnull", False),
                        ("state", "approved"),
                    ),
                    _connector="OR",
                ),
                name="approval_says_who_and_what",
            ),
        ),
        migrations.AddConstraint(
            model_name="moneyapproval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("corrects__isnull", False), ("kind", "correction")),
                    models.Q(("corrects__isnull", True), ("kind", "refund")),
                    _connector="OR",
                ),
                name="approval_of_a_correction_names_the_entry",
            ),
        ),
    ]
