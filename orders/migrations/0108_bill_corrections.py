"""Invoices and acts of months that were issued anew; nobody rewrites or empties them either."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

import olvery.shared.money

PROTECT = django.db.models.deletion.PROTECT
GUARD = """
CREATE TRIGGER bill_corrections_only_grow BEFORE UPDATE OR DELETE ON orders_billcorrection
FOR EACH ROW EXECUTE FUNCTION orders_refuse_rewriting();

CREATE TRIGGER bill_corrections_not_truncated BEFORE TRUNCATE ON orders_billcorrection
FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_rewriting();
"""


def money(name: str) -> olvery.shared.money.MoneyField:
    return olvery.shared.money.MoneyField(decimal_places=2, max_digits=12, verbose_name=name)


class Migration(migrations.Migration):
    dependencies = [("orders", "0107_passes_for_services")]

    operations = [
        migrations.CreateModel(
            name="BillCorrection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField(verbose_name="number of the correction")),
                ("amount", money("sum")),
                ("rendered", money("sum of the act")),
                ("contents", models.JSONField(verbose_name="contents")),
                ("issued_at", models.DateTimeField(verbose_name="issued at")),
                (
                    "bill",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=PROTECT,
                        related_name="corrections",
                        to="orders.monthbill",
                        verbose_name="invoice of a month",
                    ),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        on_delete=PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="issued by"
                    ),
                ),
            ],
            options={
                "verbose_name": "corrected invoice of a month",
                "verbose_name_plural": "corrected invoices of months",
                "constraints": [
                    models.UniqueConstraint(fields=("bill", "number"), name="bill_correction_has_own_number"),
                    models.CheckConstraint(
                        condition=Q(amount__gte=0) & Q(rendered__gte=0), name="bill_correction_sums_not_below_zero"
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
    ]
