"""Companies, who belongs to them, and their history; the tables are new."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import olvery.shared.requisites


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0026_lists"),
    ]

    operations = [
        migrations.CreateModel(
            name="Company",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "inn",
                    models.CharField(
                        max_length=12,
                        unique=True,
                        validators=[olvery.shared.requisites.validate_inn],
                        verbose_name="INN",
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
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created at")),
                ("name_key", models.CharField(db_collation="C", editable=False, max_length=410)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="created by",
                    ),
                ),
            ],
            options={
                "verbose_name": "company",
                "verbose_name_plural": "companies",
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
                        ],
                        max_length=10,
                        verbose_name="action",
                    ),
                ),
                ("field", models.CharField(blank=True, max_length=40, verbose_name="setting")),
                ("old", models.CharField(blank=True, max_length=300, verbose_name="before")),
                ("new", models.CharField(blank=True, max_length=300, verbose_name="after")),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="accounts.company",
                        verbose_name="company",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of a company",
                "verbose_name_plural": "changes of companies",
            },
        ),
        migrations.CreateModel(
            name="CompanyMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="accounts.company",
                        verbose_name="company",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="at_companies",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "person of a company",
                "verbose_name_plural": "people of companies",
            },
        ),
        migrations.AddIndex(
            model_name="company",
            index=models.Index(fields=["name_key", "id"], name="company_list"),
        ),
        migrations.AddIndex(
            model_name="company",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("name_key", "gin_trgm_ops"), name="company_name_trigrams"
            ),
        ),
        migrations.AddConstraint(
            model_name="company",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("inn__regex", "^[0-9]{10}$"), models.Q(("kpp", ""), _negated=True)),
                    models.Q(("inn__regex", "^[0-9]{12}$"), ("kpp", "")),
                    _connector="OR",
                ),
                name="company_kpp_fits_its_inn",
            ),
        ),
        migrations.AddConstraint(
            model_name="company",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="company_has_a_name"
            ),
        ),
        migrations.AddIndex(
            model_name="companyevent",
            index=models.Index(fields=["company", "-id"], name="company_event_of_company"),
        ),
        migrations.AddConstraint(
            model_name="companyevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("action", "added"), ("field", ""), ("person", None)),
                    models.Q(
                        ("action", "changed"),
                        ("person", None),
                        models.Q(("field", ""), _negated=True),
                        models.Q(("old", models.F("new")), _negated=True),
                    ),
                    models.Q(("action__in", ["joined", "left"]), ("field", ""), ("person__isnull", False)),
                    _connector="OR",
                ),
                name="company_event_says_what",
            ),
        ),
        migrations.AddConstraint(
            model_name="companymember",
            constraint=models.UniqueConstraint(fields=("company", "person"), name="company_member_once"),
        ),
    ]
