"""What people have at a location: roles, documents, lists of theirs, and who looked at whose data."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

from olvery.shared.tables import CreateTables

TABLES = [
    migrations.CreateModel(
        name="Membership",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "role",
                models.CharField(
                    choices=[
                        ("rental_manager", "Rental manager"),
                        ("location_administrator", "Location administrator"),
                    ],
                    max_length=30,
                    verbose_name="role",
                ),
            ),
            (
                "location",
                models.ForeignKey(
                    "coworking.location", models.PROTECT, related_name="memberships", verbose_name="location"
                ),
            ),
            (
                "user",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships", verbose_name="person"
                ),
            ),
        ],
        options={
            "verbose_name": "role",
            "verbose_name_plural": "roles",
            "constraints": [models.UniqueConstraint(fields=("user", "location", "role"), name="membership_held_once")],
        },
    ),
    migrations.CreateModel(
        name="RoleEvent",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "action",
                models.CharField(
                    choices=[("granted", "granted"), ("revoked", "revoked")], max_length=10, verbose_name="action"
                ),
            ),
            (
                "right",
                models.CharField(
                    choices=[
                        ("rental_manager", "Rental manager"),
                        ("location_administrator", "Location administrator"),
                        ("support", "Support"),
                        ("superuser", "Superuser"),
                        ("group", "Group"),
                    ],
                    max_length=30,
                    verbose_name="right",
                ),
            ),
            ("group", models.CharField(blank=True, max_length=150, verbose_name="group")),
            ("at", models.DateTimeField(verbose_name="when")),
            ("by", models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="who")),
            (
                "location",
                models.ForeignKey(
                    "coworking.location",
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="+",
                    verbose_name="location",
                ),
            ),
            (
                "person",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, related_name="role_events", verbose_name="person"
                ),
            ),
        ],
        options={
            "verbose_name": "change of rights",
            "verbose_name_plural": "changes of rights",
            "constraints": [
                models.CheckConstraint(condition=~Q(by=F("person")), name="role_event_by_another"),
                models.CheckConstraint(
                    condition=Q(
                        group="", location__isnull=False, right__in=["rental_manager", "location_administrator"]
                    )
                    | Q(group="", location__isnull=True, right__in=["support", "superuser"])
                    | Q(location__isnull=True, right="group") & ~Q(group=""),
                    name="role_event_says_where",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="SecurityEvent",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("signed_in", "Sign-in"),
                        ("failed", "Sign-in failed"),
                        ("locked_out", "Too many attempts, stopped"),
                        ("code_sent", "Code for sign-in sent"),
                        ("password", "Password changed"),
                        ("rights", "Rights changed"),
                        ("ended", "All sessions ended"),
                        ("factor_on", "Second factor added"),
                        ("factor_off", "Second factor removed"),
                        ("session_off", "Session ended"),
                        ("others_off", "All other sessions ended"),
                        ("email", "E-mail changed"),
                        ("phone", "Phone changed"),
                    ],
                    max_length=12,
                    verbose_name="event",
                ),
            ),
            ("method", models.CharField(blank=True, max_length=40, verbose_name="method")),
            ("address", models.GenericIPAddressField(null=True, verbose_name="address")),
            ("client", models.CharField(blank=True, max_length=200, verbose_name="browser")),
            ("at", models.DateTimeField(verbose_name="when")),
            (
                "person",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="person"
                ),
            ),
            (
                "role_event",
                models.OneToOneField(
                    "accounts.roleevent", models.PROTECT, null=True, related_name="+", verbose_name="change of rights"
                ),
            ),
        ],
        options={
            "verbose_name": "security event",
            "verbose_name_plural": "security events",
            "constraints": [
                models.CheckConstraint(
                    condition=Q(kind="rights", person__isnull=False, role_event__isnull=False)
                    | (~Q(kind="rights") & Q(role_event__isnull=True)),
                    name="security_event_says_which_right",
                )
            ],
            "indexes": [models.Index(fields=["person", "-id"], name="security_event_of_person")],
        },
    ),
    migrations.CreateModel(
        name="AccessEvent",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "screen",
                models.CharField(
                    choices=[
                        ("order_form", "Order form: chosen"),
                        ("order", "Order: opened"),
                        ("ticket", "Ticket: opened"),
                        ("orders_export", "Orders: exported"),
                        ("tickets_export", "Tickets: exported"),
                        ("money_export", "Money of a day: exported"),
                        ("api", "By a program"),
                        ("people_import", "Import of people"),
                        ("erasure", "Data erased"),
                        ("merge", "Records compared or merged"),
                        ("company", "Company: by its administrator"),
                    ],
                    max_length=20,
                    verbose_name="screen",
                ),
            ),
            ("number", models.PositiveBigIntegerField(blank=True, null=True, verbose_name="number")),
            ("at", models.DateTimeField(verbose_name="when")),
            (
                "by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name="who"
                ),
            ),
            (
                "location",
                models.ForeignKey(
                    "coworking.location", models.PROTECT, db_index=False, related_name="+", verbose_name="location"
                ),
            ),
            (
                "person",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name="whom"
                ),
            ),
        ],
        options={
            "verbose_name": "look at a person",
            "verbose_name_plural": "access log",
            "indexes": [
                models.Index(fields=["location", "-at", "-id"], name="access_at_location"),
                models.Index(fields=["person", "-at"], name="access_to_person"),
                models.Index(fields=["by", "-at"], name="access_by_person"),
            ],
        },
    ),
    migrations.CreateModel(
        name="Document",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kind",
                models.CharField(
                    choices=[
                        ("policy", "Personal-data policy"),
                        ("offer", "Public offer"),
                        ("rules", "House rules"),
                        ("account", "Account without an order"),
                        ("advertising", "Letters about discounts and events"),
                    ],
                    max_length=12,
                    verbose_name="document",
                ),
            ),
            ("edition", models.PositiveSmallIntegerField(editable=False, verbose_name="edition")),
            ("text", models.TextField(help_text="An empty line begins a new paragraph.", verbose_name="text")),
            ("changes", models.CharField(blank=True, max_length=300, verbose_name="what changed")),
            ("published_at", models.DateTimeField(editable=False, verbose_name="published at")),
            (
                "published_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    editable=False,
                    null=True,
                    related_name="+",
                    verbose_name="published by",
                ),
            ),
            (
                "location",
                models.ForeignKey(
                    "coworking.location",
                    models.PROTECT,
                    blank=True,
                    editable=False,
                    null=True,
                    related_name="+",
                    verbose_name="location",
                ),
            ),
            ("starts_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="in force from")),
        ],
        options={
            "verbose_name": "edition of a document",
            "verbose_name_plural": "documents",
            "constraints": [
                models.UniqueConstraint(fields=("id", "kind"), name="document_key_of_its_kind"),
                models.CheckConstraint(condition=Q(edition__gte=1), name="document_edition_is_counted_from_one"),
                models.CheckConstraint(condition=~Q(text=""), name="document_has_a_text"),
                models.UniqueConstraint(
                    fields=("kind", "edition", "location"),
                    name="document_edition_once_a_location",
                    nulls_distinct=False,
                ),
                models.CheckConstraint(
                    condition=Q(location=None, starts_at=None)
                    | Q(kind__in=("policy", "offer", "rules"), location__isnull=False),
                    name="document_of_a_location_is_no_consent",
                ),
            ],
        },
    ),
    migrations.CreateModel(
        name="ConsentEvent",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "purpose",
                models.CharField(
                    choices=[
                        ("policy", "Personal-data policy"),
                        ("offer", "Public offer"),
                        ("rules", "House rules"),
                        ("account", "Account without an order"),
                        ("advertising", "Letters about discounts and events"),
                    ],
                    max_length=12,
                    verbose_name="purpose",
                ),
            ),
            (
                "action",
                models.CharField(
                    choices=[("given", "given"), ("withdrawn", "withdrawn")], max_length=10, verbose_name="action"
                ),
            ),
            (
                "channel",
                models.CharField(
                    choices=[("profile", "on the page of the profile")], max_length=10, verbose_name="channel"
                ),
            ),
            ("address", models.GenericIPAddressField(null=True, verbose_name="address")),
            ("client", models.CharField(blank=True, max_length=200, verbose_name="browser")),
            ("at", models.DateTimeField(verbose_name="when")),
            (
                "person",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name="person"
                ),
            ),
            (
                "document",
                models.ForeignKey("accounts.document", models.PROTECT, related_name="+", verbose_name="edition"),
            ),
        ],
        options={
            "verbose_name": "consent",
            "verbose_name_plural": "consents",
            "constraints": [
                models.CheckConstraint(
                    condition=Q(purpose__in=("account", "advertising")), name="consent_for_a_purpose_that_needs_one"
                )
            ],
            "indexes": [models.Index(fields=["person", "purpose", "-id"], name="consent_of_person")],
        },
    ),
    migrations.CreateModel(
        name="SavedFilter",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "list",
                models.CharField(
                    choices=[("orders", "Requests and orders"), ("tickets", "Tickets")],
                    max_length=10,
                    verbose_name="list",
                ),
            ),
            ("name", models.CharField(max_length=40, verbose_name="name")),
            ("query", models.CharField(max_length=1000, verbose_name="filters")),
            ("is_default", models.BooleanField(default=False, verbose_name="opens with the list")),
            (
                "location",
                models.ForeignKey(
                    "coworking.location", models.CASCADE, db_index=False, related_name="+", verbose_name="location"
                ),
            ),
            (
                "user",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="+", verbose_name="who"
                ),
            ),
        ],
        options={
            "verbose_name": "saved filter",
            "verbose_name_plural": "saved filters",
            "constraints": [
                models.UniqueConstraint(fields=("user", "location", "list", "name"), name="saved_filter_name_once"),
                models.UniqueConstraint(
                    condition=Q(is_default=True), fields=("user", "location", "list"), name="saved_filter_one_default"
                ),
                models.CheckConstraint(condition=~Q(name="") & ~Q(query=""), name="saved_filter_says_something"),
            ],
        },
    ),
    migrations.CreateModel(
        name="PeopleImport",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "basis",
                models.CharField(
                    choices=[("contract", "A contract"), ("consent", "Written consents")],
                    max_length=10,
                    verbose_name="basis of processing",
                ),
            ),
            ("file_name", models.CharField(max_length=100, verbose_name="file")),
            ("rows", models.JSONField(default=list, verbose_name="rows")),
            ("uploaded_at", models.DateTimeField(verbose_name="uploaded at")),
            ("imported_at", models.DateTimeField(blank=True, null=True, verbose_name="imported at")),
            ("created", models.PositiveIntegerField(default=0, verbose_name="registered")),
            ("changed", models.PositiveIntegerField(default=0, verbose_name="changed")),
            (
                "by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name="who"
                ),
            ),
            (
                "location",
                models.ForeignKey(
                    "coworking.location", models.PROTECT, db_index=False, related_name="+", verbose_name="location"
                ),
            ),
        ],
        options={
            "verbose_name": "import of people",
            "verbose_name_plural": "imports of people",
            "constraints": [
                models.CheckConstraint(
                    condition=Q(imported_at__isnull=False) | Q(changed=0, created=0),
                    name="people_import_counts_once_imported",
                )
            ],
            "indexes": [models.Index(fields=["location", "-id"], name="people_import_of_location")],
        },
    ),
]


class Migration(migrations.Migration):
    replaces = [("accounts", "0020_documents")]

    dependencies = [("accounts", "0002_squashed_0042_companies"), ("coworking", "0001_squashed_0062_places")]

    operations = [CreateTables(*TABLES)]
