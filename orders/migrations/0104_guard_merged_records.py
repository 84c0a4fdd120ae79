"""What was merged into another record gets no order, ticket or person; codes of tickets outlive a merge.

A transaction that merges says so by `olvery.merging`: the visitor stays the same person, so their codes stay good,
and orders for a company move even where their customer has left it since.
"""

from django.db import migrations

PEOPLE = """
CREATE OR REPLACE FUNCTION orders_refuse_erased(person bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM accounts_user WHERE id = person AND erased_at IS NULL{standing} FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'person % is erased{or_merged}', person
            USING ERRCODE = 'check_violation', CONSTRAINT = 'person_not_erased';
    END IF;
END $$;
"""

CODES = """
CREATE OR REPLACE FUNCTION coworking_renew_code() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.code_version := OLD.code_version;
    IF NEW.visitor_id <> OLD.visitor_id{elsewhere} THEN
        NEW.code_version := OLD.code_version + 1;
        NEW.code := replace(gen_random_uuid()::text, '-', '');
    END IF;
    RETURN NEW;
END $$;
"""

COMPANIES = """
CREATE OR REPLACE FUNCTION orders_refuse_foreign_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {unless_merging}PERFORM 1 FROM accounts_companymember
    WHERE company_id = NEW.company_id AND person_id = NEW.customer_id FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'person % does not belong to company %', NEW.customer_id, NEW.company_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_of_company_of_its_customer';
    END IF;
    RETURN NEW;
END $$;
"""

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

# An erasure takes the reason of a merge, too: it may name the person.
HISTORY = """
CREATE OR REPLACE FUNCTION orders_refuse_rewriting_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('olvery.erasing', true) = 'on'
        AND to_jsonb(NEW) - {erased} = to_jsonb(OLD) - {erased}{of_which} THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'history_only_grows';
END $$;
"""

REASON = {
    "erased": "'{data,reason}'::text[]",
    "of_which": "\n        AND (NEW.reason = OLD.reason OR OLD.kind = 'merged')",
}
MERGING = "current_setting('olvery.merging', true) IS DISTINCT FROM 'on'"
UNLESS = "IF current_setting('olvery.merging', true) = 'on' THEN\n        RETURN NEW;\n    END IF;\n    "


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0103_guard_waiting_visitors"),
        ("accounts", "0038_index_merges"),
        ("coworking", "0046_codes_follow_the_visitor"),
    ]

    operations = [
        migrations.RunSQL(
            PEOPLE.format(standing=" AND merged_into_id IS NULL", or_merged=" or merged"),
            PEOPLE.format(standing="", or_merged=""),
        ),
        migrations.RunSQL(CODES.format(elsewhere=f" AND {MERGING}"), CODES.format(elsewhere="")),
        migrations.RunSQL(COMPANIES.format(unless_merging=UNLESS), COMPANIES.format(unless_merging="")),
        migrations.RunSQL(MEMBERS, MEMBERS_BACK),
        migrations.RunSQL(HISTORY.format(**REASON), HISTORY.format(erased="'data'", of_which="")),
    ]
