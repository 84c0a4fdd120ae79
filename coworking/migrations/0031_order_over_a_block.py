"""Blocks that managers may order over, and the block that a ticket was confirmed over."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coworking", "0030_release_of_no_shows")]

    operations = [
        migrations.AddField(
            "block",
            "is_open_to_managers",
            models.BooleanField(
                default=False,
                db_default=False,
                help_text="Numbered seats only. Each order needs a reason, which goes into its history.",
                verbose_name="managers may order over it",
            ),
        ),
        migrations.AddField(
            "ticket",
            "over_block",
            models.ForeignKey(
                "coworking.block",
                models.PROTECT,
                null=True,
                blank=True,
                db_index=False,
                editable=False,
                related_name="tickets_over",
                verbose_name="over the block",
            ),
        ),
    ]
