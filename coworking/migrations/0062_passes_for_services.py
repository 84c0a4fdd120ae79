"""A pass may also pay for further services of its location."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0061_drafts_of_documents"),
    ]

    operations = [
        migrations.AddField(
            model_name="tariff",
            name="also_services",
            field=ArrayField(
                base_field=models.BigIntegerField(),
                blank=True,
                db_default=[],
                default=list,
                verbose_name="the pass also pays for",
            ),
        ),
        migrations.AddConstraint(
            model_name="tariff",
            constraint=models.CheckConstraint(
                condition=models.Q(("also_services", []), ("pass_units__isnull", False), _connector="OR"),
                name="tariff_pays_for_others_as_a_pass",
                violation_error_message="Only a pass pays for further services.",
            ),
        ),
    ]
