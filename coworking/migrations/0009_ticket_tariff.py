"""Let a ticket name its tariff: an order may have several. Empty until the orders have filled it in."""

import django.db.models.deletion
from django.db import migrations, models

KEY = "coworking_ticket_tariff_id_fk"
DATABASE = [
    migrations.RunSQL(
        "ALTER TABLE coworking_ticket ADD COLUMN tariff_id bigint NULL",
        "ALTER TABLE coworking_ticket DROP COLUMN tariff_id",
    ),
    # In two steps: the second reads the table without keeping anybody from writing to it.
    migrations.RunSQL(
        f"ALTER TABLE coworking_ticket ADD CONSTRAINT {KEY} FOREIGN KEY (tariff_id)"
        " REFERENCES coworking_tariff (id) DEFERRABLE INITIALLY DEFERRED NOT VALID",
        f"ALTER TABLE coworking_ticket DROP CONSTRAINT {KEY}",
    ),
    migrations.RunSQL(f"ALTER TABLE coworking_ticket VALIDATE CONSTRAINT {KEY}", migrations.RunSQL.noop),
]
STATE = [
    migrations.AddField(
        "ticket",
        "tariff",
        models.ForeignKey(
            "coworking.Tariff",
            django.db.models.deletion.PROTECT,
            null=True,
            db_index=False,
            related_name="tickets",
            verbose_name="tariff",
        ),
    )
]


class Migration(migrations.Migration):
    dependencies = [("coworking", "0008_location_phone_is_e164")]
    operations = [migrations.SeparateDatabaseAndState(DATABASE, STATE)]
