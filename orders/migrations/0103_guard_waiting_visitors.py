"""Nobody who was erased is a visitor on the waiting list."""

from django.db import migrations

GUARD = """
CREATE TRIGGER waiting_visitor_not_erased BEFORE INSERT OR UPDATE OF person_id ON coworking_waitingvisitor
FOR EACH ROW EXECUTE FUNCTION orders_refuse_erased_member();
"""

GUARD_BACK = "DROP TRIGGER waiting_visitor_not_erased ON coworking_waitingvisitor;"


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0102_guard_month_bills"),
        ("coworking", "0057_visitors_and_seats_of_wishes"),
    ]

    operations = [migrations.RunSQL(GUARD, GUARD_BACK)]
