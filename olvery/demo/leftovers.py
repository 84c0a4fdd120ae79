"""What a base of people collects over the years: a double of a customer."""

from datetime import datetime, timedelta

from accounts.models import User
from olvery.demo.people import People


def add_leftovers(people: People, *, at: datetime) -> None:
    """Save it; it has no order."""
    by, double = people.accounts.manager, people.customers[0]
    User.objects.create_user(
        last_name=double.last_name,
        first_name=double.first_name,
        phone="+79991110000",
        created_by=by,
        date_joined=at - timedelta(days=30),
    )
