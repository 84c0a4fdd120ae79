"""Let a seller have a shop of its own at the provider."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coworking", "0014_extra_tax"),
    ]

    operations = [
        migrations.AddField(
            model_name="seller",
            name="shop_id",
            field=models.CharField(
                blank=True,
                help_text="Its number, one of YOOKASSA_SHOPS; empty: the shop of the settings.",
                max_length=20,
                verbose_name="shop at YooKassa",
            ),
        ),
    ]
