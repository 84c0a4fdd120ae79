"""Indexes that tell whom a name means without the table, made while people are searched for and saved."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers within a transaction

    dependencies = [("accounts", "0040_documents_of_locations")]

    operations = [
        AddIndexConcurrently(
            "user",
            models.Index(fields=["name_key", "id"], include=["given_key", "is_active"], name="user_by_name"),
        ),
        AddIndexConcurrently(
            "user",
            models.Index(fields=["given_key", "name_key", "id"], include=["is_active"], name="user_by_given_name"),
        ),
        RemoveIndexConcurrently("user", "user_name_prefix"),
        RemoveIndexConcurrently("user", "user_given_prefix"),
    ]
