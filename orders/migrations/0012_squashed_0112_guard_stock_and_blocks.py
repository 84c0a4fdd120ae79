"""What is looked at when the transaction ends: extras within their stock, tickets over a block confirmed."""

from django.db import migrations

# Extras that have a stock are taken for the period of their ticket. Triggers count them before the commit, or at
# SET CONSTRAINTS: a change moves a ticket before it gives its extras back.
STOCK = """
-- How many pieces of an extra are taken at once within a period. A line of a change takes back another line, and may
-- be taken back itself; it names the ticket of that line.
CREATE FUNCTION orders_extra_peak(p_extra bigint, p_service bigint, p_within tstzrange)
RETURNS numeric LANGUAGE sql VOLATILE AS $$
    WITH RECURSIVE counted AS (
        SELECT line.id, line.ticket_id, line.quantity::numeric AS quantity, ticket.period
        FROM coworking_ticket ticket JOIN orders_orderline line ON line.ticket_id = ticket.number
        WHERE ticket.service_id = p_service AND ticket.status IN ('held', 'active')
          AND ticket.occupied && p_within AND ticket.period && p_within
          AND line.kind = 'extra' AND line.extra_id = p_extra
        UNION ALL
        SELECT back.id, back.ticket_id, back.quantity * -sign(counted.quantity), counted.period
        FROM counted JOIN orders_orderline back ON back.ticket_id = counted.ticket_id AND back.reverses_id = counted.id
    ),
    changes AS (
        SELECT greatest(lower(period), lower(p_within)) AS moment, quantity FROM counted
        UNION ALL SELECT upper(period), -quantity FROM counted
    )
    SELECT coalesce(max(taken), 0) FROM (
        SELECT sum(sum(quantity)) OVER (ORDER BY moment) AS taken FROM changes GROUP BY moment
    ) running
$$;

-- The row of the extra is locked, so that two who take the last piece come one after the other.
CREATE FUNCTION orders_check_stock(p_extra bigint, p_service bigint, p_within tstzrange)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE pieces integer;
BEGIN
    SELECT stock INTO pieces FROM coworking_extra WHERE id = p_extra FOR NO KEY UPDATE;
    IF pieces IS NOT NULL AND orders_extra_peak(p_extra, p_service, p_within) > pieces THEN
        RAISE EXCEPTION 'more pieces of extra % are taken than there are', p_extra
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'extra_within_stock';
    END IF;
END $$;

CREATE FUNCTION orders_guard_stock_of_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM coworking_extra WHERE id = NEW.extra_id AND stock IS NOT NULL) THEN
        PERFORM orders_check_stock(NEW.extra_id, service_id, period) FROM coworking_ticket
        WHERE number = NEW.ticket_id AND status IN ('held', 'active');
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER orders_stock_of_line AFTER INSERT ON orders_orderline DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (NEW.extra_id IS NOT NULL) EXECUTE FUNCTION orders_guard_stock_of_line();

-- The ticket as it is by then: a later statement may have moved it on.
CREATE FUNCTION orders_guard_stock_of_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM orders_check_stock(extra.id, ticket.service_id, ticket.period)
    FROM coworking_ticket ticket
    JOIN orders_orderline line ON line.ticket_id = ticket.number AND line.kind = 'extra'
    JOIN coworking_extra extra ON extra.id = line.extra_id AND extra.stock IS NOT NULL
    WHERE ticket.number = NEW.number AND ticket.status IN ('held', 'active')
    ORDER BY extra.id;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER orders_stock_of_ticket AFTER UPDATE ON coworking_ticket DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (
        NEW.status IN ('held', 'active')
        AND (OLD.status NOT IN ('held', 'active') OR NOT OLD.period @> NEW.period OR OLD.service_id <> NEW.service_id)
    )
EXECUTE FUNCTION orders_guard_stock_of_ticket();

CREATE FUNCTION orders_guard_stock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF orders_extra_peak(NEW.id, NEW.service_id, tstzrange(now(), NULL)) > NEW.stock THEN
        RAISE EXCEPTION 'more pieces of extra % are booked than there would be', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'extra_stock_covers_bookings';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER extra_stock_covers_bookings BEFORE UPDATE OF stock ON coworking_extra
FOR EACH ROW WHEN (NEW.stock IS NOT NULL AND NEW.stock < coalesce(OLD.stock, 32768))
EXECUTE FUNCTION orders_guard_stock();
"""
STOCK_BACK = """
DROP TRIGGER extra_stock_covers_bookings ON coworking_extra;
DROP FUNCTION orders_guard_stock();
DROP TRIGGER orders_stock_of_ticket ON coworking_ticket;
DROP FUNCTION orders_guard_stock_of_ticket();
DROP TRIGGER orders_stock_of_line ON orders_orderline;
DROP FUNCTION orders_guard_stock_of_line();
DROP FUNCTION orders_check_stock(bigint, bigint, tstzrange);
DROP FUNCTION orders_extra_peak(bigint, bigint, tstzrange);
"""

# A ticket over a block belongs to an order whose history has who confirmed it, when and why. An order writes its
# history before its tickets, a change after them.
BLOCKS = """
CREATE FUNCTION orders_guard_ticket_over_block() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.over_block_id IS NOT DISTINCT FROM NEW.over_block_id THEN RETURN NULL; END IF;
    IF NOT EXISTS (
        SELECT 1 FROM orders_orderline AS line JOIN orders_orderevent AS event ON event.order_id = line.order_id
        WHERE line.ticket_id = NEW.number AND event.kind = 'block_overridden'
          AND event.data ->> 'block' = NEW.over_block_id::text
    ) THEN
        RAISE EXCEPTION 'nobody confirmed ticket % over its block', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ticket_over_a_block_is_confirmed';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ticket_over_block_confirmed AFTER INSERT OR UPDATE OF over_block_id ON coworking_ticket
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.over_block_id IS NOT NULL)
EXECUTE FUNCTION orders_guard_ticket_over_block();
"""
BLOCKS_BACK = """
DROP TRIGGER ticket_over_block_confirmed ON coworking_ticket;
DROP FUNCTION orders_guard_ticket_over_block();
"""


class Migration(migrations.Migration):
    replaces = [("orders", "0094_guard_stock_of_extras")]

    dependencies = [("orders", "0011_squashed_0112_count_codes_and_passes")]

    operations = [migrations.RunSQL(STOCK, STOCK_BACK), migrations.RunSQL(BLOCKS, BLOCKS_BACK)]
