"""Count how often an offset receipt was asked about, as with attempts and refunds."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0017_queued_jobs")]
    operations = [migrations.AddField("offsetreceipt", "checks", models.PositiveSmallIntegerField("checks", default=0))]
