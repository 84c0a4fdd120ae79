"""Who was erased, or merged into another record, gets no order, ticket or place in line, nor belongs to a company."""

from django.db import migrations

# The lock waits for an erasure that is under way, and makes one that begins wait for this order or ticket.
REFUSALS = """
CREATE FUNCTION orders_refuse_erased(person bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM accounts_user WHERE id = person AND erased_at IS NULL AND merged_into_id IS NULL FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'person % is erased or merged', person
            USING ERRCODE = 'check_violation', CONSTRAINT = 'person_not_erased';
    END IF;
END $$;

CREATE FUNCTION orders_refuse_erased_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM orders_refuse_erased(NEW.customer_id);
    RETURN NEW;
END $$;

CREATE FUNCTION orders_refuse_erased_visitor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM orders_refuse_erased(NEW.visitor_id);
    RETURN NEW;
END $$;

CREATE FUNCTION orders_refuse_erased_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM orders_refuse_erased(NEW.person_id);
    RETURN NEW;
END $$;
"""
REFUSALS_BACK = """
DROP FUNCTION orders_refuse_erased_member();
DROP FUNCTION orders_refuse_erased_visitor();
DROP FUNCTION orders_refuse_erased_customer();
DROP FUNCTION orders_refuse_erased(bigint);
"""

# No order that was not paid in time comes back either.
ORDERS = """
CREATE TRIGGER order_not_of_erased_person BEFORE INSERT OR UPDATE OF customer_id ON orders_order
FOR EACH ROW EXECUTE FUNCTION orders_refuse_erased_customer();

CREATE TRIGGER order_not_revived_for_erased_person BEFORE UPDATE OF status ON orders_order
FOR EACH ROW WHEN (OLD.status = 'expired' AND NEW.status <> 'expired')
EXECUTE FUNCTION orders_refuse_erased_customer();

CREATE TRIGGER ticket_not_of_erased_person BEFORE INSERT OR UPDATE OF visitor_id ON coworking_ticket
FOR EACH ROW EXECUTE FUNCTION orders_refuse_erased_visitor();
"""
ORDERS_BACK = """
DROP TRIGGER ticket_not_of_erased_person ON coworking_ticket;
DROP TRIGGER order_not_revived_for_erased_person ON orders_order;
DROP TRIGGER order_not_of_erased_person ON orders_order;
"""

WAITING = """
CREATE TRIGGER waiting_not_of_erased_person BEFORE INSERT OR UPDATE OF customer_id ON coworking_waitingwish
FOR EACH ROW EXECUTE FUNCTION orders_refuse_erased_customer();

CREATE TRIGGER waiting_visitor_not_erased BEFORE INSERT OR UPDATE OF person_id ON coworking_waitingvisitor
FOR EACH ROW EXECUTE FUNCTION orders_refuse_erased_member();
"""
WAITING_BACK = """
DROP TRIGGER waiting_visitor_not_erased ON coworking_waitingvisitor;
DROP TRIGGER waiting_not_of_erased_person ON coworking_waitingwish;
"""

MEMBERS = """
CREATE TRIGGER company_member_not_erased BEFORE INSERT OR UPDATE OF person_id ON accounts_companymember
FOR EACH ROW EXECUTE FUNCTION orders_refuse_erased_member();
"""
MEMBERS_BACK = "DROP TRIGGER company_member_not_erased ON accounts_companymember;"

# Nobody orders for a company they do not belong to. The lock waits for whoever takes the person out of the company,
# and makes one who begins to wait for this order. Triggers fire by name: this one after order_not_of_erased_person,
# which locks the person, as erasing does, first. A transaction that merges two records says so by `olvery.merging`:
# orders for a company move even where their customer has left it since.
COMPANIES = """
CREATE FUNCTION orders_refuse_foreign_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('olvery.merging', true) = 'on' THEN
        RETURN NEW;
    END IF;
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
COMPANIES_BACK = """
DROP TRIGGER order_of_company_of_its_customer ON orders_order;
DROP FUNCTION orders_refuse_foreign_company();
"""


class Migration(migrations.Migration):
    replaces = [("orders", "0071_guard_erased_people")]

    dependencies = [("orders", "0009_squashed_0112_guard_money")]

    operations = [
        migrations.RunSQL(REFUSALS, REFUSALS_BACK),
        migrations.RunSQL(ORDERS, ORDERS_BACK),
        migrations.RunSQL(WAITING, WAITING_BACK),
        migrations.RunSQL(MEMBERS, MEMBERS_BACK),
        migrations.RunSQL(COMPANIES, COMPANIES_BACK),
    ]
