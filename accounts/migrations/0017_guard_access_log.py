"""An access log that nobody rewrites or empties."""

from django.db import migrations

GUARD = """
CREATE TRIGGER access_event_only_grows BEFORE UPDATE OR DELETE ON accounts_accessevent
FOR EACH ROW EXECUTE FUNCTION accounts_refuse_rewriting();

CREATE TRIGGER access_event_not_truncated BEFORE TRUNCATE ON accounts_accessevent
FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_rewriting();
"""

GUARD_BACK = """
DROP TRIGGER access_event_not_truncated ON accounts_accessevent;
DROP TRIGGER access_event_only_grows ON accounts_accessevent;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0016_access_log")]
    operations = [migrations.RunSQL(GUARD, GUARD_BACK)]
