"""Accepted terms that nobody rewrites or empties."""

from django.db import migrations

GUARD = """
CREATE TRIGGER accepted_terms_only_grow BEFORE UPDATE OR DELETE ON orders_acceptedterms
FOR EACH ROW EXECUTE FUNCTION orders_refuse_rewriting();

CREATE TRIGGER accepted_terms_not_truncated BEFORE TRUNCATE ON orders_acceptedterms
FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_rewriting();
"""

GUARD_BACK = """
DROP TRIGGER accepted_terms_not_truncated ON orders_acceptedterms;
DROP TRIGGER accepted_terms_only_grow ON orders_acceptedterms;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0069_accepted_terms")]

    operations = [migrations.RunSQL(GUARD, GUARD_BACK)]
