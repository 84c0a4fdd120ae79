"""Columns that the list of tickets searches and filters by, empty until the next steps fill them."""

import django.db.models.deletion
from django.db import migrations, models

CHOICES = [
    ("held", "Held"),
    ("active", "Active"),
    ("used", "Used"),
    ("no_show", "Not used"),
    ("cancelled", "Cancelled"),
]


KEY = "coworking_ticket_location_id_fk"
DATABASE = [
    migrations.RunSQL(
        "ALTER TABLE coworking_ticket"
        ' ADD COLUMN name_key varchar(310) COLLATE "C", ADD COLUMN given_key varchar(100) COLLATE "C",'
        ' ADD COLUMN email_key varchar(254) COLLATE "C",'
        " ADD COLUMN location_id bigint, ADD COLUMN facet_id bigint",
        "ALTER TABLE coworking_ticket DROP COLUMN name_key, DROP COLUMN given_key, DROP COLUMN email_key,"
        " DROP COLUMN location_id, DROP COLUMN facet_id",
    ),
    # In two steps: the second reads the table without keeping anybody from writing to it.
    migrations.RunSQL(
        f"ALTER TABLE coworking_ticket ADD CONSTRAINT {KEY} FOREIGN KEY (location_id)"
        " REFERENCES coworking_location (id) DEFERRABLE INITIALLY DEFERRED NOT VALID",
        f"ALTER TABLE coworking_ticket DROP CONSTRAINT {KEY}",
    ),
    migrations.RunSQL(f"ALTER TABLE coworking_ticket VALIDATE CONSTRAINT {KEY}", migrations.RunSQL.noop),
]
STATE = [
    migrations.AddField(
        "ticket", "name_key", models.CharField(db_collation="C", editable=False, max_length=310, null=True)
    ),
    migrations.AddField(
        "ticket", "given_key", models.CharField(db_collation="C", editable=False, max_length=100, null=True)
    ),
    migrations.AddField(
        "ticket", "email_key", models.CharField(db_collation="C", editable=False, max_length=254, null=True)
    ),
    migrations.AddField(
        "ticket",
        "location",
        models.ForeignKey(
            "coworking.Location",
            django.db.models.deletion.PROTECT,
            db_index=False,
            editable=False,
            null=True,
            related_name="+",
        ),
    ),
    migrations.AddField(
        "ticket",
        "facet",
        models.ForeignKey(
            "coworking.TicketFacet",
            django.db.models.deletion.PROTECT,
            db_constraint=False,
            db_index=False,
            editable=False,
            null=True,
            related_name="tickets",
        ),
    ),
]


class Migration(migrations.Migration):
    dependencies = [("coworking", "0016_location_approval_limit")]
    operations = [
        migrations.CreateModel(
            "TicketFacet",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("status", models.CharField(choices=CHOICES, max_length=10)),
                (
                    "location",
                    models.ForeignKey(
                        "coworking.Location", django.db.models.deletion.PROTECT, db_index=False, related_name="+"
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        "coworking.Service", django.db.models.deletion.PROTECT, db_index=False, related_name="+"
                    ),
                ),
            ],
            {
                "verbose_name": "facet of tickets",
                "verbose_name_plural": "facets of tickets",
                "indexes": [models.Index(fields=["location", "service", "status"], name="ticket_facet")],
            },
        ),
        migrations.SeparateDatabaseAndState(DATABASE, STATE),
    ]
