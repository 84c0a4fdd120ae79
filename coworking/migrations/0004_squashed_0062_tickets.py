"""What takes places: blocks and tickets, with their visits."""

import uuid

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from coworking.models.share import new_token
from coworking.models.ticket import new_code
from olvery.shared.tables import CreateTables

# Numbers that people can tell apart: orders begin at 10001, tickets at 20001.
NUMBERS = "ALTER TABLE coworking_ticket ALTER COLUMN number RESTART WITH 20001;"

TABLES = [
    migrations.CreateModel(
        name="Block",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("places", models.PositiveSmallIntegerField(default=1, verbose_name="places")),
            ("period", DateTimeRangeField(verbose_name="period")),
            ("reason", models.CharField(max_length=200, verbose_name="reason")),
            (
                "created_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="created by"
                ),
            ),
            (
                "seat",
                models.ForeignKey(
                    "coworking.seat", models.CASCADE, blank=True, null=True, related_name="blocks", verbose_name="seat"
                ),
            ),
            (
                "service",
                models.ForeignKey("coworking.service", models.CASCADE, related_name="blocks", verbose_name="service"),
            ),
            (
                "created_at",
                models.DateTimeField(default=timezone.now, editable=False, null=True, verbose_name="created at"),
            ),
            ("lifted_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="lifted at")),
            (
                "lifted_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    editable=False,
                    null=True,
                    related_name="+",
                    verbose_name="lifted by",
                ),
            ),
            (
                "is_open_to_managers",
                models.BooleanField(
                    db_default=False,
                    default=False,
                    help_text="Each order needs a reason, which goes into its history.",
                    verbose_name="managers may order over it",
                ),
            ),
        ],
        options={
            "verbose_name": "block",
            "verbose_name_plural": "blocks",
            "constraints": [
                models.CheckConstraint(
                    condition=Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
                    name="block_period_has_both_ends",
                ),
                models.CheckConstraint(
                    condition=Q(seat__isnull=True) | Q(places=1), name="block_of_a_seat_is_one_place"
                ),
                models.CheckConstraint(condition=Q(places__gte=1), name="block_takes_a_place"),
                models.CheckConstraint(
                    condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                    | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                    name="block_is_lifted_by_somebody",
                ),
            ],
            "indexes": [GistIndex(fields=["service", "period"], name="block_usage")],
        },
    ),
    migrations.CreateModel(
        name="TicketFacet",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "status",
                models.CharField(
                    choices=[
                        ("held", "Held"),
                        ("active", "Active"),
                        ("used", "Used"),
                        ("no_show", "Not used"),
                        ("cancelled", "Cancelled"),
                    ],
                    max_length=10,
                ),
            ),
            ("location", models.ForeignKey("coworking.location", models.PROTECT, db_index=False, related_name="+")),
            ("service", models.ForeignKey("coworking.service", models.PROTECT, db_index=False, related_name="+")),
        ],
        options={
            "verbose_name": "facet of tickets",
            "verbose_name_plural": "facets of tickets",
            "indexes": [models.Index(fields=["location", "service", "status"], name="ticket_facet")],
        },
    ),
    migrations.CreateModel(
        name="Ticket",
        fields=[
            ("number", models.BigAutoField(primary_key=True, serialize=False, verbose_name="number")),
            ("visitor_name", models.CharField(max_length=310, verbose_name="visitor's name")),
            ("period", DateTimeRangeField(verbose_name="period")),
            ("occupied", DateTimeRangeField(verbose_name="period with the buffer")),
            (
                "status",
                models.CharField(
                    choices=[
                        ("held", "Held"),
                        ("active", "Active"),
                        ("used", "Used"),
                        ("no_show", "Not used"),
                        ("cancelled", "Cancelled"),
                    ],
                    max_length=10,
                    verbose_name="status",
                ),
            ),
            ("held_until", models.DateTimeField(blank=True, null=True, verbose_name="held until")),
            ("code", models.CharField(default=new_code, max_length=32, unique=True, verbose_name="code")),
            ("created_at", models.DateTimeField(default=timezone.now, verbose_name="created at")),
            (
                "seat",
                models.ForeignKey(
                    "coworking.seat", models.PROTECT, blank=True, null=True, related_name="tickets", verbose_name="seat"
                ),
            ),
            (
                "service",
                models.ForeignKey("coworking.service", models.PROTECT, related_name="tickets", verbose_name="service"),
            ),
            (
                "visitor",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, related_name="tickets", verbose_name="visitor"
                ),
            ),
            (
                "tariff",
                models.ForeignKey(
                    "coworking.tariff", models.PROTECT, db_index=False, related_name="tickets", verbose_name="tariff"
                ),
            ),
            ("name_key", models.CharField(db_collation="C", editable=False, max_length=310)),
            ("given_key", models.CharField(db_collation="C", editable=False, max_length=100)),
            ("email_key", models.CharField(db_collation="C", editable=False, max_length=254)),
            (
                "location",
                models.ForeignKey(
                    "coworking.location", models.PROTECT, db_index=False, editable=False, related_name="+"
                ),
            ),
            (
                "facet",
                models.ForeignKey(
                    "coworking.ticketfacet",
                    models.PROTECT,
                    db_constraint=False,
                    db_index=False,
                    editable=False,
                    related_name="tickets",
                ),
            ),
            (
                "over_block",
                models.ForeignKey(
                    "coworking.block",
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    editable=False,
                    null=True,
                    related_name="tickets_over",
                    verbose_name="over the block",
                ),
            ),
            (
                "code_version",
                models.SmallIntegerField(db_default=0, default=0, editable=False, verbose_name="version of the code"),
            ),
        ],
        options={
            "verbose_name": "ticket",
            "verbose_name_plural": "tickets",
            "constraints": [
                ExclusionConstraint(
                    condition=Q(seat__isnull=False, status__in=("held", "active")),
                    expressions=[("seat", "="), ("occupied", "&&")],
                    name="ticket_seat_not_shared",
                ),
                models.CheckConstraint(
                    condition=Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
                    name="ticket_period_has_both_ends",
                ),
                models.CheckConstraint(condition=Q(occupied__contains=F("period")), name="ticket_occupies_its_period"),
                models.CheckConstraint(
                    condition=Q(held_until__isnull=False, status="held")
                    | (~Q(status="held") & Q(held_until__isnull=True)),
                    name="ticket_is_held_until_a_moment",
                ),
            ],
            "indexes": [
                GistIndex(
                    condition=Q(status__in=("held", "active")), fields=["service", "occupied"], name="ticket_usage"
                ),
                models.Index(fields=["visitor", "-number"], name="ticket_of_visitor"),
                models.Index(F("period__endswith"), condition=Q(status="active"), name="ticket_to_close"),
                models.Index(fields=["location", "-number"], name="ticket_list_by_number"),
                models.Index(
                    F("location"), F("period__startswith").desc(), F("number").desc(), name="ticket_list_by_period"
                ),
                models.Index(
                    fields=["location", "name_key", "number"],
                    include=("given_key", "facet"),
                    name="ticket_list_by_name",
                ),
                models.Index(
                    fields=["location", "given_key", "name_key", "number"],
                    include=("facet",),
                    name="ticket_list_by_given_name",
                ),
                models.Index(
                    fields=["location", "email_key", "number"], include=("facet",), name="ticket_list_by_email"
                ),
                models.Index(fields=["facet", "-number"], name="ticket_facet_list"),
                models.Index(
                    F("facet"), F("period__startswith").desc(), F("number").desc(), name="ticket_facet_by_period"
                ),
                models.Index(fields=["facet", "name_key", "number"], name="ticket_facet_by_name"),
                GistIndex(fields=["location", "period"], include=("number", "facet"), name="ticket_list_during"),
                GinIndex(OpClass(Lower("name_key"), "gin_trgm_ops"), name="ticket_name_trigrams"),
                models.Index(condition=Q(over_block__isnull=False), fields=["over_block"], name="ticket_over_block"),
            ],
        },
    ),
    migrations.CreateModel(
        name="TicketShare",
        fields=[
            (
                "ticket",
                models.OneToOneField(
                    "coworking.ticket",
                    models.CASCADE,
                    primary_key=True,
                    related_name="share",
                    serialize=False,
                    verbose_name="ticket",
                ),
            ),
            ("token", models.CharField(default=new_token, max_length=43, unique=True, verbose_name="token")),
            ("shows_code", models.BooleanField(verbose_name="shows the code")),
            ("code_version", models.SmallIntegerField(verbose_name="version of the code")),
            ("made_at", models.DateTimeField(verbose_name="created at")),
        ],
        options={"verbose_name": "shared booking", "verbose_name_plural": "shared bookings"},
    ),
    migrations.CreateModel(
        name="Visit",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("scan_id", models.UUIDField(default=uuid.uuid4, unique=True, verbose_name="scan")),
            (
                "source",
                models.CharField(
                    choices=[("code", "QR code"), ("number", "Number"), ("list", "Chosen from a list")],
                    max_length=10,
                    verbose_name="how it was read",
                ),
            ),
            ("arrived_at", models.DateTimeField(verbose_name="arrived at")),
            ("left_at", models.DateTimeField(blank=True, null=True, verbose_name="left at")),
            ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone at")),
            (
                "let_in_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name="let in by"
                ),
            ),
            (
                "let_out_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="+",
                    verbose_name="let out by",
                ),
            ),
            (
                "undone_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="+",
                    verbose_name="undone by",
                ),
            ),
            (
                "location",
                models.ForeignKey(
                    "coworking.location", models.PROTECT, db_index=False, related_name="+", verbose_name="location"
                ),
            ),
            (
                "ticket",
                models.ForeignKey(
                    "coworking.ticket", models.PROTECT, db_index=False, related_name="visits", verbose_name="ticket"
                ),
            ),
        ],
        options={
            "verbose_name": "visit",
            "verbose_name_plural": "visits",
            "constraints": [
                models.UniqueConstraint(
                    condition=Q(left_at=None, undone_at=None), fields=("ticket",), name="visit_one_open_a_ticket"
                ),
                models.CheckConstraint(
                    condition=Q(left_at=None) | Q(left_at__gte=F("arrived_at")), name="visit_left_after_arriving"
                ),
                models.CheckConstraint(
                    condition=Q(let_out_by=None) | Q(left_at__isnull=False), name="visit_let_out_at_a_moment"
                ),
                models.CheckConstraint(
                    condition=Q(undone_at=None, undone_by=None) | Q(undone_at__isnull=False, undone_by__isnull=False),
                    name="visit_undone_by_somebody",
                ),
            ],
            "indexes": [
                models.Index(fields=["ticket", "-arrived_at"], name="visit_of_ticket"),
                models.Index(fields=["location", "-arrived_at"], name="visit_at_location"),
                models.Index(
                    condition=Q(left_at=None, undone_at=None), fields=["location"], name="visit_open_at_location"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="Lateness",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("starts_at", models.DateTimeField(verbose_name="start of the booking")),
            ("warned_at", models.DateTimeField(blank=True, null=True, verbose_name="warned at")),
            ("release_at", models.DateTimeField(blank=True, null=True, verbose_name="released from")),
            ("kept_at", models.DateTimeField(blank=True, null=True, verbose_name="kept at")),
            (
                "kept_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    null=True,
                    related_name="+",
                    verbose_name="kept by",
                ),
            ),
            (
                "ticket",
                models.ForeignKey(
                    "coworking.ticket", models.PROTECT, db_index=False, related_name="latenesses", verbose_name="ticket"
                ),
            ),
        ],
        options={
            "verbose_name": "late visitor",
            "verbose_name_plural": "late visitors",
            "constraints": [
                models.UniqueConstraint(fields=("ticket", "starts_at"), name="lateness_once_a_start"),
                models.CheckConstraint(
                    condition=Q(kept_at__isnull=False, release_at=None, warned_at=None)
                    | Q(release_at__gt=F("warned_at"), warned_at__isnull=False),
                    name="lateness_warned_before_release",
                ),
                models.CheckConstraint(
                    condition=Q(kept_at=None, kept_by=None) | Q(kept_at__isnull=False, kept_by__isnull=False),
                    name="lateness_kept_by_somebody",
                ),
            ],
            "indexes": [models.Index(condition=Q(kept_at=None), fields=["release_at"], name="lateness_to_release")],
        },
    ),
]


class Migration(migrations.Migration):
    replaces = [("coworking", "0024_visits")]

    dependencies = [("coworking", "0003_squashed_0062_pictures_and_drafts")]

    operations = [CreateTables(*TABLES), migrations.RunSQL(NUMBERS, migrations.RunSQL.noop)]
