"""Places of a pool are ordered over a block too: whoever names it takes one of the places that it takes.

Tickets that name no block are counted as before. One that names a block has to need it when it is named: without it
there is no place left. What happens later, others leaving or the block being lifted, does not touch it.
"""

from django.db import migrations

FORWARD = """
-- How many places of a service are taken at once within a period, of tickets and blocks other than `p_ticket` and
-- `p_block`; with `p_tickets` more over the block `p_over`, NULL for none, or with `p_places` that it takes itself.
-- Whoever is ordered over a block takes one of its places: at each moment the larger number of both counts.
CREATE FUNCTION coworking_peak(
    p_service bigint, p_within tstzrange, p_ticket bigint, p_block bigint, p_over bigint, p_tickets int, p_places int
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
        IF coworking_peak(NEW.service_id, NEW.occupied, NEW.number, NULL, NEW.over_block_id, 1, 0) > service.capacity THEN
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
        IF coworking_peak(NEW.service_id, NEW.period, NULL, NEW.id, NEW.id, 0, NEW.places) > service.capacity THEN
            RAISE EXCEPTION 'somebody has booked what the block would take'
                USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'block_not_on_a_ticket';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION coworking_guard_service() RETURNS trigger LANGUAGE plpgsql AS $$
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

DROP FUNCTION coworking_peak(bigint, tstzrange, bigint, bigint);

-- After the statement, which may have put others where places were still free.
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

BACKWARD = """
DROP TRIGGER ticket_over_block_guard ON coworking_ticket;
DROP FUNCTION coworking_guard_ticket_over_block();
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
                WHERE service_id = p_service AND lifted_at IS NULL
                  AND period && p_within AND id IS DISTINCT FROM p_block
            ) u
            UNION ALL
            SELECT upper(u.during), -u.places FROM (
                SELECT occupied AS during, 1 AS places FROM coworking_ticket
                WHERE service_id = p_service AND status IN ('held', 'active')
                  AND occupied && p_within AND number IS DISTINCT FROM p_ticket
                UNION ALL
                SELECT period, places FROM coworking_block
                WHERE service_id = p_service AND lifted_at IS NULL
                  AND period && p_within AND id IS DISTINCT FROM p_block
            ) u
        ) changes
    ) running
$$;

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

CREATE OR REPLACE FUNCTION coworking_guard_service() RETURNS trigger LANGUAGE plpgsql AS $$
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

DROP FUNCTION coworking_peak(bigint, tstzrange, bigint, bigint, bigint, int, int);
"""


class Migration(migrations.Migration):
    dependencies = [("coworking", "0041_waiting_list")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
