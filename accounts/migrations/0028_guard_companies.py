"""A history of companies that nobody rewrites or empties."""

from django.db import migrations

GUARD = """
CREATE TRIGGER company_event_only_grows BEFORE UPDATE OR DELETE ON accounts_companyevent
FOR EACH ROW EXECUTE FUNCTION accounts_refuse_rewriting();

CREATE TRIGGER company_event_not_truncated BEFORE TRUNCATE ON accounts_companyevent
FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_rewriting();
"""

GUARD_BACK = """
DROP TRIGGER company_event_not_truncated ON accounts_companyevent;
DROP TRIGGER company_event_only_grows ON accounts_companyevent;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0027_companies")]
    operations = [migrations.RunSQL(GUARD, GUARD_BACK)]
