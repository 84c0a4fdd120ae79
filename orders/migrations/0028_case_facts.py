"""Columns for what a case is about and states, and for what contradicts a payment; no row is touched."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0027_message_without_about")]
    operations = [
        migrations.AddField(
            "moneycase",
            "provider_id",
            models.CharField("provider's id", max_length=36, null=True, blank=True),
        ),
        migrations.AddField("moneycase", "facts", models.JSONField("details", default=dict, blank=True)),
        migrations.AddField("paymentattempt", "mismatch", models.JSONField("needs review", null=True, blank=True)),
    ]
