"""Let a line that lowers the price name the refund it follows; the column is empty, so no row is touched."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0031_case_without_texts")]
    operations = [
        migrations.AddField(
            "orderline",
            "refund",
            models.ForeignKey(
                "orders.Refund",
                models.PROTECT,
                null=True,
                blank=True,
                db_index=False,
                related_name="+",
                verbose_name="refund",
            ),
        ),
        migrations.AlterField("orderline", "title", models.CharField("title", max_length=200, blank=True)),
    ]
