"""Who waits for a place."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import migrations, models
from django.db.models import F, Q
from django.utils import timezone
from phonenumber_field.modelfields import PhoneNumberField

from olvery.shared.tables import CreateTables

TABLES = [
    migrations.CreateModel(
        name="WaitingWish",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("period", DateTimeRangeField(verbose_name="period")),
            ("places", models.PositiveSmallIntegerField(verbose_name="places")),
            ("extras", models.JSONField(blank=True, default=dict, verbose_name="extras")),
            ("phone", PhoneNumberField(max_length=16, region=None, verbose_name="phone")),
            ("email", models.EmailField(max_length=254, verbose_name="e-mail")),
            (
                "payment_method",
                models.CharField(
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
            ("comment", models.TextField(blank=True, max_length=1000, verbose_name="comment")),
            ("internal_note", models.TextField(blank=True, max_length=1000, verbose_name="internal note")),
            ("terms", models.JSONField(blank=True, default=list, verbose_name="accepted terms")),
            (
                "status",
                models.CharField(
                    choices=[
                        ("waiting", "In line"),
                        ("offered", "Place offered"),
                        ("withdrawn", "Withdrawn from the line"),
                        ("ended", "Nothing became free"),
                    ],
                    default="waiting",
                    max_length=10,
                    verbose_name="status",
                ),
            ),
            ("waits_until", models.DateTimeField(verbose_name="waits until")),
            ("created_at", models.DateTimeField(default=timezone.now, verbose_name="created at")),
            ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="left the line at")),
            ("token", models.UUIDField(default=uuid.uuid4, verbose_name="form token")),
            (
                "closed_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="+",
                    verbose_name="closed by",
                ),
            ),
            (
                "created_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    db_index=False,
                    related_name="+",
                    verbose_name="created by",
                ),
            ),
            (
                "customer",
                models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="customer"),
            ),
            (
                "service",
                models.ForeignKey(
                    "coworking.service", models.PROTECT, db_index=False, related_name="waiting", verbose_name="service"
                ),
            ),
            (
                "tariff",
                models.ForeignKey(
                    "coworking.tariff", models.PROTECT, db_index=False, related_name="+", verbose_name="tariff"
                ),
            ),
            (
                "seat_ids",
                ArrayField(
                    base_field=models.BigIntegerField(),
                    blank=True,
                    db_default=[],
                    default=list,
                    size=None,
                    verbose_name="these seats alone",
                ),
            ),
        ],
        options={
            "verbose_name": "wish on the waiting list",
            "verbose_name_plural": "waiting list",
            "constraints": [
                models.UniqueConstraint(fields=("token",), name="waiting_token_used_once"),
                models.UniqueConstraint(
                    condition=Q(status="waiting"),
                    fields=("customer", "service", "period"),
                    name="waiting_once_a_person_and_period",
                ),
                models.CheckConstraint(condition=Q(places__gte=1), name="waiting_for_a_place"),
                models.CheckConstraint(condition=~Q(email=""), name="waiting_has_email"),
                models.CheckConstraint(
                    condition=Q(closed_at=None, status="waiting") | (~Q(status="waiting") & Q(closed_at__isnull=False)),
                    name="waiting_is_left_at_a_moment",
                ),
                models.CheckConstraint(
                    condition=Q(seat_ids=[]) | Q(seat_ids__len=F("places")), name="waiting_for_all_seats_or_any"
                ),
            ],
            "indexes": [
                models.Index(condition=Q(status="waiting"), fields=["service", "id"], name="waiting_line"),
                models.Index(condition=~Q(status="waiting"), fields=["service", "-closed_at"], name="waiting_left"),
                models.Index(condition=Q(status="waiting"), fields=["waits_until"], name="waiting_to_end"),
            ],
        },
    ),
    migrations.CreateModel(
        name="WaitingVisitor",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("place", models.PositiveSmallIntegerField(verbose_name="place")),
            (
                "person",
                models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="visitor"),
            ),
            (
                "wish",
                models.ForeignKey(
                    "coworking.waitingwish",
                    models.PROTECT,
                    db_index=False,
                    related_name="visitors",
                    verbose_name="wish on the waiting list",
                ),
            ),
        ],
        options={
            "verbose_name": "visitor on the waiting list",
            "verbose_name_plural": "visitors on the waiting list",
            "constraints": [models.UniqueConstraint(fields=("wish", "place"), name="waiting_visitor_once_a_place")],
        },
    ),
]


class Migration(migrations.Migration):
    replaces = [("coworking", "0041_waiting_list")]

    dependencies = [("coworking", "0004_squashed_0062_tickets")]

    operations = [CreateTables(*TABLES)]
