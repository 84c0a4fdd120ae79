"""Uses of promo codes that nobody rewrites, counted where the limits stand.

Updating the code locks it, so two uses of one code wait for each other: what a transaction counts after that is all
there is. The limit of all uses is a constraint of the code itself.
"""

from django.db import migrations

COUNT = """
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

COUNT_BACK = """
DROP TRIGGER promo_use_counted ON orders_promouse;
DROP FUNCTION orders_count_promo_use();
"""

GUARD = """
CREATE TRIGGER promo_uses_only_grow BEFORE UPDATE OR DELETE ON orders_promouse
FOR EACH ROW EXECUTE FUNCTION orders_refuse_rewriting();

CREATE TRIGGER promo_uses_not_truncated BEFORE TRUNCATE ON orders_promouse
FOR EACH STATEMENT EXECUTE FUNCTION orders_refuse_rewriting();
"""

GUARD_BACK = """
DROP TRIGGER promo_uses_not_truncated ON orders_promouse;
DROP TRIGGER promo_uses_only_grow ON orders_promouse;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0084_promo_codes")]

    operations = [migrations.RunSQL(COUNT, COUNT_BACK), migrations.RunSQL(GUARD, GUARD_BACK)]
