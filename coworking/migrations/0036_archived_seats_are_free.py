"""A seat that is archived has no bookings ahead, and gets none.

The trigger of tickets has locked the service by then (`ticket_guard` sorts before `ticket_seat_not_archived`); that of
seats locks it here, so that the two see each other. Tickets that stand on an archived seat since before this rule may
still be paid for.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION coworking_guard_archived_seat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM coworking_service WHERE id = NEW.service_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM coworking_ticket
        WHERE seat_id = NEW.id AND status IN ('held', 'active') AND upper(occupied) > now()
    ) THEN
        RAISE EXCEPTION 'seat % is booked', NEW.label
            USING ERRCODE = 'check_violation', CONSTRAINT = 'seat_archived_without_bookings';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER seat_archived_guard BEFORE UPDATE OF is_active ON coworking_seat
FOR EACH ROW WHEN (OLD.is_active AND NOT NEW.is_active) EXECUTE FUNCTION coworking_guard_archived_seat();

CREATE FUNCTION coworking_guard_ticket_seat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.status IN ('held', 'active') AND OLD.seat_id = NEW.seat_id THEN RETURN NEW; END IF;
    IF EXISTS (SELECT 1 FROM coworking_seat WHERE id = NEW.seat_id AND NOT is_active) THEN
        RAISE EXCEPTION 'the seat of ticket % is archived', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_not_on_an_archived_seat';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ticket_seat_not_archived BEFORE INSERT OR UPDATE OF seat_id, status ON coworking_ticket
FOR EACH ROW WHEN (NEW.seat_id IS NOT NULL AND NEW.status IN ('held', 'active'))
EXECUTE FUNCTION coworking_guard_ticket_seat();
"""

BACKWARD = """
DROP TRIGGER ticket_seat_not_archived ON coworking_ticket;
DROP FUNCTION coworking_guard_ticket_seat();
DROP TRIGGER seat_archived_guard ON coworking_seat;
DROP FUNCTION coworking_guard_archived_seat();
"""


class Migration(migrations.Migration):
    dependencies = [("coworking", "0035_guard_settings_history")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
