"""Store the shop of a payment; those that are there belong to the shop of the settings."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0047_act"),
    ]

    operations = [
        migrations.AddField(
            model_name="paymentattempt",
            name="shop_id",
            field=models.CharField(blank=True, max_length=20, verbose_name="shop"),
        ),
    ]
