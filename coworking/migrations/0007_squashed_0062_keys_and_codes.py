"""What the database keeps of tickets: the keys of their list, and codes that belong to the visitor."""

from django.db import migrations

# What the list of tickets searches and filters by. Whoever copies the keys of a visitor keeps the row from being
# locked for update until the commit, and a new name asks for that lock before it goes to the tickets: no ticket that is
# being issued is left with the old one. Other changes of the person wait for nobody.
KEYS = """
CREATE FUNCTION coworking_set_list_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT location_id INTO NEW.location_id FROM coworking_service WHERE id = NEW.service_id;
    IF TG_OP = 'INSERT' OR NEW.name_key IS NULL OR NEW.visitor_id IS DISTINCT FROM OLD.visitor_id THEN
        SELECT name_key, given_key, coalesce(email, '') INTO NEW.name_key, NEW.given_key, NEW.email_key
        FROM accounts_user WHERE id = NEW.visitor_id FOR KEY SHARE;
    END IF;
    SELECT min(id) INTO NEW.facet_id FROM coworking_ticketfacet
    WHERE location_id = NEW.location_id AND service_id = NEW.service_id AND status = NEW.status;
    IF NEW.facet_id IS NULL THEN
        INSERT INTO coworking_ticketfacet (location_id, service_id, status)
        VALUES (NEW.location_id, NEW.service_id, NEW.status) RETURNING id INTO NEW.facet_id;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ticket_list_keys BEFORE INSERT OR UPDATE OF service_id, status, visitor_id ON coworking_ticket
FOR EACH ROW EXECUTE FUNCTION coworking_set_list_keys();

CREATE FUNCTION coworking_follow_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM accounts_user WHERE id = NEW.id FOR UPDATE;
    UPDATE coworking_ticket
    SET name_key = NEW.name_key, given_key = NEW.given_key, email_key = coalesce(NEW.email, '')
    WHERE visitor_id = NEW.id;
    RETURN NULL;
END $$;

CREATE TRIGGER tickets_follow_person AFTER UPDATE OF name_key, given_key, email ON accounts_user FOR EACH ROW
WHEN ((OLD.name_key, OLD.given_key, OLD.email) IS DISTINCT FROM (NEW.name_key, NEW.given_key, NEW.email))
EXECUTE FUNCTION coworking_follow_person();
"""
KEYS_BACK = """
DROP TRIGGER tickets_follow_person ON accounts_user;
DROP FUNCTION coworking_follow_person();
DROP TRIGGER ticket_list_keys ON coworking_ticket;
DROP FUNCTION coworking_set_list_keys();
"""

# Another visitor makes the code of a ticket new, whoever writes the row; nobody sets its version back. In a
# transaction that merges two records, which says so by `olvery.merging`, the visitor stays the same person.
CODES = """
CREATE FUNCTION coworking_renew_code() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.code_version := OLD.code_version;
    IF NEW.visitor_id <> OLD.visitor_id AND current_setting('olvery.merging', true) IS DISTINCT FROM 'on' THEN
        NEW.code_version := OLD.code_version + 1;
        NEW.code := replace(gen_random_uuid()::text, '-', '');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ticket_code_follows_visitor BEFORE UPDATE ON coworking_ticket FOR EACH ROW
WHEN (OLD.visitor_id <> NEW.visitor_id OR OLD.code_version <> NEW.code_version)
EXECUTE FUNCTION coworking_renew_code();
"""
CODES_BACK = """
DROP TRIGGER ticket_code_follows_visitor ON coworking_ticket;
DROP FUNCTION coworking_renew_code();
"""


class Migration(migrations.Migration):
    replaces = [("coworking", "0018_keep_ticket_list_keys")]

    dependencies = [("coworking", "0006_squashed_0062_guard_places")]

    operations = [migrations.RunSQL(KEYS, KEYS_BACK), migrations.RunSQL(CODES, CODES_BACK)]
