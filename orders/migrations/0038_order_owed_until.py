"""Let an order owe the rest of its price until a moment; the column is empty."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0037_index_order_summary")]
    operations = [
        migrations.AddField(
            "order",
            "owed_until",
            models.DateTimeField(null=True, blank=True, verbose_name="rest owed until"),
        ),
    ]
