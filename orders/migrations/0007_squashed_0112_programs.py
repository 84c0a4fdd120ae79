"""Programs that ask and are told, and the jobs of the worker."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import Q
from django.utils import timezone

from olvery.shared.tables import CreateTables

TABLES = [
    migrations.CreateModel(
        name="ApiToken",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("name", models.CharField(max_length=60, verbose_name="program")),
            (
                "scopes",
                ArrayField(
                    base_field=models.CharField(
                        choices=[
                            ("services:read", "Services: see what is sold, what is free and what it costs"),
                            ("orders:read", "Orders and tickets: see them"),
                            ("orders:write", "Orders: place and cancel them"),
                            ("payments:write", "Payments: record what was taken on site or by invoice"),
                            ("people:write", "People: look for them and register them"),
                        ],
                        max_length=20,
                    ),
                    size=None,
                    verbose_name="scopes",
                ),
            ),
            ("digest", models.CharField(editable=False, max_length=64, unique=True)),
            ("hint", models.CharField(editable=False, max_length=12, verbose_name="begins with")),
            ("made_at", models.DateTimeField(default=timezone.now, verbose_name="made at")),
            ("expires_at", models.DateTimeField(blank=True, null=True, verbose_name="good until")),
            ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="last used at")),
            ("used_count", models.PositiveIntegerField(default=0, editable=False)),
            ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked at")),
            (
                "holder",
                models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="holder"),
            ),
            (
                "location",
                models.ForeignKey("coworking.location", models.PROTECT, related_name="+", verbose_name="location"),
            ),
            (
                "revoked_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="+",
                    verbose_name="revoked by",
                ),
            ),
        ],
        options={
            "verbose_name": "API token",
            "verbose_name_plural": "API tokens",
            "constraints": [
                models.CheckConstraint(condition=Q(scopes__len__gte=1), name="api_token_has_a_scope"),
                models.CheckConstraint(
                    condition=Q(revoked_at=None, revoked_by=None)
                    | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                    name="api_token_revoked_by_somebody",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ApiRequest",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("key", models.CharField(max_length=200)),
            ("digest", models.CharField(max_length=64)),
            ("form_token", models.UUIDField()),
            ("at", models.DateTimeField()),
            ("token", models.ForeignKey("orders.apitoken", models.CASCADE, db_index=False, related_name="requests")),
        ],
        options={
            "verbose_name": "request of a program",
            "verbose_name_plural": "requests of programs",
            "constraints": [models.UniqueConstraint(fields=("token", "key"), name="api_request_once_a_key")],
            "indexes": [models.Index(fields=["at"], name="api_request_to_forget")],
        },
    ),
    migrations.CreateModel(
        name="Webhook",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("address", models.URLField(max_length=500, verbose_name="address")),
            (
                "kinds",
                ArrayField(
                    base_field=models.CharField(
                        choices=[
                            ("created", "Order created"),
                            ("rule_overridden", "Rule overridden"),
                            ("block_overridden", "Ordered over a block"),
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
                            ("changed", "Booking changed"),
                            ("change_undone", "Change undone"),
                            ("tickets_restored", "Places taken again"),
                            ("place_released", "Place of a visitor who did not come released"),
                            ("from_waiting", "Made from the waiting list"),
                            ("place_kept", "Place of a late visitor kept"),
                            ("handed_over", "Ticket passed on by the customer"),
                            ("taken_back", "Ticket taken back by the customer"),
                            ("shared", "Booking shared"),
                            ("unshared", "Shared address withdrawn"),
                            ("merged", "Records of its person or company merged"),
                        ],
                        max_length=20,
                    ),
                    size=None,
                    verbose_name="events",
                ),
            ),
            ("secret", models.CharField(editable=False, max_length=250)),
            ("made_at", models.DateTimeField(default=timezone.now, verbose_name="made at")),
            ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
            (
                "location",
                models.ForeignKey("coworking.location", models.PROTECT, related_name="+", verbose_name="location"),
            ),
            (
                "made_by",
                models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="made by"),
            ),
        ],
        options={
            "verbose_name": "webhook",
            "verbose_name_plural": "webhooks",
            "constraints": [
                models.CheckConstraint(condition=Q(kinds__len__gte=1), name="webhook_has_a_kind"),
                models.CheckConstraint(
                    condition=Q(address__startswith="https://"), name="webhook_address_is_encrypted"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Delivery",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "status",
                models.CharField(
                    choices=[("waits", "Waits"), ("sent", "Delivered"), ("failed", "Given up")],
                    default="waits",
                    max_length=10,
                    verbose_name="status",
                ),
            ),
            ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
            ("answer", models.CharField(blank=True, max_length=60, verbose_name="answer")),
            ("next_at", models.DateTimeField(verbose_name="next try at")),
            ("tried_at", models.DateTimeField(blank=True, null=True, verbose_name="tried at")),
            ("event", models.ForeignKey("orders.orderevent", models.PROTECT, db_index=False, related_name="+")),
            ("webhook", models.ForeignKey("orders.webhook", models.PROTECT, db_index=False, related_name="deliveries")),
        ],
        options={
            "verbose_name": "delivery",
            "verbose_name_plural": "deliveries",
            "constraints": [models.UniqueConstraint(fields=("webhook", "event"), name="delivery_once_an_event")],
            "indexes": [
                models.Index(condition=Q(status="waits"), fields=["next_at"], name="delivery_due"),
                models.Index(fields=["webhook", "-id"], name="delivery_of_webhook"),
            ],
        },
    ),
    migrations.CreateModel(
        name="Job",
        fields=[],
        options={"verbose_name": "background job", "verbose_name_plural": "background jobs", "proxy": True},
        bases=("procrastinate.procrastinatejob",),
    ),
]


class Migration(migrations.Migration):
    replaces = [("orders", "0074_programs")]

    dependencies = [("orders", "0006_squashed_0112_desk"), ("procrastinate", "0041_post_retry_failed_job")]

    operations = [CreateTables(*TABLES)]
