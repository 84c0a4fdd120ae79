"""Drop the one rate of VAT that dated rows have replaced."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coworking", "0012_fill_seller_tax")]
    operations = [
        migrations.RemoveField("seller", "vat_rate"),
        migrations.AlterField(
            "seller",
            "vat_note",
            models.CharField("words for “without VAT”", default="Без НДС", max_length=60),
        ),
    ]
