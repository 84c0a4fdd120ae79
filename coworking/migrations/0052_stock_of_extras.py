"""Extras of which there are only so many."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coworking", "0051_terms_of_orders")]

    operations = [
        migrations.AddField(
            "extra",
            "stock",
            models.PositiveSmallIntegerField(
                blank=True,
                help_text="Taken for the time of the booking. Empty: enough.",
                null=True,
                verbose_name="in stock",
            ),
        ),
    ]
