"""Requests to the provider, stored before they are sent, and its notifications."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0004_payments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ProviderOperation",
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
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created at")),
                ("first_sent_at", models.DateTimeField(blank=True, null=True, verbose_name="first sent at")),
                (
                    "next_attempt_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="next attempt"),
                ),
                (
                    "last_status",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="last HTTP status"),
                ),
                ("last_error", models.CharField(blank=True, max_length=300, verbose_name="last error")),
            ],
            options={
                "verbose_name": "request to the provider",
                "verbose_name_plural": "requests to the provider",
            },
        ),
        migrations.CreateModel(
            name="WebhookEvent",
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
                ("received_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="received at")),
                (
                    "last_delivery_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="last delivery"),
                ),
            ],
            options={
                "verbose_name": "notification of the provider",
                "verbose_name_plural": "notifications of the provider",
            },
        ),
        migrations.AddField(
            model_name="provideroperation",
            name="payment",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="operation",
                to="orders.payment",
                verbose_name="payment",
            ),
        ),
        migrations.AddField(
            model_name="provideroperation",
            name="receipt",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="operation",
                to="orders.offsetreceipt",
                verbose_name="receipt",
            ),
        ),
        migrations.AddField(
            model_name="provideroperation",
            name="refund",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="operation",
                to="orders.refund",
                verbose_name="refund",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhookevent",
            constraint=models.UniqueConstraint(fields=("event", "object_id"), name="webhook_event_once_an_object"),
        ),
        migrations.AddIndex(
            model_name="provideroperation",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "sending"])),
                fields=["next_attempt_at"],
                name="operation_to_send",
            ),
        ),
        migrations.AddConstraint(
            model_name="provideroperation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("payment__isnull", False), ("receipt__isnull", True), ("refund__isnull", True)),
                    models.Q(("payment__isnull", True), ("receipt__isnull", True), ("refund__isnull", False)),
                    models.Q(("payment__isnull", True), ("receipt__isnull", False), ("refund__isnull", True)),
                    _connector="OR",
                ),
                name="operation_is_about_one_thing",
            ),
        ),
    ]
