"""The indexes of the list of tickets, by location and by facet, made while the table is in use."""

from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    atomic = False  # PostgreSQL makes no index beside writers within a transaction

    dependencies = [("coworking", "0020_ticket_has_list_keys")]

    operations = [
        AddIndexConcurrently("ticket", models.Index(fields=["location", "-number"], name="ticket_list_by_number")),
        AddIndexConcurrently(
            "ticket",
            models.Index("location", F("period__startswith").desc(), F("number").desc(), name="ticket_list_by_period"),
        ),
        AddIndexConcurrently(
            "ticket",
            models.Index(
                fields=["location", "name_key", "number"], include=["given_key", "facet"], name="ticket_list_by_name"
            ),
        ),
        AddIndexConcurrently(
            "ticket",
            models.Index(
                fields=["location", "given_key", "name_key", "number"],
                include=["facet"],
                name="ticket_list_by_given_name",
            ),
        ),
        AddIndexConcurrently(
            "ticket",
            models.Index(fields=["location", "email_key", "number"], include=["facet"], name="ticket_list_by_email"),
        ),
        AddIndexConcurrently("ticket", models.Index(fields=["facet", "-number"], name="ticket_facet_list")),
        AddIndexConcurrently(
            "ticket",
            models.Index("facet", F("period__startswith").desc(), F("number").desc(), name="ticket_facet_by_period"),
        ),
        AddIndexConcurrently(
            "ticket", models.Index(fields=["facet", "name_key", "number"], name="ticket_facet_by_name")
        ),
        AddIndexConcurrently(
            "ticket",
            GistIndex(fields=["location", "period"], include=["number", "facet"], name="ticket_list_during"),
        ),
        AddIndexConcurrently(
            "ticket", GinIndex(OpClass(Lower("name_key"), "gin_trgm_ops"), name="ticket_name_trigrams")
        ),
        RemoveIndexConcurrently("ticket", "ticket_list"),
        RemoveIndexConcurrently("ticket", "ticket_list_in_period"),
    ]
