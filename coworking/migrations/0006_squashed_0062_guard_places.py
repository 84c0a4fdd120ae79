"""The last word on what may be occupied.

The exclusion constraint keeps two tickets off one seat. What a constraint cannot say is said here: peak usage of a
pool, tickets against blocks, a seat of another service, and a capacity that is still in use. Each check first locks
the service's row, so that two transactions see each other's places. Blocks that somebody has lifted take nothing.
"""

from django.db import migrations

PEAK = """
-- How many places of a service are taken at once within a period, of tickets and blocks other than `p_ticket` and
-- `p_block`; with `p_tickets` more over the block `p_over`, NULL for none, or with `p_places` that it takes itself.
-- Whoever is ordered over a block takes one of its places: at each moment the larger number of both counts.
CREATE FUNCTION coworking_peak(
    p_service bigint, p_within tstzrange, p_ticket bigint, p_block bigint, p_over bigint, p_tickets integer,
    p_places integer
)
RETURNS bigint LANGUAGE sql VOLATILE AS $$
    WITH used AS MATERIALIZED (
        SELECT occupied AS during, over_block_id AS block, 1 AS tickets, 0 AS places FROM coworking_ticket
        WHERE service_id = p_service AND status IN ('held', 'active')
          AND occupied && p_within AND number IS DISTINCT FROM p_ticket
        UNION ALL
        SELECT period, id, 0, places FROM coworking_block
        WHERE service_id = p_service AND lifted_at IS NULL AND period && p_within AND id IS DISTINCT FROM p_block
        UNION ALL
        SELECT p_within, p_over, p_tickets, p_places
    ),
    changes AS (
        SELECT greatest(lower(during), lower(p_within)) AS moment, block, tickets, places FROM used
        UNION ALL SELECT upper(during), block, -tickets, -places FROM used
    ),
    -- Of one moment together: who leaves and who comes then are never there at once.
    of_blocks AS (
        SELECT moment, block, greatest(
            sum(sum(tickets)) OVER (PARTITION BY block ORDER BY moment),
            sum(sum(places)) OVER (PARTITION BY block ORDER BY moment)
        ) AS taken
        FROM changes GROUP BY moment, block
    ),
    steps AS (
        SELECT moment, taken - lag(taken, 1, 0::numeric) OVER (PARTITION BY block ORDER BY moment) AS more
        FROM of_blocks
    )
    SELECT coalesce(max(taken), 0)::bigint FROM (
        SELECT sum(sum(more)) OVER (ORDER BY moment) AS taken FROM steps GROUP BY moment
    ) running
$$;
"""
PEAK_BACK = """
DROP FUNCTION coworking_peak(bigint, tstzrange, bigint, bigint, bigint, integer, integer);
"""

# A ticket may lie over the one block it names, which had to be open when it was named. Closing the block later,
# moving the ticket within it, or restoring a cancelled ticket asks nothing anew: what was confirmed stays confirmed.
TICKETS = """
CREATE FUNCTION coworking_guard_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
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
        IF coworking_peak(NEW.service_id, NEW.occupied, NEW.number, NULL, NEW.over_block_id, 1, 0) > service.capacity THEN
            RAISE EXCEPTION 'the pool of ticket % is full', NEW.number
                USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'ticket_pool_within_capacity';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ticket_guard BEFORE INSERT OR UPDATE OF service_id, seat_id, occupied, status, over_block_id
ON coworking_ticket
FOR EACH ROW EXECUTE FUNCTION coworking_guard_ticket();
"""
TICKETS_BACK = """
DROP TRIGGER ticket_guard ON coworking_ticket;
DROP FUNCTION coworking_guard_ticket();
"""

