"""What a payment is by 54-FZ, so that its refund says the same."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_guard_money")]

    operations = [
        migrations.AddField(
            model_name="payment",
            name="receipt_mode",
            field=models.CharField(blank=True, max_length=30, verbose_name="payment mode of the receipt"),
        ),
    ]
