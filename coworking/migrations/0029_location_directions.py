"""How to find a location, for what customers are given."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coworking", "0028_door_secret_of_a_location")]

    operations = [
        migrations.AddField(
            "location",
            "directions",
            models.CharField(
                "how to find it",
                max_length=300,
                blank=True,
                default="",
                db_default="",
                help_text="For customers: the entrance, the floor, the way from the station.",
            ),
        ),
    ]
