"""Who was erased, or merged into another record, does not come back.

A row that was read before and is saved as a whole would bring back the name, and that nothing was ever erased.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION accounts_refuse_return() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'person % was erased or merged', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END $$;

CREATE TRIGGER user_stays_erased BEFORE UPDATE ON accounts_user
FOR EACH ROW WHEN (
    OLD.erased_at IS NOT NULL
    AND (NEW.erased_at, NEW.last_name, NEW.first_name, NEW.middle_name, NEW.company)
        IS DISTINCT FROM (OLD.erased_at, OLD.last_name, OLD.first_name, OLD.middle_name, OLD.company)
) EXECUTE FUNCTION accounts_refuse_return();

CREATE TRIGGER user_stays_merged BEFORE UPDATE ON accounts_user
FOR EACH ROW WHEN (OLD.merged_into_id IS NOT NULL AND NEW.merged_into_id IS NULL)
EXECUTE FUNCTION accounts_refuse_return();
"""

GUARD_BACK = """
DROP TRIGGER user_stays_merged ON accounts_user;
DROP TRIGGER user_stays_erased ON accounts_user;
DROP FUNCTION accounts_refuse_return();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0041_cover_search_by_name")]
    operations = [migrations.RunSQL(GUARD, GUARD_BACK)]
