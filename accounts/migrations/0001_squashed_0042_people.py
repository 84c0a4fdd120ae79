"""People, what became of their records, and what the database needs before there is any table."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.core.management import call_command
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from phonenumber_field.modelfields import PhoneNumberField

import accounts.models.calendar_feed
from olvery.shared.tables import CreateTables

# Without it the search for people would silently lose its index.
REFUSE = """
DO $$ BEGIN
    IF cardinality(show_trgm('привет')) = 0 THEN
        RAISE EXCEPTION 'pg_trgm finds no trigrams in Russian text: create the database with LC_CTYPE C.UTF-8';
    END IF;
END $$;
"""


def create_cache_table(apps, schema_editor):
    """Make the table of the shared cache: rate limits count there, for all processes."""
    call_command("createcachetable", database=schema_editor.connection.alias)


# What this stands for in databases that have these already; each of the other files stands for one.
OLD = """
0001_people 0002_roles_and_search 0003_shared_cache 0004_cyrillic_search 0005_phone_is_a_number
0006_forget_attached_emails 0007_roles_protect_people 0008_role_history 0010_security_events
0011_guard_security_events 0012_kinds_of_sessions 0013_sign_in_anew 0014_kinds_of_factors 0015_search_counts
0016_access_log 0017_guard_access_log 0018_user_wants_reminders 0019_kinds_of_own_changes 0021_guard_documents
0022_erasures 0023_erasures_checked 0024_screen_of_programs 0025_calendar_feed 0026_lists 0028_guard_companies
0029_people_import 0034_phone_is_claim 0035_mark_claimed_phones 0036_companies_on_account 0037_merges
0038_index_merges 0039_retention 0040_documents_of_locations 0041_cover_search_by_name 0042_erased_stay_erased
"""

TABLES = [
    migrations.CreateModel(
        name="User",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("password", models.CharField(max_length=128, verbose_name="password")),
            ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
            (
                "is_superuser",
                models.BooleanField(
                    default=False,
                    help_text="Designates that this user has all permissions without explicitly assigning them.",
                    verbose_name="superuser status",
                ),
            ),
            ("last_name", models.CharField(max_length=100, verbose_name="last name")),
            ("first_name", models.CharField(max_length=100, verbose_name="first name")),
            ("middle_name", models.CharField(blank=True, max_length=100, verbose_name="middle name")),
            ("company", models.CharField(blank=True, max_length=200, verbose_name="company")),
            (
                "phone",
                PhoneNumberField(blank=True, max_length=16, null=True, region=None, unique=True, verbose_name="phone"),
            ),
            (
                "email",
                models.EmailField(
                    blank=True, db_collation="C", max_length=254, null=True, unique=True, verbose_name="e-mail"
                ),
            ),
            ("is_active", models.BooleanField(default=True, verbose_name="active")),
            (
                "is_staff",
                models.BooleanField(default=False, help_text="May open Django admin.", verbose_name="support"),
            ),
            (
                "consent_at",
                models.DateTimeField(blank=True, null=True, verbose_name="consent to personal-data processing"),
            ),
            ("date_joined", models.DateTimeField(default=timezone.now, verbose_name="created at")),
            ("name_key", models.CharField(db_collation="C", editable=False, max_length=310)),
            ("given_key", models.CharField(db_collation="C", editable=False, max_length=100)),
            (
                "created_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="+",
                    verbose_name="created by",
                ),
            ),
            (
                "wants_reminders",
                models.BooleanField(db_default=True, default=True, verbose_name="wants reminders of bookings"),
            ),
            ("erased_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="erased at")),
            (
                "hidden_columns",
                ArrayField(
                    base_field=models.CharField(max_length=30), db_default=[], default=list, editable=False, size=None
                ),
            ),
            ("phone_is_claim", models.BooleanField(db_default=False, default=False, editable=False)),
            (
                "merged_into",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    db_index=False,
                    editable=False,
                    null=True,
                    related_name="merged",
                    verbose_name="merged into",
                ),
            ),
            ("active_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="active at")),
            (
                "groups",
                models.ManyToManyField(
                    blank=True,
                    help_text=(
                        "The groups this user belongs to. A user will get all permissions granted to each of their "
                        "groups."
                    ),
                    related_name="user_set",
                    related_query_name="user",
                    to="auth.group",
                    verbose_name="groups",
                ),
            ),
            (
                "user_permissions",
                models.ManyToManyField(
                    blank=True,
                    help_text="Specific permissions for this user.",
                    related_name="user_set",
                    related_query_name="user",
                    to="auth.permission",
                    verbose_name="user permissions",
                ),
            ),
        ],
        options={
            "verbose_name": "person",
            "verbose_name_plural": "people",
            "constraints": [
                models.CheckConstraint(
                    condition=Q(phone__isnull=True) | Q(phone__regex="^\\+[1-9][0-9]{6,14}$"), name="user_phone_is_e164"
                ),
                models.CheckConstraint(
                    condition=Q(email__isnull=True) | Q(email=Lower("email")) & ~Q(email=""),
                    name="user_email_is_lower_case",
                ),
                models.CheckConstraint(
                    condition=Q(erased_at=None) | Q(email=None, is_active=False, phone=None),
                    name="user_erased_has_no_contacts",
                ),
                models.CheckConstraint(
                    condition=Q(merged_into=None)
                    | Q(email=None, is_active=False, is_staff=False, is_superuser=False, phone=None),
                    name="user_merged_has_no_contacts",
                ),
                models.CheckConstraint(
                    condition=Q(merged_into=None) | ~Q(merged_into=F("pk")), name="user_merged_into_another"
                ),
            ],
            "indexes": [
                GinIndex(OpClass("name_key", "gin_trgm_ops"), name="user_name_trigrams"),
                GinIndex(OpClass("phone", "gin_trgm_ops"), name="user_phone_trigrams"),
                models.Index(condition=Q(merged_into__isnull=False), fields=["merged_into"], name="user_merged"),
                models.Index(
                    Coalesce("active_at", "date_joined"),
                    F("id"),
                    condition=Q(erased_at=None, merged_into=None),
                    name="user_quiet_since",
                ),
                models.Index(fields=["name_key", "id"], include=("given_key", "is_active"), name="user_by_name"),
                models.Index(fields=["given_key", "name_key", "id"], include=("is_active",), name="user_by_given_name"),
            ],
        },
    ),
    migrations.CreateModel(
        name="CalendarFeed",
        fields=[
            (
                "person",
                models.OneToOneField(
                    settings.AUTH_USER_MODEL,
                    models.CASCADE,
                    primary_key=True,
                    related_name="calendar_feed",
                    serialize=False,
                    verbose_name="person",
                ),
            ),
            (
                "token",
                models.CharField(
                    default=accounts.models.calendar_feed.new_token, max_length=43, unique=True, verbose_name="token"
                ),
            ),
        ],
        options={"verbose_name": "calendar feed", "verbose_name_plural": "calendar feeds"},
    ),
    migrations.CreateModel(
        name="SearchCount",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("span", models.DurationField()),
            ("began_at", models.DateTimeField()),
            ("count", models.PositiveIntegerField()),
            ("user", models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="+")),
        ],
        options={
            "verbose_name": "count of searches",
            "verbose_name_plural": "counts of searches",
            "constraints": [models.UniqueConstraint(fields=("user", "span"), name="search_count_one_a_span")],
        },
    ),
    migrations.CreateModel(
        name="PersonMerge",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kept",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="record that stays"
                ),
            ),
            (
                "gone",
                models.OneToOneField(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    related_name="merge",
                    verbose_name="record that was merged",
                ),
            ),
            ("reason", models.CharField(max_length=300, verbose_name="why")),
            ("contacts", models.JSONField(default=dict, verbose_name="former name and contacts")),
            ("replaced", models.JSONField(default=dict, verbose_name="replaced name and contacts")),
            ("moved", models.JSONField(default=dict, verbose_name="what moved")),
            ("by", models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="who")),
            ("at", models.DateTimeField(verbose_name="when")),
        ],
        options={
            "verbose_name": "merge of people",
            "verbose_name_plural": "merges of people",
            "constraints": [
                models.CheckConstraint(condition=~Q(kept=F("gone")), name="person_merge_of_two"),
                models.CheckConstraint(condition=~Q(by=F("kept")) & ~Q(by=F("gone")), name="person_merge_by_another"),
                models.CheckConstraint(condition=~Q(reason=""), name="person_merge_says_why"),
            ],
        },
    ),
    migrations.CreateModel(
        name="Erasure",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("asked_at", models.DateTimeField(verbose_name="asked at")),
            ("withdrawn_at", models.DateTimeField(blank=True, null=True, verbose_name="withdrawn at")),
            ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="done at")),
            ("act", models.JSONField(blank=True, default=dict, verbose_name="act")),
            (
                "done_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="+",
                    verbose_name="done by",
                ),
            ),
            (
                "person",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, related_name="erasures", verbose_name="person"
                ),
            ),
            (
                "ground",
                models.CharField(
                    choices=[("asked", "The person has asked for it"), ("retention", "Not needed any more")],
                    db_default="asked",
                    default="asked",
                    max_length=10,
                    verbose_name="ground",
                ),
            ),
        ],
        options={
            "verbose_name": "erasure",
            "verbose_name_plural": "erasures",
            "constraints": [
                models.UniqueConstraint(
                    condition=Q(withdrawn_at=None), fields=("person",), name="erasure_one_a_person_that_stands"
                ),
                models.CheckConstraint(
                    condition=Q(done_at=None, done_by=None)
                    | Q(done_at__isnull=False, done_by__isnull=False, withdrawn_at=None),
                    name="erasure_is_done_by_somebody",
                ),
                models.CheckConstraint(
                    condition=Q(done_by=None) | ~Q(done_by=F("person")), name="erasure_is_done_by_another"
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="RetentionHold",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "person",
                models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="person"),
            ),
            ("until", models.DateField(verbose_name="until")),
            ("reason", models.CharField(max_length=300, verbose_name="why")),
            (
                "by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name="who"
                ),
            ),
            ("at", models.DateTimeField(verbose_name="when")),
        ],
        options={
            "verbose_name": "retention of data",
            "verbose_name_plural": "retentions of data",
            "constraints": [models.CheckConstraint(condition=~Q(reason=""), name="retention_says_why")],
        },
    ),
]


class Migration(migrations.Migration):
    initial = True

    replaces = [("accounts", name) for name in OLD.split()]

    dependencies = [("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        BtreeGistExtension(),
        TrigramExtension(),
        migrations.RunSQL(REFUSE, migrations.RunSQL.noop),
        CreateTables(*TABLES),
        migrations.RunPython(create_cache_table, migrations.RunPython.noop),
    ]
