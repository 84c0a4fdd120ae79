"""Work on many rows at once, exports, and scans that were made without a network."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models
from django.db.models import F, Q
from django.utils import timezone

from olvery.shared.money import MoneyField
from olvery.shared.tables import CreateTables

TABLES = [
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
                        ("come", "Let the visitors in"),
                        ("leave", "Let the visitors out"),
                        ("letter", "Send the tickets again"),
                        ("give_up", "Cancel the tickets"),
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
            ("asked_at", models.DateTimeField(default=timezone.now, verbose_name="requested at")),
            ("form_token", models.UUIDField(default=uuid.uuid4, verbose_name="form token")),
            ("by", models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="who")),
            (
                "location",
                models.ForeignKey(
                    "coworking.location", models.PROTECT, db_index=False, related_name="+", verbose_name="location"
                ),
            ),
        ],
        options={
            "verbose_name": "bulk action",
            "verbose_name_plural": "bulk actions",
            "constraints": [
                models.UniqueConstraint(fields=("by", "form_token"), name="bulk_action_once_a_form"),
                models.CheckConstraint(
                    condition=Q(kind__in=["cancel", "give_up"]) & ~Q(reason="")
                    | Q(kind__in=["link", "come", "leave", "letter"])
                    | Q(kind="payment", method__in=["on_site", "invoice"], moved_at__isnull=False),
                    name="bulk_action_says_what_it_needs",
                ),
            ],
            "indexes": [models.Index(fields=["asked_at"], name="bulk_action_to_forget")],
        },
    ),
    migrations.CreateModel(
        name="BulkItem",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("amount", MoneyField(decimal_places=2, max_digits=12, verbose_name="sum")),
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
            ("action", models.ForeignKey("orders.bulkaction", models.CASCADE, db_index=False, related_name="items")),
            (
                "order",
                models.ForeignKey(
                    "orders.order", models.PROTECT, db_index=False, related_name="+", verbose_name="order"
                ),
            ),
            (
                "tickets",
                ArrayField(
                    base_field=models.BigIntegerField(), db_default=[], default=list, size=None, verbose_name="tickets"
                ),
            ),
            ("ends_order", models.BooleanField(db_default=False, default=False, verbose_name="the order is cancelled")),
            ("units_returned", models.PositiveIntegerField(blank=True, null=True, verbose_name="units returned")),
            ("units_kept", models.PositiveIntegerField(blank=True, null=True, verbose_name="units kept")),
        ],
        options={
            "verbose_name": "order of a bulk action",
            "verbose_name_plural": "orders of bulk actions",
            "constraints": [
                models.CheckConstraint(
                    condition=Q(ended_at__isnull=True, state="waiting")
                    | (~Q(state="waiting") & Q(ended_at__isnull=False)),
                    name="bulk_item_ends_once",
                ),
                models.UniqueConstraint(fields=("action", "order", "tickets"), name="bulk_item_once_a_thing"),
            ],
        },
    ),
    migrations.CreateModel(
        name="CompanyImport",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("file_name", models.CharField(max_length=100, verbose_name="file")),
            ("rows", models.JSONField(default=list, verbose_name="rows")),
            ("uploaded_at", models.DateTimeField(verbose_name="uploaded at")),
            ("imported_at", models.DateTimeField(blank=True, null=True, verbose_name="imported at")),
            ("created", models.PositiveIntegerField(default=0, verbose_name="added")),
            ("changed", models.PositiveIntegerField(default=0, verbose_name="changed")),
            (
                "by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name="who"
                ),
            ),
            (
                "location",
                models.ForeignKey(
                    "coworking.location", models.PROTECT, db_index=False, related_name="+", verbose_name="location"
                ),
            ),
        ],
        options={
            "verbose_name": "import of companies",
            "verbose_name_plural": "imports of companies",
            "constraints": [
                models.CheckConstraint(
                    condition=Q(imported_at__isnull=False) | Q(changed=0, created=0),
                    name="company_import_counts_once_imported",
                )
            ],
            "indexes": [models.Index(fields=["location", "-id"], name="company_import_of_location")],
        },
    ),
    migrations.CreateModel(
        name="Export",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "what",
                models.CharField(
                    choices=[("orders", "Requests and orders"), ("tickets", "Tickets")],
                    max_length=10,
                    verbose_name="list",
                ),
            ),
            (
                "format",
                models.CharField(choices=[("xlsx", "XLSX"), ("csv", "CSV")], max_length=4, verbose_name="kind of file"),
            ),
            ("query", models.TextField(blank=True, verbose_name="filters")),
            ("language", models.CharField(max_length=7, verbose_name="language")),
            (
                "status",
                models.CharField(
                    choices=[
                        ("queued", "Waits for its turn"),
                        ("working", "Being written"),
                        ("ready", "Ready"),
                        ("failed", "Failed"),
                    ],
                    default="queued",
                    max_length=10,
                    verbose_name="status",
                ),
            ),
            ("rows", models.PositiveBigIntegerField(default=0, verbose_name="rows")),
            ("size", models.PositiveBigIntegerField(blank=True, null=True, verbose_name="bytes")),
            ("asked_at", models.DateTimeField(default=timezone.now, verbose_name="requested at")),
            ("moved_at", models.DateTimeField(blank=True, null=True, verbose_name="went on at")),
            ("ready_at", models.DateTimeField(blank=True, null=True, verbose_name="ready at")),
            ("form_token", models.UUIDField(default=uuid.uuid4, verbose_name="form token")),
            (
                "by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name="who"
                ),
            ),
            (
                "location",
                models.ForeignKey(
                    "coworking.location", models.PROTECT, db_index=False, related_name="+", verbose_name="location"
                ),
            ),
        ],
        options={
            "verbose_name": "export",
            "verbose_name_plural": "exports",
            "constraints": [
                models.UniqueConstraint(fields=("by", "form_token"), name="export_once_a_form"),
                models.CheckConstraint(
                    condition=Q(ready_at__isnull=False, size__isnull=False, status="ready")
                    | (~Q(status="ready") & Q(ready_at__isnull=True, size__isnull=True)),
                    name="export_is_ready_with_its_file",
                ),
            ],
            "indexes": [
                models.Index(fields=["by", "location", "-id"], name="export_of_person"),
                models.Index(fields=["asked_at"], name="export_to_forget"),
            ],
        },
    ),
    migrations.CreateModel(
        name="LastLook",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("seen_until", models.DateTimeField(verbose_name="seen until")),
            (
                "location",
                models.ForeignKey(
                    "coworking.location", models.CASCADE, db_index=False, related_name="+", verbose_name="location"
                ),
            ),
            (
                "user",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="+", verbose_name="who"
                ),
            ),
        ],
        options={
            "verbose_name": "last look",
            "verbose_name_plural": "last looks",
            "constraints": [models.UniqueConstraint(fields=("user", "location"), name="last_look_once_a_location")],
        },
    ),
    migrations.CreateModel(
        name="OfflineScan",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("token", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="token")),
            ("read_text", models.CharField(blank=True, max_length=200, verbose_name="what was read")),
            ("is_leaving", models.BooleanField(default=False, verbose_name="leaving")),
            ("scanned_at", models.DateTimeField(verbose_name="scanned at")),
            ("received_at", models.DateTimeField(default=timezone.now, verbose_name="received at")),
            ("reason", models.CharField(blank=True, max_length=40, verbose_name="reason")),
            ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled at")),
            (
                "by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    db_index=False,
                    related_name="+",
                    verbose_name="scanned by",
                ),
            ),
            (
                "location",
                models.ForeignKey(
                    "coworking.location", models.PROTECT, db_index=False, related_name="+", verbose_name="location"
                ),
            ),
            (
                "settled_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="+",
                    verbose_name="settled by",
                ),
            ),
            (
                "ticket",
                models.ForeignKey(
                    "coworking.ticket",
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="+",
                    verbose_name="ticket",
                ),
            ),
            (
                "visit",
                models.ForeignKey(
                    "coworking.visit",
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="+",
                    verbose_name="visit",
                ),
            ),
        ],
        options={
            "verbose_name": "scan without network",
            "verbose_name_plural": "scans without network",
            "constraints": [
                models.CheckConstraint(
                    condition=Q(scanned_at__lte=F("received_at")), name="offline_scan_before_it_was_received"
                ),
                models.CheckConstraint(
                    condition=Q(visit__isnull=False) | ~Q(reason=""), name="offline_scan_is_a_visit_or_has_a_reason"
                ),
                models.CheckConstraint(
                    condition=Q(visit=None) | Q(ticket__isnull=False), name="offline_scan_visit_is_on_a_ticket"
                ),
                models.CheckConstraint(
                    condition=Q(settled_at=None, settled_by=None)
                    | Q(settled_at__isnull=False, settled_by__isnull=False),
                    name="offline_scan_settled_by_somebody",
                ),
            ],
            "indexes": [
                models.Index(
                    condition=~Q(reason="") & Q(settled_at=None),
                    fields=["location", "scanned_at"],
                    name="offline_scan_to_settle",
                ),
                models.Index(condition=~Q(read_text=""), fields=["received_at"], name="offline_scan_with_text"),
            ],
        },
    ),
]


class Migration(migrations.Migration):
    replaces = [("orders", "0081_bulk_action")]

    dependencies = [("orders", "0005_squashed_0112_papers_and_letters")]

    operations = [CreateTables(*TABLES)]
