"""What a customer base collects over the years: a duplicate record, and two people inactive for long."""

from datetime import datetime, timedelta

from accounts.models import User
from olvery.demo.people import People

YEARS = timedelta(days=365)
GONE = (("Захарова", "Лидия", 9, "+79991110001"), ("Устинов", "Глеб", 7, "+79991110002"))


def add_leftovers(people: People, *, at: datetime) -> None:
    """Save them; none has an order."""
    by, double = people.accounts.manager, people.customers[0]
    User.objects.create_user(
        last_name=double.last_name,
        first_name=double.first_name,
        phone="+79991110000",
        created_by=by,
        date_joined=at - timedelta(days=30),
    )
    for last_name, first_name, years, phone in GONE:
        since = at - years * YEARS
        User.objects.create_user(
            last_name=last_name, first_name=first_name, phone=phone, created_by=by, date_joined=since
        )
