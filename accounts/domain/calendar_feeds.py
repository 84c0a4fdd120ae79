"""The private address of a person's calendar: made, made anew, switched off."""

from accounts.models import CalendarFeed, User
from accounts.models.calendar_feed import new_token


def person_of(token: str) -> User:
    """Return whose calendar it is. Raises User.DoesNotExist."""
    return User.objects.get(calendar_feed__token=token, is_active=True)


def token_of(person: User) -> str:
    """Return the token of the person, empty where there is none."""
    return CalendarFeed.objects.filter(person=person).values_list("token", flat=True).first() or ""


def renew(person: User) -> None:
    """Give the person a new address; the one before leads nowhere from now on."""
    CalendarFeed.objects.update_or_create(person=person, defaults={"token": new_token()})


def pass_on(former: User, person: User) -> None:
    """Let the address of one record lead to another of the same person, unless that has one of its own."""
    token = token_of(former)
    switch_off(former)
    if token:
        CalendarFeed.objects.get_or_create(person=person, defaults={"token": token})


def switch_off(person: User) -> None:
    """Take the address away."""
    CalendarFeed.objects.filter(person=person).delete()
