"""The last word on what may be occupied.

The exclusion constraint keeps two tickets off one seat. What a constraint cannot say is said here: peak
usage of a pool, tickets against blocks, a seat of another service, and a capacity that is still in use.
Each check first locks the service's row, so that two transactions see each other's places.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION coworking_peak(p_service bigint, p_within tstzrange, p_ticket bigint, p_block bigint)
RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(max(taken), 0) FROM (
        -- Those who leave at a moment count before those who come: -1 sorts before +1.
        SELECT sum(places) OVER (ORDER BY moment, places > 0) AS taken FROM (
            SELECT greatest(lower(u.during), lower(p_within)) AS moment, u.places FROM (
                SELECT occupied AS during, 1 AS places FROM coworking_ticket
                WHERE service_id = p_service AND status IN ('held', 'active')
                  AND occupied && p_within AND number IS DISTINCT FROM p_ticket
                UNION ALL
                SELECT period, places FROM coworking_block
                WHERE service_id = p_service AND period && p_within AND id IS DISTINCT FROM p_block
            ) u
            UNION ALL
            SELECT upper(u.during), -u.places FROM (
                SELECT occupied AS during, 1 AS places FROM coworking_ticket
                WHERE service_id = p_service AND status IN ('held', 'active')
                  AND occupied && p_within AND number IS DISTINCT FROM p_ticket
                UNION ALL
                SELECT period, places FROM coworking_block
                WHERE service_id = p_service AND period && p_within AND id IS DISTINCT FROM p_block
            ) u
        ) changes
    ) running
$$;

CREATE FUNCTION coworking_guard_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
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
            WHERE service_id = NEW.service_id AND (seat_id = NEW.seat_id OR seat_id IS NULL) AND period && NEW.occupied
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

CREATE TRIGGER ticket_guard BEFORE INSERT OR UPDATE OF service_id, seat_id, occupied, status ON coworking_ticket
FOR EACH ROW EXECUTE FUNCTION coworking_guard_ticket();

CREATE FUNCTION coworking_guard_block() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE service coworking_service%ROWTYPE;
BEGIN
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

CREATE TRIGGER block_guard BEFORE INSERT OR UPDATE ON coworking_block
FOR EACH ROW EXECUTE FUNCTION coworking_guard_block();

CREATE FUNCTION coworking_guard_service() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind <> OLD.kind AND (
        EXISTS (SELECT 1 FROM coworking_ticket WHERE service_id = NEW.id)
        OR EXISTS (SELECT 1 FROM coworking_block WHERE service_id = NEW.id)
    ) THEN
        RAISE EXCEPTION 'the kind of a service with tickets or blocks stays'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'service_kind_stays';
    END IF;
    IF NEW.kind = 'pool' AND NEW.capacity < OLD.capacity
       AND coworking_peak(NEW.id, tstzrange(now(), NULL), NULL, NULL) > NEW.capacity THEN
        RAISE EXCEPTION 'more places are booked than would be left'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'service_capacity_covers_bookings';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION coworking_guard_seat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.service_id <> OLD.service_id AND EXISTS (SELECT 1 FROM coworking_ticket WHERE seat_id = NEW.id) THEN
        RAISE EXCEPTION 'a seat with tickets stays with its service'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_seat_of_its_service';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER seat_guard BEFORE UPDATE OF service_id ON coworking_seat
FOR EACH ROW EXECUTE FUNCTION coworking_guard_seat();

CREATE TRIGGER service_guard BEFORE UPDATE OF kind, capacity ON coworking_service
FOR EACH ROW EXECUTE FUNCTION coworking_guard_service();
"""

BACKWARD = """
DROP TRIGGER service_guard ON coworking_service;
DROP TRIGGER seat_guard ON coworking_seat;
DROP TRIGGER block_guard ON coworking_block;
DROP TRIGGER ticket_guard ON coworking_ticket;
DROP FUNCTION coworking_guard_service();
DROP FUNCTION coworking_guard_seat();
DROP FUNCTION coworking_guard_block();
DROP FUNCTION coworking_guard_ticket();
DROP FUNCTION coworking_peak(bigint, tstzrange, bigint, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("coworking", "0001_places")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
