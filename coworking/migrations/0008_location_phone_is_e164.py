"""Refuse a location's phone that is not E.164. The table has a row a site, so checking it holds nobody up."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("coworking", "0007_phone_is_a_number")]

    operations = [
        migrations.AddConstraint(
            model_name="location",
            constraint=models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="location_phone_is_e164"
            ),
        ),
    ]
