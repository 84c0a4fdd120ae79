"""Long exports: a new table."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0027_panel_token"),
        ("orders", "0071_guard_erased_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                    models.CharField(
                        choices=[("xlsx", "XLSX"), ("csv", "CSV")], max_length=4, verbose_name="kind of file"
                    ),
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
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="requested at")),
                ("moved_at", models.DateTimeField(blank=True, null=True, verbose_name="went on at")),
                ("ready_at", models.DateTimeField(blank=True, null=True, verbose_name="ready at")),
                ("form_token", models.UUIDField(default=uuid.uuid4, verbose_name="form token")),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
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
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "indexes": [
                    models.Index(fields=["by", "location", "-id"], name="export_of_person"),
                    models.Index(fields=["asked_at"], name="export_to_forget"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("by", "form_token"), name="export_once_a_form"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ready_at__isnull", False), ("size__isnull", False), ("status", "ready")),
                            models.Q(
                                models.Q(("status", "ready"), _negated=True),
                                ("ready_at__isnull", True),
                                ("size__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="export_is_ready_with_its_file",
                    ),
                ],
            },
        ),
    ]
