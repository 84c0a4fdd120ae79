"""The waiting list. The database fills the minutes of services, too: the release before this one does not know them."""

import uuid

import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import phonenumber_field.modelfields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0040_seat_spots"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WaitingWish",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("period", django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name="period")),
                ("places", models.PositiveSmallIntegerField(verbose_name="places")),
                ("extras", models.JSONField(blank=True, default=dict, verbose_name="extras")),
                (
                    "phone",
                    phonenumber_field.modelfields.PhoneNumberField(max_length=16, region=None, verbose_name="phone"),
                ),
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
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created at")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="left the line at")),
                ("token", models.UUIDField(default=uuid.uuid4, verbose_name="form token")),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="closed by",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="customer",
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="waiting",
                        to="coworking.service",
                        verbose_name="service",
                    ),
                ),
                (
                    "tariff",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="coworking.tariff",
                        verbose_name="tariff",
                    ),
                ),
            ],
            options={
                "verbose_name": "wish on the waiting list",
                "verbose_name_plural": "waiting list",
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "waiting")), fields=["service", "id"], name="waiting_line"
                    ),
                    models.Index(
                        condition=models.Q(("status", "waiting"), _negated=True),
                        fields=["service", "-closed_at"],
                        name="waiting_left",
                    ),
                    models.Index(
                        condition=models.Q(("status", "waiting")), fields=["waits_until"], name="waiting_to_end"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("token",), name="waiting_token_used_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "waiting")),
                        fields=("customer", "service", "period"),
                        name="waiting_once_a_person_and_period",
                    ),
                    models.CheckConstraint(condition=models.Q(("places__gte", 1)), name="waiting_for_a_place"),
                    models.CheckConstraint(condition=models.Q(("email", ""), _negated=True), name="waiting_has_email"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("status", "waiting")),
                            models.Q(models.Q(("status", "waiting"), _negated=True), ("closed_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="waiting_is_left_at_a_moment",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="service",
            name="waiting_minutes",
            field=models.PositiveSmallIntegerField(
                db_default=60,
                default=60,
                help_text="While they pay online. The quiet hours of the location are not counted.",
                validators=[django.core.validators.MinValueValidator(20)],
                verbose_name="a place that became free is kept for who waits, minutes",
            ),
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=models.CheckConstraint(
                condition=models.Q(("waiting_minutes__gte", 20)),
                name="service_keeps_for_waiting_twenty_minutes",
                violation_error_message="There are twenty minutes to pay at least.",
            ),
        ),
    ]
