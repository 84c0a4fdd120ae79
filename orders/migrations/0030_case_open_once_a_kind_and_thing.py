"""Have the keys say that a thing opens one case of a kind; the index is made beside writers."""

from django.db import migrations, models
from django.db.models import Q

INDEX = """
CREATE UNIQUE INDEX CONCURRENTLY case_open_once_a_kind_and_thing ON orders_moneycase
    (kind, order_id, attempt_id, refund_id, receipt_id, provider_id) NULLS NOT DISTINCT WHERE closed_at IS NULL
"""


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0029_fill_case_facts")]
    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunSQL(INDEX, "DROP INDEX case_open_once_a_kind_and_thing")],
            [
                migrations.AddConstraint(
                    "moneycase",
                    models.UniqueConstraint(
                        fields=["kind", "order", "attempt", "refund", "receipt", "provider_id"],
                        condition=Q(closed_at__isnull=True),
                        nulls_distinct=False,
                        name="case_open_once_a_kind_and_thing",
                    ),
                )
            ],
        )
    ]
