"""Drafts of a location's own documents."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

KINDS = [
    ("policy", "Personal-data policy"),
    ("offer", "Public offer"),
    ("rules", "House rules"),
    ("account", "Account without an order"),
    ("advertising", "Letters about discounts and events"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0060_check_sections_of_a_location"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DocumentDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=KINDS, max_length=12, verbose_name="document")),
                ("text", models.TextField(verbose_name="text")),
                ("changes", models.CharField(blank=True, max_length=300, verbose_name="what changed")),
                ("version", models.PositiveIntegerField(default=1)),
                ("edited_at", models.DateTimeField(verbose_name="when")),
                (
                    "edited_by",
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
                "verbose_name": "draft of a document",
                "verbose_name_plural": "drafts of documents",
                "constraints": [
                    models.UniqueConstraint(fields=["location", "kind"], name="document_draft_once_a_location"),
                    models.CheckConstraint(
                        condition=Q(kind__in=("policy", "offer", "rules")), name="document_draft_of_a_location"
                    ),
                    models.CheckConstraint(condition=~Q(text=""), name="document_draft_has_a_text"),
                ],
            },
        ),
    ]
