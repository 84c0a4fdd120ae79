"""Records of people and companies that were merged into another, and what moved; nobody rewrites that."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F, Q

SCREENS = [
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
]
COMPANY_ACTIONS = [
    ("added", "added"),
    ("changed", "changed"),
    ("joined", "person added"),
    ("left", "person removed"),
    ("promoted", "administrator appointed"),
    ("demoted", "administrator dismissed"),
    ("merged", "records merged"),
]
SAYS_WHAT = (
    Q(action="added", field="", person=None)
    | Q(action="changed", person=None) & ~Q(field="") & ~Q(old=F("new"))
    | Q(action__in=["joined", "left", "promoted", "demoted"], field="", person__isnull=False)
)

# An erasure empties names and contacts and takes the reason, which may name the person, and nothing else.
GUARD = """
CREATE FUNCTION accounts_refuse_rewriting_merges() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('olvery.erasing', true) = 'on'
        AND to_jsonb(NEW) - {erased} = to_jsonb(OLD) - {erased} THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'history_only_grows';
END $$;

CREATE TRIGGER person_merge_not_rewritten BEFORE UPDATE ON accounts_personmerge
FOR EACH ROW EXECUTE FUNCTION accounts_refuse_rewriting_merges();

CREATE TRIGGER person_merge_only_grows BEFORE DELETE ON accounts_personmerge
FOR EACH ROW EXECUTE FUNCTION accounts_refuse_rewriting();

CREATE TRIGGER person_merge_not_truncated BEFORE TRUNCATE ON accounts_personmerge
FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_rewriting();

CREATE TRIGGER company_merge_only_grows BEFORE UPDATE OR DELETE ON accounts_companymerge
FOR EACH ROW EXECUTE FUNCTION accounts_refuse_rewriting();

CREATE TRIGGER company_merge_not_truncated BEFORE TRUNCATE ON accounts_companymerge
FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_rewriting();
""".replace("{erased}", "'{contacts,replaced,reason}'::text[]")

GUARD_BACK = """
DROP TRIGGER company_merge_not_truncated ON accounts_companymerge;
DROP TRIGGER company_merge_only_grows ON accounts_companymerge;
DROP TRIGGER person_merge_not_truncated ON accounts_personmerge;
DROP TRIGGER person_merge_only_grows ON accounts_personmerge;
DROP TRIGGER person_merge_not_rewritten ON accounts_personmerge;
DROP FUNCTION accounts_refuse_rewriting_merges();
"""


def link(to: str, verbose_name: str) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=to, verbose_name=verbose_name
    )


def merged_into(to: str, **options: bool) -> models.ForeignKey:
    return models.ForeignKey(
        blank=True,
        editable=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="merged",
        to=to,
        verbose_name="merged into",
        **options,
    )


def gone(to: str) -> models.OneToOneField:
    return models.OneToOneField(
        on_delete=django.db.models.deletion.PROTECT,
        related_name="merge",
        to=to,
        verbose_name="record that was merged",
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0036_companies_on_account")]

    operations = [
        migrations.AlterField(
            "accessevent", "screen", models.CharField(choices=SCREENS, max_length=20, verbose_name="screen")
        ),
        migrations.AlterField(
            "companyevent", "action", models.CharField(choices=COMPANY_ACTIONS, max_length=10, verbose_name="action")
        ),
        migrations.AddField("user", "merged_into", merged_into(settings.AUTH_USER_MODEL, db_index=False)),
        migrations.AddField("company", "merged_into", merged_into("accounts.company")),
        migrations.CreateModel(
            name="PersonMerge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kept", link(settings.AUTH_USER_MODEL, "record that stays")),
                ("gone", gone(settings.AUTH_USER_MODEL)),
                ("reason", models.CharField(max_length=300, verbose_name="why")),
                ("contacts", models.JSONField(default=dict, verbose_name="former name and contacts")),
                ("replaced", models.JSONField(default=dict, verbose_name="replaced name and contacts")),
                ("moved", models.JSONField(default=dict, verbose_name="what moved")),
                ("by", link(settings.AUTH_USER_MODEL, "who")),
                ("at", models.DateTimeField(verbose_name="when")),
            ],
            options={
                "verbose_name": "merge of people",
                "verbose_name_plural": "merges of people",
                "constraints": [
                    models.CheckConstraint(condition=~Q(kept=F("gone")), name="person_merge_of_two"),
                    models.CheckConstraint(
                        condition=~Q(by=F("kept")) & ~Q(by=F("gone")), name="person_merge_by_another"
                    ),
                    models.CheckConstraint(condition=~Q(reason=""), name="person_merge_says_why"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CompanyMerge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kept", link("accounts.company", "record that stays")),
                ("gone", gone("accounts.company")),
                ("reason", models.CharField(max_length=300, verbose_name="why")),
                ("moved", models.JSONField(default=dict, verbose_name="what moved")),
                ("by", link(settings.AUTH_USER_MODEL, "who")),
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
        AddConstraintNotValid(
            "user",
            models.CheckConstraint(
                condition=Q(merged_into=None)
                | Q(phone=None, email=None, is_active=False, is_staff=False, is_superuser=False),
                name="user_merged_has_no_contacts",
            ),
        ),
        AddConstraintNotValid(
            "user",
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("pk")), name="user_merged_into_another"
            ),
        ),
        AddConstraintNotValid(
            "company",
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("pk")), name="company_merged_into_another"
            ),
        ),
        migrations.RemoveConstraint("companyevent", "company_event_says_what"),
        AddConstraintNotValid(
            "companyevent",
            models.CheckConstraint(
                condition=SAYS_WHAT | Q(action="merged", field="", person=None), name="company_event_says_what"
            ),
        ),
        migrations.RunSQL(GUARD, GUARD_BACK),
    ]
