"""The guards let a ticket lie over the one block it names, which had to be open when it was named.

Closing the block later, moving the ticket within it, or restoring a cancelled ticket asks nothing anew: what was
confirmed stays confirmed. Any other block, standing or made later, is refused as before.
"""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION coworking_guard_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE service coworking_service%ROWTYPE;
BEGIN
    IF NEW.status NOT IN ('held', 'active') THEN RETURN NEW; END IF;
    SELECT * INTO service FROM coworking_service WHERE id = NEW.service_id FOR NO KEY UPDATE;
    IF NEW.over_block_id IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.over_block_id IS DISTINCT FROM NEW.over_block_id)
       AND NOT EXISTS (
        SELECT 1 FROM coworking_block
        WHERE id = NEW.over_block_id AND service_id = NEW.service_id AND is_open_to_managers AND lifted_at IS NULL
    ) THEN
        RAISE EXCEPTION 'the block of ticket % is not open to be ordered over', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_over_an_open_block';
    END IF;
    IF service.kind = 'seats' THEN
        IF NEW.seat_id IS NULL OR NOT EXISTS (
            SELECT 1 FROM coworking_seat WHERE id = NEW.seat_id AND service_id = NEW.service_id
        ) THEN
            RAISE EXCEPTION 'ticket % needs a seat of its service', NEW.number
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_seat_of_its_service';
        END IF;
        IF EXISTS (
            SELECT 1 FROM coworking_block
            WHERE service_id = NEW.service_id AND (seat_id = NEW.seat_id OR seat_id IS NULL)
              AND lifted_at IS NULL AND period && NEW.occupied AND id IS DISTINCT FROM NEW.over_block_id
        ) THEN
            RAISE EXCEPTION 'the seat of ticket % is blocked', NEW.number
                USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'ticket_not_on_a_block';
        END IF;
    ELSE
        IF NEW.seat_id IS NOT NULL THEN
            RAISE EXCEPTION 'ticket % of a pool has a seat', NEW.number
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_seat_of_its_service';
        END IF;
        IF coworking_peak(NEW.service_id, NEW.occupied, NEW.number, NULL) + 1 > service.capacity THEN
            RAISE EXCEPTION 'the pool of ticket % is full', NEW.number
                USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'ticket_pool_within_capacity';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION coworking_guard_block() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE service coworking_service%ROWTYPE;
BEGIN
    IF NEW.lifted_at IS NOT NULL THEN RETURN NEW; END IF;
    SELECT * INTO service FROM coworking_service WHERE id = NEW.service_id FOR NO KEY UPDATE;
    IF service.kind = 'seats' THEN
        IF NEW.seat_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM coworking_seat WHERE id = NEW.seat_id AND service_id = NEW.service_id
        ) THEN
            RAISE EXCEPTION 'a block needs a seat of its service'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'block_seat_of_its_service';
        END IF;
        IF EXISTS (
            SELECT 1 FROM coworking_ticket
            WHERE service_id = NEW.service_id AND (seat_id = NEW.seat_id OR NEW.seat_id IS NULL)
              AND status IN ('held', 'active') AND occupied && NEW.period AND over_block_id IS DISTINCT FROM NEW.id
        ) THEN
            RAISE EXCEPTION 'somebody has booked what the block would take'
                USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'block_not_on_a_ticket';
        END IF;
    ELSE
        IF NEW.seat_id IS NOT NULL THEN
            RAISE EXCEPTION 'a block of a pool has a seat'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'block_seat_of_its_service';
        END IF;
        IF coworking_peak(NEW.service_id, NEW.period, NULL, NEW.id) + NEW.places > service.capacity THEN
            RAISE EXCEPTION 'somebody has booked what the block would take'
                USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'block_not_on_a_ticket';
        END IF;
    END IF;
    RETURN NEW;
END $$;

DROP TRIGGER ticket_guard ON coworking_ticket;
CREATE TRIGGER ticket_guard BEFORE INSERT OR UPDATE OF service_id, seat_id, occupied, status, over_block_id ON coworking_ticket
FOR EACH ROW EXECUTE FUNCTION coworking_guard_ticket();
"""

BACKWARD = """
CREATE OR REPLACE FUNCTION coworking_guard_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE service coworking_service%ROWTYPE;
BEGIN
    IF NEW.status NOT IN ('held', 'active') THEN RETURN NEW; END IF;
    SELECT * INTO service FROM coworking_service WHERE id = NEW.service_id FOR NO KEY UPDATE;
    IF service.kind = 'seats' THEN
        IF NEW.seat_id IS NULL OR NOT EXISTS (
            SELECT 1 FROM coworking_seat WHERE id = NEW.seat_id AND service_id = NEW.service_id
        ) THEN
            RAISE EXCEPTION 'ticket % needs a seat of its service', NEW.number
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_seat_of_its_service';
        END IF;
        IF EXISTS (
            SELECT 1 FROM coworking_block
            WHERE service_id = NEW.service_id AND (seat_id = NEW.seat_id OR seat_id IS NULL)
              AND lifted_at IS NULL AND period && NEW.occupied
        ) THEN
            RAISE EXCEPTION 'the seat of ticket % is blocked', NEW.number
                USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'ticket_not_on_a_block';
        END IF;
    ELSE
        IF NEW.seat_id IS NOT NULL THEN
            RAISE EXCEPTION 'ticket % of a pool has a seat', NEW.number
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_seat_of_its_service';
        END IF;
        IF coworking_peak(NEW.service_id, NEW.occupied, NEW.number, NULL) + 1 > service.capacity THEN
            RAISE EXCEPTION 'the pool of ticket % is full', NEW.number
                USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'ticket_pool_within_capacity';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION coworking_guard_block() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE service coworking_service%ROWTYPE;
BEGIN
    IF NEW.lifted_at IS NOT NULL THEN RETURN NEW; END IF;
    SELECT * INTO service FROM coworking_service WHERE id = NEW.service_id FOR NO KEY UPDATE;
    IF service.kind = 'seats' THEN
        IF NEW.seat_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM coworking_seat WHERE id = NEW.seat_id AND service_id = NEW.service_id
        ) THEN
            RAISE EXCEPTION 'a block needs a seat of its service'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'block_seat_of_its_service';
        END IF;
        IF EXISTS (
            SELECT 1 FROM coworking_ticket
            WHERE service_id = NEW.service_id AND (seat_id = NEW.seat_id OR NEW.seat_id IS NULL)
              AND status IN ('held', 'active') AND occupied && NEW.period
        ) THEN
            RAISE EXCEPTION 'somebody has booked what the block would take'
                USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'block_not_on_a_ticket';
        END IF;
    ELSE
        IF NEW.seat_id IS NOT NULL THEN
            RAISE EXCEPTION 'a block of a pool has a seat'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'block_seat_of_its_service';
        END IF;
        IF coworking_peak(NEW.service_id, NEW.period, NULL, NEW.id) + NEW.places > service.capacity THEN
            RAISE EXCEPTION 'somebody has booked what the block would take'
                USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'block_not_on_a_ticket';
        END IF;
    END IF;
    RETURN NEW;
END $$;

DROP TRIGGER ticket_guard ON coworking_ticket;
CREATE TRIGGER ticket_guard BEFORE INSERT OR UPDATE OF service_id, seat_id, occupied, status ON coworking_ticket
FOR EACH ROW EXECUTE FUNCTION coworking_guard_ticket();
"""


class Migration(migrations.Migration):
    dependencies = [("coworking", "0032_ticket_over_block_index")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
