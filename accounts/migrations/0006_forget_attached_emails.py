"""Forget the e-mails that people attached themselves: a sign-in code would go to them."""

from django.db import migrations

FORGET = """
DELETE FROM account_emailconfirmation WHERE email_address_id IN (
    SELECT attached.id FROM account_emailaddress attached JOIN accounts_user person ON person.id = attached.user_id
    WHERE lower(attached.email) IS DISTINCT FROM person.email
);
DELETE FROM account_emailaddress attached USING accounts_user person
WHERE person.id = attached.user_id AND lower(attached.email) IS DISTINCT FROM person.email;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_phone_is_a_number"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [migrations.RunSQL(FORGET, migrations.RunSQL.noop)]
