"""Hold that a case is where its order is, and read the cases of a location by an index of their own."""

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    atomic = False  # the indexes are built while the table is in use

    dependencies = [("orders", "0111_fill_case_location")]
    operations = [
        AddConstraintNotValid(
            "moneycase",
            models.CheckConstraint(
                condition=Q(order=None, location=None) | Q(order__isnull=False, location__isnull=False),
                name="case_is_where_its_order_is",
            ),
        ),
        ValidateConstraint("moneycase", "case_is_where_its_order_is"),
        AddIndexConcurrently(
            "moneycase",
            models.Index("location", F("opened_at").desc(), name="case_open_at", condition=Q(closed_at__isnull=True)),
        ),
        AddIndexConcurrently(
            "moneycase",
            models.Index(
                "location", F("closed_at").desc(), name="case_closed_at", condition=Q(closed_at__isnull=False)
            ),
        ),
        RemoveIndexConcurrently("moneycase", "case_open"),
    ]
