"""The secret that the codes of tickets are signed by. The database gives each row its own, new and old ones alike."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coworking", "0027_panel_token")]

    operations = [
        migrations.AddField(
            "location",
            "door_secret",
            models.UUIDField("secret of the codes", default=uuid.uuid4, db_default=RandomUUID(), editable=False),
        ),
    ]
