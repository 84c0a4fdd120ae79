"""A location may have editions of its own, in force from a moment. Documents are few: no lock lasts."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("accounts", "0039_retention"), ("coworking", "0057_visitors_and_seats_of_wishes")]

    operations = [
        migrations.AddField(
            "document",
            "location",
            models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="coworking.location",
                verbose_name="location",
            ),
        ),
        migrations.AddField(
            "document",
            "starts_at",
            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="in force from"),
        ),
        migrations.RemoveConstraint("document", "document_edition_once"),
        migrations.AddConstraint(
            "document",
            models.UniqueConstraint(
                fields=["kind", "edition", "location"], name="document_edition_once_a_location", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            "document",
            models.CheckConstraint(
                condition=Q(location=None, starts_at=None)
                | Q(location__isnull=False, kind__in=("policy", "offer", "rules")),
                name="document_of_a_location_is_no_consent",
            ),
        ),
    ]
