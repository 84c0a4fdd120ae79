"""The location of a case, that of its order, empty until the next steps fill it; the database keeps it.

A case of no order has none and is everybody's. An order stays where it is, and so does what is read of it here.
"""

import django.db.models.deletion
from django.db import migrations, models

KEY = "orders_moneycase_location_id_fk_coworking_location_id"
DATABASE = [
    migrations.RunSQL(
        "ALTER TABLE orders_moneycase ADD COLUMN location_id bigint",
        "ALTER TABLE orders_moneycase DROP COLUMN location_id",
    ),
    # In two steps: the second reads the table without keeping anybody from writing to it.
    migrations.RunSQL(
        f"ALTER TABLE orders_moneycase ADD CONSTRAINT {KEY} FOREIGN KEY (location_id)"
        " REFERENCES coworking_location (id) DEFERRABLE INITIALLY DEFERRED NOT VALID",
        f"ALTER TABLE orders_moneycase DROP CONSTRAINT {KEY}",
    ),
    migrations.RunSQL(f"ALTER TABLE orders_moneycase VALIDATE CONSTRAINT {KEY}", migrations.RunSQL.noop),
    migrations.RunSQL(
        """
        CREATE FUNCTION orders_set_case_location() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.location_id := (SELECT location_id FROM orders_order WHERE number = NEW.order_id);
            RETURN NEW;
        END $$;

        CREATE TRIGGER case_location BEFORE INSERT OR UPDATE OF order_id, location_id
        ON orders_moneycase FOR EACH ROW EXECUTE FUNCTION orders_set_case_location();
        """,
        "DROP TRIGGER case_location ON orders_moneycase; DROP FUNCTION orders_set_case_location();",
    ),
]
STATE = [
    migrations.AddField(
        "moneycase",
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
]


class Migration(migrations.Migration):
    dependencies = [("orders", "0109_wake_deliveries"), ("coworking", "0062_passes_for_services")]
    operations = [migrations.SeparateDatabaseAndState(DATABASE, STATE)]
