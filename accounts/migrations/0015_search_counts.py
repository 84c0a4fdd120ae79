"""Count searches for people where all processes see it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0014_kinds_of_factors"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("span", models.DurationField()),
                ("began_at", models.DateTimeField()),
                ("count", models.PositiveIntegerField()),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "count of searches",
                "verbose_name_plural": "counts of searches",
                "constraints": [models.UniqueConstraint(fields=("user", "span"), name="search_count_one_a_span")],
            },
        ),
    ]
