"""Give a seller dated rows of VAT and tax system."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0010_ticket_has_a_tariff"),
    ]

    operations = [
        migrations.CreateModel(
            name="SellerTax",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField(verbose_name="from")),
                (
                    "vat",
                    models.CharField(
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
                (
                    "tax_system",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        choices=[
                            (1, "General"),
                            (2, "Simplified, income"),
                            (3, "Simplified, income less costs"),
                            (4, "Imputed income"),
                            (5, "Agricultural"),
                            (6, "Patent"),
                        ],
                        help_text="Only for a cash desk that has several; empty for «Чеки от ЮKassa».",
                        null=True,
                        verbose_name="tax system",
                    ),
                ),
                (
                    "seller",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="taxes",
                        to="coworking.seller",
                        verbose_name="seller",
                    ),
                ),
            ],
            options={
                "verbose_name": "tax row",
                "verbose_name_plural": "VAT and tax system",
                "constraints": [
                    models.UniqueConstraint(fields=("seller", "starts_on"), name="seller_tax_once_a_day"),
                    models.CheckConstraint(
                        condition=models.Q(("vat__in", ["none", "0", "5", "7", "10", "20", "22"])),
                        name="seller_tax_of_a_known_rate",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("tax_system", None), ("tax_system__in", [1, 2, 3, 4, 5, 6]), _connector="OR"
                        ),
                        name="seller_tax_of_a_known_system",
                    ),
                ],
            },
        ),
    ]
