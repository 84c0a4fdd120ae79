"""An index of the orders of companies, made while the table is in use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers within a transaction

    dependencies = [("orders", "0091_company_of_an_order")]

    operations = [
        AddIndexConcurrently(
            "order",
            models.Index(fields=["company", "-number"], name="order_of_company", condition=Q(company__isnull=False)),
        ),
    ]
