"""Give an order's phone as a number; the column stays as it is."""

from django.db import migrations
from phonenumber_field.modelfields import PhoneNumberField


class Migration(migrations.Migration):
    dependencies = [("orders", "0018_offset_receipt_checks")]

    operations = [
        migrations.AlterField(
            model_name="order",
            name="phone",
            field=PhoneNumberField(max_length=16, region=None, verbose_name="phone"),
        ),
    ]
