"""Refuse a ticket without the keys of its list, once every ticket has them."""

import django.db.models.deletion
from django.db import migrations, models

# A valid check lets SET NOT NULL do without reading the table under its lock.
DATABASE = [
    statement
    for column in ("name_key", "given_key", "email_key", "location_id", "facet_id")
    for statement in (
        migrations.RunSQL(
            f"ALTER TABLE coworking_ticket ADD CONSTRAINT ticket_has_{column} CHECK ({column} IS NOT NULL) NOT VALID",
            f"ALTER TABLE coworking_ticket DROP CONSTRAINT ticket_has_{column}",
        ),
        migrations.RunSQL(
            f"ALTER TABLE coworking_ticket VALIDATE CONSTRAINT ticket_has_{column}", migrations.RunSQL.noop
        ),
        migrations.RunSQL(
            f"ALTER TABLE coworking_ticket ALTER COLUMN {column} SET NOT NULL",
            f"ALTER TABLE coworking_ticket ALTER COLUMN {column} DROP NOT NULL",
        ),
        migrations.RunSQL(
            f"ALTER TABLE coworking_ticket DROP CONSTRAINT ticket_has_{column}",
            f"ALTER TABLE coworking_ticket ADD CONSTRAINT ticket_has_{column} CHECK ({column} IS NOT NULL)",
        ),
    )
]
STATE = [
    migrations.AlterField("ticket", "name_key", models.CharField(db_collation="C", editable=False, max_length=310)),
    migrations.AlterField("ticket", "given_key", models.CharField(db_collation="C", editable=False, max_length=100)),
    migrations.AlterField("ticket", "email_key", models.CharField(db_collation="C", editable=False, max_length=254)),
    migrations.AlterField(
        "ticket",
        "location",
        models.ForeignKey(
            "coworking.Location", django.db.models.deletion.PROTECT, db_index=False, editable=False, related_name="+"
        ),
    ),
    migrations.AlterField(
        "ticket",
        "facet",
        models.ForeignKey(
            "coworking.TicketFacet",
            django.db.models.deletion.PROTECT,
            db_constraint=False,
            db_index=False,
            editable=False,
            related_name="tickets",
        ),
    ),
]


class Migration(migrations.Migration):
    dependencies = [("coworking", "0019_fill_ticket_list_keys")]
    operations = [migrations.SeparateDatabaseAndState(DATABASE, STATE)]
