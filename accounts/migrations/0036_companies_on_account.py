"""Companies order on account up to a limit, and have administrators of their own."""

from django.db import migrations, models
from django.db.models import F, Q

import olvery.shared.money

OF_A_PERSON = ["joined", "left", "promoted", "demoted"]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0035_mark_claimed_phones")]

    operations = [
        migrations.AddField(
            model_name="company",
            name="email",
            field=models.EmailField(
                blank=True, db_default="", default="", max_length=254, verbose_name="e-mail for invoices and acts"
            ),
        ),
        migrations.AddField(
            model_name="company",
            name="credit_limit",
            field=olvery.shared.money.MoneyField(
                blank=True, decimal_places=2, max_digits=12, null=True, verbose_name="limit of orders on account"
            ),
        ),
        migrations.AddConstraint(
            model_name="company",
            constraint=models.CheckConstraint(condition=Q(credit_limit__gte=0), name="company_limit_not_below_zero"),
        ),
        migrations.AddField(
            model_name="companymember",
            name="is_administrator",
            field=models.BooleanField(default=False, db_default=False, verbose_name="administrator of the company"),
        ),
        migrations.AlterField(
            model_name="companyevent",
            name="action",
            field=models.CharField(
                choices=[
                    ("added", "added"),
                    ("changed", "changed"),
                    ("joined", "person added"),
                    ("left", "person removed"),
                    ("promoted", "administrator appointed"),
                    ("demoted", "administrator dismissed"),
                ],
                max_length=10,
                verbose_name="action",
            ),
        ),
        migrations.RemoveConstraint(model_name="companyevent", name="company_event_says_what"),
        migrations.AddConstraint(
            model_name="companyevent",
            constraint=models.CheckConstraint(
                condition=Q(action="added", field="", person=None)
                | Q(action="changed", person=None) & ~Q(field="") & ~Q(old=F("new"))
                | Q(action__in=OF_A_PERSON, field="", person__isnull=False),
                name="company_event_says_what",
            ),
        ),
        migrations.AlterField(
            model_name="accessevent",
            name="screen",
            field=models.CharField(
                choices=[
                    ("order_form", "Order form: chosen"),
                    ("order", "Order: opened"),
                    ("ticket", "Ticket: opened"),
                    ("orders_export", "Orders: exported"),
                    ("tickets_export", "Tickets: exported"),
                    ("money_export", "Money of a day: exported"),
                    ("api", "By a program"),
                    ("people_import", "Import of people"),
                    ("erasure", "Erased at the person's request"),
                    ("company", "Company: by its administrator"),
                ],
                max_length=20,
                verbose_name="screen",
            ),
        ),
    ]
