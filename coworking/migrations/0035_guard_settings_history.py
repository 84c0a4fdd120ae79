"""A history of settings that nobody rewrites."""

from django.db import migrations

HISTORY = """
CREATE TRIGGER settings_event_only_grows BEFORE UPDATE OR DELETE ON coworking_settingsevent
FOR EACH ROW EXECUTE FUNCTION accounts_refuse_rewriting();

CREATE TRIGGER settings_event_not_truncated BEFORE TRUNCATE ON coworking_settingsevent
FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_rewriting();
"""

HISTORY_BACK = """
DROP TRIGGER settings_event_not_truncated ON coworking_settingsevent;
DROP TRIGGER settings_event_only_grows ON coworking_settingsevent;
"""


class Migration(migrations.Migration):
    dependencies = [("coworking", "0034_settings_history"), ("accounts", "0009_guard_role_history")]

    operations = [migrations.RunSQL(HISTORY, HISTORY_BACK)]
