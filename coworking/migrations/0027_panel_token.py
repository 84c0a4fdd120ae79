"""The address of a lobby panel. The database fills it, too: the release before this one does not know it."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("coworking", "0026_lifted_blocks_take_nothing")]

    operations = [
        migrations.AddField(
            "location",
            "panel_token",
            models.CharField("lobby panel", max_length=32, blank=True, editable=False, default="", db_default=""),
        ),
        migrations.AddConstraint(
            "location",
            models.UniqueConstraint(fields=["panel_token"], name="location_of_a_panel", condition=~Q(panel_token="")),
        ),
    ]
