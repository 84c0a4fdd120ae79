"""Refuse a ticket without a tariff, once every ticket has one."""

import django.db.models.deletion
from django.db import migrations, models

# A valid check lets SET NOT NULL do without reading the table under its lock.
DATABASE = [
    migrations.RunSQL(
        "ALTER TABLE coworking_ticket ADD CONSTRAINT ticket_has_a_tariff CHECK (tariff_id IS NOT NULL) NOT VALID",
        "ALTER TABLE coworking_ticket DROP CONSTRAINT ticket_has_a_tariff",
    ),
    migrations.RunSQL("ALTER TABLE coworking_ticket VALIDATE CONSTRAINT ticket_has_a_tariff", migrations.RunSQL.noop),
    migrations.RunSQL(
        "ALTER TABLE coworking_ticket ALTER COLUMN tariff_id SET NOT NULL",
        "ALTER TABLE coworking_ticket ALTER COLUMN tariff_id DROP NOT NULL",
    ),
    migrations.RunSQL(
        "ALTER TABLE coworking_ticket DROP CONSTRAINT ticket_has_a_tariff",
        "ALTER TABLE coworking_ticket ADD CONSTRAINT ticket_has_a_tariff CHECK (tariff_id IS NOT NULL)",
    ),
]
STATE = [
    migrations.AlterField(
        "ticket",
        "tariff",
        models.ForeignKey(
            "coworking.Tariff",
            django.db.models.deletion.PROTECT,
            db_index=False,
            related_name="tickets",
            verbose_name="tariff",
        ),
    )
]


class Migration(migrations.Migration):
    # The tariffs are known to the orders.
    dependencies = [("coworking", "0009_ticket_tariff"), ("orders", "0021_fill_bookings")]
    operations = [migrations.SeparateDatabaseAndState(DATABASE, STATE)]
