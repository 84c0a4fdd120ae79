"""Let a case of a failed refund name the one that was asked for instead; the column is empty."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0032_line_refund")]
    operations = [
        migrations.AddField(
            "moneycase",
            "next_refund",
            models.ForeignKey(
                "orders.Refund",
                models.PROTECT,
                null=True,
                blank=True,
                db_index=False,
                related_name="+",
                verbose_name="next refund",
            ),
        ),
    ]
