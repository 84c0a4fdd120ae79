"""Uses of promo codes and entries of passes, counted where the limits and the balance stand."""

from django.db import migrations

# Updating the code locks it, so two uses of one code wait for each other: what a transaction counts after that is
# all there is. The limit of all uses is a constraint of the code itself.
CODES = """
CREATE FUNCTION orders_count_promo_use() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    code orders_promocode%ROWTYPE;
    its_order orders_order%ROWTYPE;
    own bigint;
BEGIN
    SELECT * INTO its_order FROM orders_order WHERE number = NEW.order_id;
    IF its_order.promo_code_id IS DISTINCT FROM NEW.code_id THEN
        RAISE EXCEPTION 'order % was not sold with code %', NEW.order_id, NEW.code_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'promo_use_of_the_code_of_its_order';
    END IF;
    UPDATE orders_promocode SET used = used + NEW.count WHERE id = NEW.code_id RETURNING * INTO code;
    SELECT sum(count) INTO own FROM orders_promouse WHERE order_id = NEW.order_id;
    IF own NOT IN (0, 1) THEN
        RAISE EXCEPTION 'order % takes one use of its code', NEW.order_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'promo_use_once_an_order';
    END IF;
    IF NEW.count > 0 AND code.most_uses_each IS NOT NULL THEN
        SELECT sum(a_use.count) INTO own
        FROM orders_promouse AS a_use JOIN orders_order AS another ON another.number = a_use.order_id
        WHERE another.customer_id = its_order.customer_id AND a_use.code_id = NEW.code_id;
        IF own > code.most_uses_each THEN
            RAISE EXCEPTION 'the customer of order % has used the code up', NEW.order_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'promo_code_used_within_its_limit_each';
        END IF;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER promo_use_counted AFTER INSERT ON orders_promouse
FOR EACH ROW EXECUTE FUNCTION orders_count_promo_use();
"""
CODES_BACK = """
DROP TRIGGER promo_use_counted ON orders_promouse;
DROP FUNCTION orders_count_promo_use();
"""

# Updating the pass locks it, so two entries of one pass wait for each other; that no more is used than there is, is a
# constraint of the pass itself.
PASSES = """
CREATE FUNCTION orders_count_pass_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its_pass orders_pass%ROWTYPE;
    of_ticket bigint;
BEGIN
    SELECT * INTO its_pass FROM orders_pass WHERE order_id = NEW.of_pass_id FOR NO KEY UPDATE;
    IF its_pass.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'pass % has ended', NEW.of_pass_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pass_entry_of_a_pass_that_lasts';
    END IF;
    IF NEW.kind = 'used' AND NEW.at >= upper(its_pass.period) THEN
        RAISE EXCEPTION 'pass % is over', NEW.of_pass_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pass_used_within_its_period';
    END IF;
    IF NEW.order_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM orders_order WHERE number = NEW.order_id AND from_pass_id = NEW.of_pass_id
    ) THEN
        RAISE EXCEPTION 'order % is not paid from pass %', NEW.order_id, NEW.of_pass_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pass_entry_of_the_pass_of_its_order';
    END IF;
    UPDATE orders_pass SET
        "left" = "left" + NEW.units,
        ended_at = CASE WHEN NEW.kind = 'expired' OR NEW.kind = 'refunded' AND "left" + NEW.units = 0 THEN NEW.at END
    WHERE order_id = NEW.of_pass_id;
    IF NEW.ticket_id IS NOT NULL THEN
        SELECT sum(units) INTO of_ticket FROM orders_passentry
        WHERE of_pass_id = NEW.of_pass_id AND ticket_id = NEW.ticket_id;
        IF of_ticket > 0 THEN
            RAISE EXCEPTION 'ticket % gives back more than it has used', NEW.ticket_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'pass_entry_gives_back_what_was_used';
        END IF;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER pass_entry_counted AFTER INSERT ON orders_passentry
FOR EACH ROW EXECUTE FUNCTION orders_count_pass_entry();
"""
PASSES_BACK = """
DROP TRIGGER pass_entry_counted ON orders_passentry;
DROP FUNCTION orders_count_pass_entry();
"""


class Migration(migrations.Migration):
    replaces = [("orders", "0085_count_promo_uses")]

    dependencies = [("orders", "0010_squashed_0112_guard_people")]

    operations = [migrations.RunSQL(CODES, CODES_BACK), migrations.RunSQL(PASSES, PASSES_BACK)]
