"""Refuse an order without the keys of its list, once every order has them."""

import django.db.models.deletion
from django.db import migrations, models

# A valid check lets SET NOT NULL do without reading the table under its lock.
DATABASE = [
    statement
    for column in ("name_key", "given_key", "facet_id")
    for statement in (
        migrations.RunSQL(
            f"ALTER TABLE orders_order ADD CONSTRAINT order_has_{column} CHECK ({column} IS NOT NULL) NOT VALID",
            f"ALTER TABLE orders_order DROP CONSTRAINT order_has_{column}",
        ),
        migrations.RunSQL(f"ALTER TABLE orders_order VALIDATE CONSTRAINT order_has_{column}", migrations.RunSQL.noop),
        migrations.RunSQL(
            f"ALTER TABLE orders_order ALTER COLUMN {column} SET NOT NULL",
            f"ALTER TABLE orders_order ALTER COLUMN {column} DROP NOT NULL",
        ),
        migrations.RunSQL(
            f"ALTER TABLE orders_order DROP CONSTRAINT order_has_{column}",
            f"ALTER TABLE orders_order ADD CONSTRAINT order_has_{column} CHECK ({column} IS NOT NULL)",
        ),
    )
]
STATE = [
    migrations.AlterField("order", "name_key", models.CharField(db_collation="C", editable=False, max_length=310)),
    migrations.AlterField("order", "given_key", models.CharField(db_collation="C", editable=False, max_length=100)),
    migrations.AlterField(
        "order",
        "facet",
        models.ForeignKey(
            "orders.OrderFacet",
            django.db.models.deletion.PROTECT,
            db_constraint=False,
            db_index=False,
            editable=False,
            related_name="orders",
        ),
    ),
]


class Migration(migrations.Migration):
    dependencies = [("orders", "0058_fill_order_list_keys")]
    operations = [migrations.SeparateDatabaseAndState(DATABASE, STATE)]
