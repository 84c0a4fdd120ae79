"""Requests to be erased that came by letter or in person. The table is short: a row a person who asked."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_squashed_0042_guards"),
    ]

    operations = [
        migrations.AddField(
            model_name="erasure",
            name="note",
            field=models.CharField(blank=True, db_default="", max_length=300, verbose_name="how it came"),
        ),
        migrations.AddField(
            model_name="erasure",
            name="noted_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="noted by",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("note", ""), ("noted_by", None)),
                    models.Q(("noted_by__isnull", False), models.Q(("note", ""), _negated=True)),
                    _connector="OR",
                ),
                name="erasure_noted_says_how",
            ),
        ),
    ]
