"""Give a location's phone as a number; the column stays as it is."""

from django.db import migrations
from phonenumber_field.modelfields import PhoneNumberField


class Migration(migrations.Migration):
    dependencies = [("coworking", "0006_phones_of_locations_in_e164")]

    operations = [
        migrations.AlterField(
            model_name="location",
            name="phone",
            field=PhoneNumberField(blank=True, max_length=30, region=None, verbose_name="phone"),
        ),
    ]
