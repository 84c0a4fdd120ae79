"""Blocks of pools may be open to managers as well; the column is as it was."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coworking", "0042_pool_places_over_blocks")]
    operations = [
        migrations.AlterField(
            "block",
            "is_open_to_managers",
            models.BooleanField(
                "managers may order over it",
                default=False,
                db_default=False,
                help_text="Each order needs a reason, which goes into its history.",
            ),
        ),
    ]
