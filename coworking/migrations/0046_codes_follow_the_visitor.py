"""Another visitor makes the code of a ticket new, whoever writes the row; nobody sets its version back."""

from django.db import migrations

KEEP = """
CREATE FUNCTION coworking_renew_code() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.code_version := OLD.code_version;
    IF NEW.visitor_id <> OLD.visitor_id THEN
        NEW.code_version := OLD.code_version + 1;
        NEW.code := replace(gen_random_uuid()::text, '-', '');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ticket_code_follows_visitor BEFORE UPDATE ON coworking_ticket FOR EACH ROW
WHEN (OLD.visitor_id <> NEW.visitor_id OR OLD.code_version <> NEW.code_version)
EXECUTE FUNCTION coworking_renew_code();
"""

KEEP_BACK = """
DROP TRIGGER ticket_code_follows_visitor ON coworking_ticket;
DROP FUNCTION coworking_renew_code();
"""


class Migration(migrations.Migration):
    dependencies = [("coworking", "0045_ticket_code_version")]

    operations = [migrations.RunSQL(KEEP, KEEP_BACK)]
