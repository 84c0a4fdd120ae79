"""Companies, who belongs to them, and what became of their records."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models
from django.db.models import F, Q
from django.utils import timezone

import olvery.shared.requisites
from olvery.shared.money import MoneyField
from olvery.shared.tables import CreateTables

TABLES = [
    migrations.CreateModel(
        name="Company",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "inn",
                models.CharField(
                    max_length=12, unique=True, validators=[olvery.shared.requisites.validate_inn], verbose_name="INN"
                ),
            ),
            (
                "kpp",
                models.CharField(
                    blank=True, max_length=9, validators=[olvery.shared.requisites.validate_kpp], verbose_name="KPP"
                ),
            ),
            ("name", models.CharField(max_length=200, verbose_name="name")),
            ("address", models.CharField(blank=True, max_length=300, verbose_name="legal address")),
            ("agreement", models.CharField(blank=True, max_length=60, verbose_name="agreement number")),
            ("created_at", models.DateTimeField(default=timezone.now, verbose_name="created at")),
            ("name_key", models.CharField(db_collation="C", editable=False, max_length=410)),
            (
                "created_by",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="created by"
                ),
            ),
            (
                "email",
                models.EmailField(
                    blank=True, db_default="", default="", max_length=254, verbose_name="e-mail for invoices and acts"
                ),
            ),
            (
                "credit_limit",
                MoneyField(
                    blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="limit of orders on account"
                ),
            ),
            (
                "merged_into",
                models.ForeignKey(
                    "accounts.company",
                    models.PROTECT,
                    blank=True,
                    editable=False,
                    null=True,
                    related_name="merged",
                    verbose_name="merged into",
                ),
            ),
        ],
        options={
            "verbose_name": "company",
            "verbose_name_plural": "companies",
            "constraints": [
                models.CheckConstraint(
                    condition=Q(inn__regex="^[0-9]{10}$") & ~Q(kpp="") | Q(inn__regex="^[0-9]{12}$", kpp=""),
                    name="company_kpp_fits_its_inn",
                ),
                models.CheckConstraint(condition=~Q(name=""), name="company_has_a_name"),
                models.CheckConstraint(condition=Q(credit_limit__gte=0), name="company_limit_not_below_zero"),
                models.CheckConstraint(
                    condition=Q(merged_into=None) | ~Q(merged_into=F("pk")), name="company_merged_into_another"
                ),
            ],
            "indexes": [
                models.Index(fields=["name_key", "id"], name="company_list"),
                GinIndex(OpClass("name_key", "gin_trgm_ops"), name="company_name_trigrams"),
            ],
        },
    ),
    migrations.CreateModel(
        name="CompanyMember",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "company",
                models.ForeignKey(
                    "accounts.company", models.PROTECT, db_index=False, related_name="members", verbose_name="company"
                ),
            ),
            (
                "person",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL, models.PROTECT, related_name="at_companies", verbose_name="person"
                ),
            ),
            (
                "is_administrator",
                models.BooleanField(db_default=False, default=False, verbose_name="administrator of the company"),
            ),
        ],
        options={
            "verbose_name": "person of a company",
            "verbose_name_plural": "people of companies",
            "constraints": [models.UniqueConstraint(fields=("company", "person"), name="company_member_once")],
        },
    ),
    migrations.CreateModel(
        name="CompanyEvent",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "action",
                models.CharField(
                    choices=[
                        ("added", "added"),
                        ("changed", "changed"),
                        ("joined", "person added"),
                        ("left", "person removed"),
                        ("promoted", "administrator appointed"),
                        ("demoted", "administrator dismissed"),
                        ("merged", "records merged"),
                    ],
                    max_length=10,
                    verbose_name="action",
                ),
            ),
            ("field", models.CharField(blank=True, max_length=40, verbose_name="setting")),
            ("old", models.CharField(blank=True, max_length=300, verbose_name="before")),
            ("new", models.CharField(blank=True, max_length=300, verbose_name="after")),
            ("at", models.DateTimeField(verbose_name="when")),
            ("by", models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="who")),
            (
                "company",
                models.ForeignKey(
                    "accounts.company", models.PROTECT, db_index=False, related_name="events", verbose_name="company"
                ),
            ),
            (
                "person",
                models.ForeignKey(
                    settings.AUTH_USER_MODEL,
                    models.PROTECT,
                    blank=True,
                    null=True,
                    related_name="+",
                    verbose_name="person",
                ),
            ),
        ],
        options={
            "verbose_name": "change of a company",
            "verbose_name_plural": "changes of companies",
            "constraints": [
                models.CheckConstraint(
                    condition=Q(action="added", field="", person=None)
                    | Q(action="changed", person=None) & ~Q(field="") & ~Q(old=F("new"))
                    | Q(action__in=["joined", "left", "promoted", "demoted"], field="", person__isnull=False)
                    | Q(action="merged", field="", person=None),
                    name="company_event_says_what",
                )
            ],
            "indexes": [models.Index(fields=["company", "-id"], name="company_event_of_company")],
        },
    ),
    migrations.CreateModel(
        name="CompanyMerge",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "kept",
                models.ForeignKey(
                    "accounts.company", models.PROTECT, related_name="+", verbose_name="record that stays"
                ),
            ),
            (
                "gone",
                models.OneToOneField(
                    "accounts.company", models.PROTECT, related_name="merge", verbose_name="record that was merged"
                ),
            ),
            ("reason", models.CharField(max_length=300, verbose_name="why")),
            ("moved", models.JSONField(default=dict, verbose_name="what moved")),
            ("by", models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="who")),
            ("at", models.DateTimeField(verbose_name="when")),
        ],
        options={
            "verbose_name": "merge of companies",
            "verbose_name_plural": "merges of companies",
            "constraints": [
                models.CheckConstraint(condition=~Q(kept=F("gone")), name="company_merge_of_two"),
                models.CheckConstraint(condition=~Q(reason=""), name="company_merge_says_why"),
            ],
        },
    ),
]


class Migration(migrations.Migration):
    replaces = [("accounts", "0027_companies")]

    dependencies = [("accounts", "0001_squashed_0042_people")]

    operations = [CreateTables(*TABLES)]
