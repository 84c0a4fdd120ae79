"""The log of Django admin kept the names of people who were erased since. It has a row for each change by support."""

from django.db import migrations

FORGET = """
UPDATE django_admin_log SET object_repr = concat_ws(' ', person.last_name, person.first_name)
FROM accounts_user AS person, django_content_type AS kind
WHERE (kind.app_label, kind.model) = ('accounts', 'user') AND django_admin_log.content_type_id = kind.id
    AND django_admin_log.object_id = person.id::text AND person.erased_at IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0044_card_of_a_customer"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [migrations.RunSQL(FORGET, migrations.RunSQL.noop)]
