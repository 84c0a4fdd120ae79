"""The secret URL of a person's calendar: creating, replacing, switching off."""

from accounts.models import CalendarFeed, User
from accounts.models.calendar_feed import new_token


def person_of(token: str) -> User:
    """Return the owner of a calendar. Raises User.DoesNotExist."""
    return User.objects.get(calendar_feed__token=token, is_active=True)


def token_of(person: User) -> str:
    """Return the token of the person, empty if there is none."""
    return CalendarFeed.objects.filter(person=person).values_list("token", flat=True).first() or ""


def renew(person: User) -> None:
    """Give the person a new URL; the former one stops working."""
    CalendarFeed.objects.update_or_create(person=person, defaults={"token": new_token()})


def pass_on(former: User, person: User) -> None:
    """Move the URL of one record to another of the same person, unless that has one of its own."""
    token = token_of(former)
    switch_off(former)
    if token:
        CalendarFeed.objects.get_or_create(person=person, defaults={"token": token})


def switch_off(person: User) -> None:
    """Delete the URL."""
    CalendarFeed.objects.filter(person=person).delete()
