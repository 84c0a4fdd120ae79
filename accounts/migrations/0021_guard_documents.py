"""Documents and consents that nobody rewrites or empties, and consents to documents of their purpose alone."""

from django.db import migrations

TABLES = {"document": "accounts_document", "consent": "accounts_consentevent"}

GUARD = """
CREATE TRIGGER {name}_only_grows BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION accounts_refuse_rewriting();

CREATE TRIGGER {name}_not_truncated BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_rewriting();
"""

GUARD_BACK = """
DROP TRIGGER {name}_not_truncated ON {table};
DROP TRIGGER {name}_only_grows ON {table};
"""

PURPOSE = """
ALTER TABLE accounts_consentevent ADD CONSTRAINT consent_to_a_document_of_its_purpose
FOREIGN KEY (document_id, purpose) REFERENCES accounts_document (id, kind);
"""

PURPOSE_BACK = "ALTER TABLE accounts_consentevent DROP CONSTRAINT consent_to_a_document_of_its_purpose;"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0020_documents")]

    operations = [
        *(
            migrations.RunSQL(GUARD.format(name=name, table=table), GUARD_BACK.format(name=name, table=table))
            for name, table in TABLES.items()
        ),
        migrations.RunSQL(PURPOSE, PURPOSE_BACK),
    ]
