"""Security events that nobody rewrites, beginning with the changes of rights there were."""

from django.db import migrations

GUARD = """
CREATE TRIGGER security_event_only_grows BEFORE UPDATE OR DELETE ON accounts_securityevent
FOR EACH ROW EXECUTE FUNCTION accounts_refuse_rewriting();

CREATE TRIGGER security_event_not_truncated BEFORE TRUNCATE ON accounts_securityevent
FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_rewriting();

INSERT INTO accounts_securityevent (person_id, kind, method, role_event_id, client, at)
SELECT person_id, 'rights', '', id, '', at FROM accounts_roleevent ORDER BY id;
"""

GUARD_BACK = """
DROP TRIGGER security_event_not_truncated ON accounts_securityevent;
DROP TRIGGER security_event_only_grows ON accounts_securityevent;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_security_events")]

    operations = [migrations.RunSQL(GUARD, GUARD_BACK)]
