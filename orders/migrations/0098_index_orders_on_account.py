"""An index of what companies owe, made while the table is in use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers within a transaction

    dependencies = [
        ("accounts", "0036_companies_on_account"),
        ("orders", "0097_company_imports"),
    ]

    operations = [
        AddIndexConcurrently(
            "order",
            models.Index(
                fields=["company"],
                include=["due"],
                name="order_owed_by_company",
                condition=Q(company__isnull=False, payment_method="invoice", due__gt=0),
            ),
        ),
    ]
