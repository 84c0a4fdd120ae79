"""The guards of places look past blocks that somebody has lifted; else they are as they were."""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE FUNCTION coworking_peak(p_service bigint, p_within tstzrange, p_ticket bigint, p_block bigint)
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
"""

BACKWARD = """
CREATE OR REPLACE FUNCTION coworking_peak(p_service bigint, p_within tstzrange, p_ticket bigint, p_block bigint)
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

CREATE OR REPLACE FUNCTION coworking_guard_block() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


class Migration(migrations.Migration):
    dependencies = [("coworking", "0025_block_history")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
