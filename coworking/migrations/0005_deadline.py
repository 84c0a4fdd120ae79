"""Call the last moment of an unpaid order its deadline, and that of its tickets the end of their hold."""

from django.db import migrations, models

DATABASE = [
    migrations.RunSQL(
        "ALTER TABLE coworking_service RENAME COLUMN hold_hours TO deadline_hours",
        "ALTER TABLE coworking_service RENAME COLUMN deadline_hours TO hold_hours",
    ),
    migrations.RunSQL(
        "ALTER TABLE coworking_ticket RENAME COLUMN hold_until TO held_until",
        "ALTER TABLE coworking_ticket RENAME COLUMN held_until TO hold_until",
    ),
]

STATE = [
    migrations.RemoveConstraint("service", "service_holds_at_least_an_hour"),
    migrations.RemoveConstraint("ticket", "ticket_is_held_until_a_moment"),
    migrations.RenameField("service", "hold_hours", "deadline_hours"),
    migrations.RenameField("ticket", "hold_until", "held_until"),
    migrations.AddConstraint(
        "service",
        models.CheckConstraint(condition=models.Q(deadline_hours__gte=1), name="service_holds_at_least_an_hour"),
    ),
    migrations.AddConstraint(
        "ticket",
        models.CheckConstraint(
            condition=models.Q(status="held", held_until__isnull=False)
            | (~models.Q(status="held") & models.Q(held_until__isnull=True)),
            name="ticket_is_held_until_a_moment",
        ),
    ),
]


class Migration(migrations.Migration):
    dependencies = [("coworking", "0004_ticket_to_close")]
    operations = [migrations.SeparateDatabaseAndState(DATABASE, STATE)]
