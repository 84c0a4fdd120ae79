"""Payments and refunds of the provider, what was asked of it, and what it told."""

import uuid

from django.conf import settings
from django.db import migrations, models
from django.db.models import Q
from django.utils import timezone

import orders.models.link
from olvery.shared.money import MoneyField
from olvery.shared.tables import CreateTables

TABLES = [
    migrations.CreateModel(
        name="PaymentAttempt",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("number", models.PositiveSmallIntegerField(verbose_name="attempt")),
            ("amount", MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
            ("email", models.EmailField(blank=True, max_length=254, verbose_name="receipt to")),
            (
                "status",
                models.CharField(
                    choices=[
                        ("created", "Being created"),
                        ("pending", "Waiting for the customer"),
                        ("succeeded", "Paid"),
                        ("canceled", "Did not go through"),
                        ("failed", "Refused by the provider"),
                    ],
                    default="created",
                    max_length=10,
                    verbose_name="status",
                ),
            ),
            (
                "provider_id",
                models.CharField(blank=True, max_length=36, null=True, unique=True, verbose_name="provider's id"),
            ),
            ("provider_status", models.CharField(blank=True, max_length=30, verbose_name="provider's status")),
            ("confirmation_url", models.URLField(blank=True, max_length=2048, verbose_name="payment page")),
            ("method_title", models.CharField(blank=True, max_length=100, verbose_name="paid with")),
            ("cancel_party", models.CharField(blank=True, max_length=40, verbose_name="declined by")),
            ("cancel_reason", models.CharField(blank=True, max_length=60, verbose_name="decline reason")),
            (
                "receipt",
                models.CharField(
                    blank=True,
                    choices=[
                        ("", "No receipt"),
                        ("pending", "Receipt is being registered"),
                        ("succeeded", "Receipt is registered"),
                        ("canceled", "Receipt was not registered"),
                    ],
                    max_length=10,
                    verbose_name="receipt",
                ),
            ),
            ("receipt_items", models.JSONField(blank=True, default=list, verbose_name="receipt positions")),
            ("created_at", models.DateTimeField(default=timezone.now, verbose_name="created at")),
            ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled at")),
            ("abandoned_at", models.DateTimeField(blank=True, null=True, verbose_name="given up at")),
            ("fulfilled_at", models.DateTimeField(blank=True, null=True, verbose_name="fulfilled at")),
            ("next_check_at", models.DateTimeField(blank=True, null=True, verbose_name="next check")),
            ("checks", models.PositiveSmallIntegerField(default=0, verbose_name="checks")),
            ("fetched_at", models.DateTimeField(blank=True, null=True, verbose_name="last asked for by the customer")),
            ("order", models.ForeignKey("orders.order", models.PROTECT, related_name="attempts", verbose_name="order")),
            ("mismatch", models.JSONField(blank=True, null=True, verbose_name="needs review")),
            (
                "tax_system",
                models.PositiveSmallIntegerField(
                    blank=True,
                    choices=[
                        (1, "General"),
                        (2, "Simplified, income"),
                        (3, "Simplified, income less costs"),
                        (4, "Imputed income"),
                        (5, "Agricultural"),
                        (6, "Patent"),
                    ],
                    null=True,
                    verbose_name="tax system of the receipt",
                ),
            ),
            ("shop_id", models.CharField(blank=True, max_length=20, verbose_name="shop")),
        ],
        options={
            "verbose_name": "payment",
            "verbose_name_plural": "payments",
            "constraints": [
                models.UniqueConstraint(fields=("order", "number"), name="attempt_number_once_an_order"),
                models.UniqueConstraint(
                    condition=Q(abandoned_at__isnull=True, status__in=["created", "pending"]),
                    fields=("order",),
                    name="attempt_one_active_an_order",
                ),
                models.CheckConstraint(condition=Q(amount__gt=0), name="attempt_amount_above_zero"),
                models.CheckConstraint(
                    condition=~Q(status="succeeded") | Q(provider_id__isnull=False, settled_at__isnull=False),
                    name="attempt_succeeded_at_the_provider",
                ),
            ],
            "indexes": [
                models.Index(
                    condition=Q(next_check_at__isnull=False), fields=["next_check_at"], name="attempt_to_check"
                ),
                models.Index(
                    condition=Q(fulfilled_at__isnull=True, status="succeeded"),
                    fields=["settled_at"],
                    name="attempt_to_fulfil",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Refund",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("amount", MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
            (
                "status",
                models.CharField(
                    choices=[
                        ("requested", "Requested"),
                        ("pending", "Under way"),
                        ("succeeded", "Returned"),
                        ("canceled", "Refused by the bank"),
                        ("failed", "Refused by the provider"),
                    ],
                    default="requested",
                    max_length=10,
                    verbose_name="status",
                ),
            ),
            (
                "source",
                models.CharField(
                    choices=[
                        ("staff", "By a manager"),
                        ("late_payment", "Paid too late"),
                        ("duplicate", "Paid twice"),
                        ("external", "In the provider's cabinet"),
                    ],
                    max_length=15,
                    verbose_name="source",
                ),
            ),
            ("reason", models.CharField(blank=True, max_length=250, verbose_name="why")),
            ("requested_at", models.DateTimeField(default=timezone.now, verbose_name="requested at")),
            ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled at")),
            (
                "provider_id",
                models.CharField(blank=True, max_length=36, null=True, unique=True, verbose_name="provider's id"),
            ),
            ("cancel_reason", models.CharField(blank=True, max_length=60, verbose_name="refusal reason")),
            (
                "receipt",
                models.CharField(
                    blank=True,
                    choices=[
                        ("", "No receipt"),
                        ("pending", "Receipt is being registered"),
                        ("succeeded", "Receipt is registered"),
                        ("canceled", "Receipt was not registered"),
                    ],
                    max_length=10,
                    verbose_name="receipt",
                ),
            ),
            ("receipt_items", models.JSONField(blank=True, default=list, verbose_name="receipt positions")),
            ("next_check_at", models.DateTimeField(blank=True, null=True, verbose_name="next check")),
            ("checks", models.PositiveSmallIntegerField(default=0, verbose_name="checks")),
            (
                "attempt",
                models.ForeignKey(
                    "orders.paymentattempt", models.PROTECT, related_name="refunds", verbose_name="payment"
                ),
            ),
            (
                "requested_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="+",
                    verbose_name="requested by",
                ),
            ),
        ],
        options={
            "verbose_name": "refund",
            "verbose_name_plural": "refunds",
            "constraints": [
                models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_above_zero"),
                models.CheckConstraint(
                    condition=~Q(status="succeeded") | Q(provider_id__isnull=False, settled_at__isnull=False),
                    name="refund_succeeded_at_the_provider",
                ),
            ],
            "indexes": [
                models.Index(condition=Q(next_check_at__isnull=False), fields=["next_check_at"], name="refund_to_check")
            ],
        },
    ),
    migrations.CreateModel(
        name="OffsetReceipt",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("amount", MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("", "No receipt"),
                        ("pending", "Receipt is being registered"),
                        ("succeeded", "Receipt is registered"),
                        ("canceled", "Receipt was not registered"),
                    ],
                    default="pending",
                    max_length=10,
                    verbose_name="state",
                ),
            ),
            (
                "provider_id",
                models.CharField(blank=True, max_length=60, null=True, unique=True, verbose_name="provider's id"),
            ),
            ("created_at", models.DateTimeField(default=timezone.now, verbose_name="created at")),
            ("next_check_at", models.DateTimeField(blank=True, null=True, verbose_name="next check")),
            (
                "attempt",
                models.OneToOneField(
                    "orders.paymentattempt", models.PROTECT, related_name="offset_receipt", verbose_name="payment"
                ),
            ),
            ("checks", models.PositiveSmallIntegerField(default=0, verbose_name="checks")),
        ],
        options={
            "verbose_name": "offset receipt",
            "verbose_name_plural": "offset receipts",
            "constraints": [models.CheckConstraint(condition=Q(amount__gt=0), name="offset_receipt_amount_above_zero")],
            "indexes": [
                models.Index(
                    condition=Q(next_check_at__isnull=False), fields=["next_check_at"], name="receipt_to_check"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="PaymentLink",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "token",
                models.CharField(
                    default=orders.models.link.new_token, max_length=32, unique=True, verbose_name="token"
                ),
            ),
            ("created_at", models.DateTimeField(default=timezone.now, verbose_name="created at")),
            ("resent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent again at")),
            ("opened_at", models.DateTimeField(blank=True, null=True, verbose_name="first opened at")),
            ("opens", models.PositiveIntegerField(default=0, verbose_name="times opened")),
            ("order", models.OneToOneField("orders.order", models.PROTECT, related_name="link", verbose_name="order")),
        ],
        options={"verbose_name": "payment link", "verbose_name_plural": "payment links"},
    ),
    migrations.CreateModel(
        name="ProviderRequest",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="idempotency key")),
            ("path", models.CharField(max_length=60, verbose_name="path")),
            ("body", models.TextField(verbose_name="frozen body")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("queued", "In the queue"),
                        ("sending", "Being sent"),
                        ("done", "Done"),
                        ("rejected", "Refused"),
                        ("manual", "Needs a person"),
                    ],
                    default="queued",
                    max_length=10,
                    verbose_name="state",
                ),
            ),
            ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
            ("created_at", models.DateTimeField(default=timezone.now, verbose_name="created at")),
            ("first_sent_at", models.DateTimeField(blank=True, null=True, verbose_name="first sent at")),
            ("next_try_at", models.DateTimeField(default=timezone.now, verbose_name="next attempt")),
            ("last_status", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="last HTTP status")),
            ("last_error", models.CharField(blank=True, max_length=300, verbose_name="last error")),
            (
                "attempt",
                models.OneToOneField(
                    "orders.paymentattempt",
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="provider_request",
                    verbose_name="payment",
                ),
            ),
            (
                "receipt",
                models.OneToOneField(
                    "orders.offsetreceipt",
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="provider_request",
                    verbose_name="receipt",
                ),
            ),
            (
                "refund",
                models.OneToOneField(
                    "orders.refund",
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="provider_request",
                    verbose_name="refund",
                ),
            ),
        ],
        options={
            "verbose_name": "request to the provider",
            "verbose_name_plural": "requests to the provider",
            "constraints": [
                models.CheckConstraint(
                    condition=Q(attempt__isnull=False, receipt__isnull=True, refund__isnull=True)
                    | Q(attempt__isnull=True, receipt__isnull=True, refund__isnull=False)
                    | Q(attempt__isnull=True, receipt__isnull=False, refund__isnull=True),
                    name="request_is_about_one_thing",
                )
            ],
            "indexes": [
                models.Index(
                    condition=Q(state__in=["queued", "sending"]), fields=["next_try_at"], name="request_to_send"
                )
            ],
        },
    ),
    migrations.CreateModel(
        name="ProviderNotification",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("event", models.CharField(max_length=60, verbose_name="event")),
            ("object_id", models.CharField(max_length=36, verbose_name="object's id")),
            ("remote_address", models.GenericIPAddressField(verbose_name="from")),
            ("body", models.TextField(verbose_name="body")),
            ("deliveries", models.PositiveIntegerField(default=1, verbose_name="deliveries")),
            (
                "state",
                models.CharField(
                    choices=[
                        ("received", "Received"),
                        ("applied", "Applied"),
                        ("deferred", "Deferred"),
                        ("ignored", "Ignored"),
                    ],
                    default="received",
                    max_length=10,
                    verbose_name="state",
                ),
            ),
            ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
            ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
            ("received_at", models.DateTimeField(default=timezone.now, verbose_name="received at")),
            ("last_delivery_at", models.DateTimeField(default=timezone.now, verbose_name="last delivery")),
        ],
        options={
            "verbose_name": "notification of the provider",
            "verbose_name_plural": "notifications of the provider",
            "constraints": [models.UniqueConstraint(fields=("event", "object_id"), name="notification_once_an_object")],
        },
    ),
]


class Migration(migrations.Migration):
    replaces = [("orders", "0004_payments")]

    dependencies = [("orders", "0002_squashed_0112_events_and_uses")]

    operations = [CreateTables(*TABLES)]
