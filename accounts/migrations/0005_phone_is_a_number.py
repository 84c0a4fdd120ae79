"""Give a person's phone as a number; the column stays as it is."""

from django.db import migrations
from phonenumber_field.modelfields import PhoneNumberField


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_cyrillic_search")]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="phone",
            field=PhoneNumberField(
                blank=True, max_length=16, null=True, region=None, unique=True, verbose_name="phone"
            ),
        ),
    ]
