"""Drop the payment mode of a whole receipt: each position has its own now."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0043_fill_receipt_codes")]
    operations = [migrations.RemoveField("paymentattempt", "receipt_mode")]
