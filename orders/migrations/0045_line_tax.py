"""Copy what an extra is, and its rate of VAT, into the price lines of an order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0044_attempt_without_receipt_mode"),
    ]

    operations = [
        migrations.AddField(
            model_name="orderline",
            name="subject",
            field=models.CharField(
                blank=True,
                choices=[("service", "Service"), ("commodity", "Goods")],
                max_length=10,
                verbose_name="what it is",
            ),
        ),
        migrations.AddField(
            model_name="orderline",
            name="vat",
            field=models.CharField(
                blank=True,
                choices=[
                    ("none", "Without VAT"),
                    ("0", "0 %"),
                    ("5", "5 %"),
                    ("7", "7 %"),
                    ("10", "10 %"),
                    ("20", "20 %"),
                    ("22", "22 %"),
                ],
                max_length=4,
                verbose_name="VAT",
            ),
        ),
    ]
