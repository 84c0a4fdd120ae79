"""Who was not here for years: since when, until when the data stay, and why they were erased."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers within a transaction

    dependencies = [("accounts", "0038_index_merges")]

    operations = [
        migrations.AddField(
            "user",
            "active_at",
            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="active at"),
        ),
        migrations.AddField(
            "erasure",
            "ground",
            models.CharField(
                choices=[("asked", "The person has asked for it"), ("retention", "Not needed any more")],
                db_default="asked",
                default="asked",
                max_length=10,
                verbose_name="ground",
            ),
        ),
        migrations.CreateModel(
            name="RetentionHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                ("until", models.DateField(verbose_name="until")),
                ("reason", models.CharField(max_length=300, verbose_name="why")),
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
                ("at", models.DateTimeField(verbose_name="when")),
            ],
            options={
                "verbose_name": "retention of data",
                "verbose_name_plural": "retentions of data",
                "constraints": [models.CheckConstraint(condition=~Q(reason=""), name="retention_says_why")],
            },
        ),
        AddIndexConcurrently(
            "user",
            models.Index(
                Coalesce("active_at", "date_joined"),
                "id",
                name="user_quiet_since",
                condition=Q(erased_at=None, merged_into=None),
            ),
        ),
    ]
