"""Let an extra be goods or a service, with a rate of VAT of its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0013_seller_without_vat_rate"),
    ]

    operations = [
        migrations.AddField(
            model_name="extra",
            name="subject",
            field=models.CharField(
                blank=True,
                choices=[("service", "Service"), ("commodity", "Goods")],
                help_text="Empty: as the place.",
                max_length=10,
                verbose_name="what it is",
            ),
        ),
        migrations.AddField(
            model_name="extra",
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
                help_text="Empty: as the seller's.",
                max_length=4,
                verbose_name="VAT",
            ),
        ),
        migrations.AddConstraint(
            model_name="extra",
            constraint=models.CheckConstraint(
                condition=models.Q(("subject__in", ["", "service", "commodity"])), name="extra_of_a_known_subject"
            ),
        ),
        migrations.AddConstraint(
            model_name="extra",
            constraint=models.CheckConstraint(
                condition=models.Q(("vat__in", ["", "none", "0", "5", "7", "10", "20", "22"])),
                name="extra_of_a_known_vat",
            ),
        ),
    ]
