"""What nobody rewrites: histories, documents, consents; who was erased or merged stays so.

An empty history is no history either, so they refuse TRUNCATE, which fires no trigger of a row.
"""

from django.db import migrations

from olvery.shared.tables import only_grows

REFUSAL = """
CREATE FUNCTION accounts_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'history_only_grows';
END $$;
"""
REFUSAL_BACK = "DROP FUNCTION accounts_refuse_rewriting();"

# An erasure empties names and contacts and takes the reason, which may name the person, and nothing else.
MERGES = """
CREATE FUNCTION accounts_refuse_rewriting_merges() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('olvery.erasing', true) = 'on'
        AND to_jsonb(NEW) - {erased} = to_jsonb(OLD) - {erased} THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'history_only_grows';
END $$;

CREATE TRIGGER person_merge_not_rewritten BEFORE UPDATE ON accounts_personmerge
FOR EACH ROW EXECUTE FUNCTION accounts_refuse_rewriting_merges();

CREATE TRIGGER person_merge_only_grows BEFORE DELETE ON accounts_personmerge
FOR EACH ROW EXECUTE FUNCTION accounts_refuse_rewriting();

CREATE TRIGGER person_merge_not_truncated BEFORE TRUNCATE ON accounts_personmerge
FOR EACH STATEMENT EXECUTE FUNCTION accounts_refuse_rewriting();
""".replace("{erased}", "'{contacts,replaced,reason}'::text[]")
MERGES_BACK = """
DROP TRIGGER person_merge_not_truncated ON accounts_personmerge;
DROP TRIGGER person_merge_only_grows ON accounts_personmerge;
DROP TRIGGER person_merge_not_rewritten ON accounts_personmerge;
DROP FUNCTION accounts_refuse_rewriting_merges();
"""

# A consent is to a document of its purpose alone.
PURPOSE = """
ALTER TABLE accounts_consentevent ADD CONSTRAINT consent_to_a_document_of_its_purpose
FOREIGN KEY (document_id, purpose) REFERENCES accounts_document (id, kind);
"""
PURPOSE_BACK = "ALTER TABLE accounts_consentevent DROP CONSTRAINT consent_to_a_document_of_its_purpose;"

# A row that was read before and is saved as a whole would bring back the name, and that nothing was ever erased.
RETURN = """
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
RETURN_BACK = """
DROP TRIGGER user_stays_merged ON accounts_user;
DROP TRIGGER user_stays_erased ON accounts_user;
DROP FUNCTION accounts_refuse_return();
"""

# A company that was merged into another gets no people.
MEMBERS = """
CREATE FUNCTION accounts_refuse_merged_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM accounts_company WHERE id = NEW.company_id AND merged_into_id IS NULL FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'company % was merged', NEW.company_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'company_not_merged';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER company_member_of_standing_company BEFORE INSERT OR UPDATE OF company_id ON accounts_companymember
FOR EACH ROW EXECUTE FUNCTION accounts_refuse_merged_company();
"""
MEMBERS_BACK = """
DROP TRIGGER company_member_of_standing_company ON accounts_companymember;
DROP FUNCTION accounts_refuse_merged_company();
"""

# The trigger of the rows, that of TRUNCATE, and the table.
HISTORIES = [
    ("role_event_only_grows", "role_event_not_truncated", "accounts_roleevent"),
    ("security_event_only_grows", "security_event_not_truncated", "accounts_securityevent"),
    ("access_event_only_grows", "access_event_not_truncated", "accounts_accessevent"),
    ("document_only_grows", "document_not_truncated", "accounts_document"),
    ("consent_only_grows", "consent_not_truncated", "accounts_consentevent"),
    ("company_event_only_grows", "company_event_not_truncated", "accounts_companyevent"),
    ("company_merge_only_grows", "company_merge_not_truncated", "accounts_companymerge"),
]


class Migration(migrations.Migration):
    replaces = [("accounts", "0009_guard_role_history")]

    dependencies = [("accounts", "0003_squashed_0042_roles_and_documents")]

    operations = [
        migrations.RunSQL(REFUSAL, REFUSAL_BACK),
        *(only_grows("accounts_refuse_rewriting", *history) for history in HISTORIES),
        migrations.RunSQL(MERGES, MERGES_BACK),
        migrations.RunSQL(PURPOSE, PURPOSE_BACK),
        migrations.RunSQL(RETURN, RETURN_BACK),
        migrations.RunSQL(MEMBERS, MEMBERS_BACK),
    ]
