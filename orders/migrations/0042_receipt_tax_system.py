"""Store the tax system that a receipt was sent with."""

from django.db import migrations, models

CHOICES = [
    (1, "General"),
    (2, "Simplified, income"),
    (3, "Simplified, income less costs"),
    (4, "Imputed income"),
    (5, "Agricultural"),
    (6, "Patent"),
]


class Migration(migrations.Migration):
    dependencies = [("orders", "0041_guard_against_truncate"), ("coworking", "0013_seller_without_vat_rate")]
    operations = [
        migrations.AddField(
            "paymentattempt",
            "tax_system",
            models.PositiveSmallIntegerField("tax system of the receipt", choices=CHOICES, null=True, blank=True),
        )
    ]
