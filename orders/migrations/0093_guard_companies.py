"""Nobody orders for a company they do not belong to, and nobody who was erased belongs to one."""

from django.db import migrations

# The lock waits for whoever takes the person out of the company, and makes one who begins to wait for this order.
# Triggers fire by name: this one after order_not_of_erased_person, which locks the person, as erasing does, first.
ORDERS = """
CREATE FUNCTION orders_refuse_foreign_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM accounts_companymember
    WHERE company_id = NEW.company_id AND person_id = NEW.customer_id FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'person % does not belong to company %', NEW.customer_id, NEW.company_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_of_company_of_its_customer';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER order_of_company_of_its_customer BEFORE INSERT OR UPDATE OF company_id ON orders_order
FOR EACH ROW WHEN (NEW.company_id IS NOT NULL) EXECUTE FUNCTION orders_refuse_foreign_company();
"""

ORDERS_BACK = """
DROP TRIGGER order_of_company_of_its_customer ON orders_order;
DROP FUNCTION orders_refuse_foreign_company();
"""

MEMBERS = """
CREATE FUNCTION orders_refuse_erased_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM orders_refuse_erased(NEW.person_id);
    RETURN NEW;
END $$;

CREATE TRIGGER company_member_not_erased BEFORE INSERT OR UPDATE OF person_id ON accounts_companymember
FOR EACH ROW EXECUTE FUNCTION orders_refuse_erased_member();
"""

MEMBERS_BACK = """
DROP TRIGGER company_member_not_erased ON accounts_companymember;
DROP FUNCTION orders_refuse_erased_member();
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0092_index_orders_of_companies")]

    operations = [migrations.RunSQL(ORDERS, ORDERS_BACK), migrations.RunSQL(MEMBERS, MEMBERS_BACK)]