# A ticket of a pool that names a block has to need it when it is named: without it there is no place left. Looked at
# after the statement, which may have put others where places were still free.
TICKETS_OVER_BLOCKS = """
CREATE FUNCTION coworking_guard_ticket_over_block() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.over_block_id IS NOT DISTINCT FROM NEW.over_block_id THEN RETURN NULL; END IF;
    IF NEW.seat_id IS NULL AND coworking_peak(NEW.service_id, NEW.occupied, NEW.number, NULL, NULL, 1, 0)
       <= (SELECT capacity FROM coworking_service WHERE id = NEW.service_id) THEN
        RAISE EXCEPTION 'ticket % names a block, but places are free', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_over_a_block_it_needs';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ticket_over_block_guard AFTER INSERT OR UPDATE OF over_block_id ON coworking_ticket
FOR EACH ROW WHEN (NEW.over_block_id IS NOT NULL AND NEW.status IN ('held', 'active'))
EXECUTE FUNCTION coworking_guard_ticket_over_block();
"""
TICKETS_OVER_BLOCKS_BACK = """
DROP TRIGGER ticket_over_block_guard ON coworking_ticket;
DROP FUNCTION coworking_guard_ticket_over_block();
"""

BLOCKS = """
CREATE FUNCTION coworking_guard_block() RETURNS trigger LANGUAGE plpgsql AS $$
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
        IF coworking_peak(NEW.service_id, NEW.period, NULL, NEW.id, NEW.id, 0, NEW.places) > service.capacity THEN
            RAISE EXCEPTION 'somebody has booked what the block would take'
                USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'block_not_on_a_ticket';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER block_guard BEFORE INSERT OR UPDATE ON coworking_block
FOR EACH ROW EXECUTE FUNCTION coworking_guard_block();
"""
BLOCKS_BACK = """
DROP TRIGGER block_guard ON coworking_block;
DROP FUNCTION coworking_guard_block();
"""

SERVICES = """
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
       AND coworking_peak(NEW.id, tstzrange(now(), NULL), NULL, NULL, NULL, 0, 0) > NEW.capacity THEN
        RAISE EXCEPTION 'more places are booked than would be left'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'service_capacity_covers_bookings';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER service_guard BEFORE UPDATE OF kind, capacity ON coworking_service
FOR EACH ROW EXECUTE FUNCTION coworking_guard_service();
"""
SERVICES_BACK = """
DROP TRIGGER service_guard ON coworking_service;
DROP FUNCTION coworking_guard_service();
"""

SEATS = """
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
"""
SEATS_BACK = """
DROP TRIGGER seat_guard ON coworking_seat;
DROP FUNCTION coworking_guard_seat();
"""

# A seat that is archived has no bookings ahead, and gets none. The trigger of tickets has locked the service by then
# (`ticket_guard` sorts before `ticket_seat_not_archived`); that of seats locks it here, so that the two see each other.
# Tickets that stand on an archived seat since before this rule may still be paid for.
ARCHIVED_SEATS = """
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
ARCHIVED_SEATS_BACK = """
DROP TRIGGER ticket_seat_not_archived ON coworking_ticket;
DROP FUNCTION coworking_guard_ticket_seat();
DROP TRIGGER seat_archived_guard ON coworking_seat;
DROP FUNCTION coworking_guard_archived_seat();
"""


class Migration(migrations.Migration):
    replaces = [("coworking", "0002_guard_places")]

    dependencies = [("coworking", "0005_squashed_0062_waiting")]

    operations = [
        migrations.RunSQL(PEAK, PEAK_BACK),
        migrations.RunSQL(TICKETS, TICKETS_BACK),
        migrations.RunSQL(TICKETS_OVER_BLOCKS, TICKETS_OVER_BLOCKS_BACK),
        migrations.RunSQL(BLOCKS, BLOCKS_BACK),
        migrations.RunSQL(SERVICES, SERVICES_BACK),
        migrations.RunSQL(SEATS, SEATS_BACK),
        migrations.RunSQL(ARCHIVED_SEATS, ARCHIVED_SEATS_BACK),
    ]
