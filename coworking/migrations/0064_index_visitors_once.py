"""What another index of a ticket begins with, or nobody looks for by its beginning, is indexed once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from coworking.models.ticket import new_code
from olvery.shared.tables import DropIndexOfField


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("coworking", "0063_find_tickets_by_beginnings_of_names")]

    operations = [
        DropIndexOfField(
            "ticket",
            "visitor",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tickets",
                to=settings.AUTH_USER_MODEL,
                verbose_name="visitor",
            ),
        ),
        DropIndexOfField(
            "ticket", "code", models.CharField(default=new_code, max_length=32, unique=True, verbose_name="code")
        ),
    ]
