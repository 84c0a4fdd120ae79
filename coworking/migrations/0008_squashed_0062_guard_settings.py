"""Settings whose past stays: cancellation steps end instead of changing, and nobody rewrites the history."""

from django.db import migrations

from olvery.shared.tables import only_grows

STEPS = """
CREATE FUNCTION cancellation_step_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (TG_OP = 'DELETE' OR OLD.until IS NOT NULL
        OR (NEW.service_id, NEW.hours_before, NEW.percent, NEW.since)
            IS DISTINCT FROM (OLD.service_id, OLD.hours_before, OLD.percent, OLD.since))
       AND EXISTS (SELECT FROM coworking_ticket WHERE service_id = OLD.service_id)
    THEN
        RAISE EXCEPTION 'Orders were made under this cancellation step: it can only end.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'cancellation_step_only_ends';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER cancellation_step_only_ends BEFORE UPDATE OR DELETE ON coworking_cancellationstep
FOR EACH ROW EXECUTE FUNCTION cancellation_step_guard();
"""
STEPS_BACK = """
DROP TRIGGER cancellation_step_only_ends ON coworking_cancellationstep;
DROP FUNCTION cancellation_step_guard();
"""


class Migration(migrations.Migration):
    replaces = [("coworking", "0051_terms_of_orders")]

    dependencies = [("accounts", "0004_squashed_0042_guards"), ("coworking", "0007_squashed_0062_keys_and_codes")]

    operations = [
        migrations.RunSQL(STEPS, STEPS_BACK),
        only_grows(
            "accounts_refuse_rewriting",
            "settings_event_only_grows",
            "settings_event_not_truncated",
            "coworking_settingsevent",
        ),
    ]
