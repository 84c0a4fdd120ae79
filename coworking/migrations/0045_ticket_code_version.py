"""How often a ticket has got another visitor: its codes say so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coworking", "0044_promo_section")]

    operations = [
        migrations.AddField(
            "ticket",
            "code_version",
            models.SmallIntegerField("version of the code", default=0, db_default=0, editable=False),
        ),
    ]
