"""Cancellation steps hold for orders of a time, and end instead of changing."""

from django.db import migrations, models

GUARD = """
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
NO_GUARD = """
DROP TRIGGER cancellation_step_only_ends ON coworking_cancellationstep;
DROP FUNCTION cancellation_step_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("coworking", "0050_prices_section")]

    operations = [
        migrations.AddField(
            "cancellationstep",
            "since",
            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="for orders from"),
        ),
        migrations.AddField(
            "cancellationstep",
            "until",
            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="for orders until"),
        ),
        migrations.RemoveConstraint("cancellationstep", "cancellation_step_once_a_notice"),
        migrations.AddConstraint(
            "cancellationstep",
            models.UniqueConstraint(
                fields=["service", "hours_before"],
                condition=models.Q(until=None),
                name="cancellation_step_once_a_notice",
            ),
        ),
        migrations.AddConstraint(
            "cancellationstep",
            models.CheckConstraint(
                condition=models.Q(since=None) | models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="cancellation_step_ends_after_it_begins",
            ),
        ),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
