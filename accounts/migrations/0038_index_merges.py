"""See that what was merged has no contacts, and find it, without keeping anybody from writing."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers within a transaction

    dependencies = [("accounts", "0037_merges")]

    operations = [
        ValidateConstraint("user", "user_merged_has_no_contacts"),
        ValidateConstraint("user", "user_merged_into_another"),
        ValidateConstraint("company", "company_merged_into_another"),
        ValidateConstraint("companyevent", "company_event_says_what"),
        AddIndexConcurrently(
            "user",
            models.Index(fields=["merged_into"], name="user_merged", condition=Q(merged_into__isnull=False)),
        ),
    ]
