"""A person's choice about reminders of bookings, made when signed in or by the link in a reminder."""

from django.core import signing

from accounts.models import User

SALT = "accounts.reminders"


def token_of(person_id: int) -> str:
    """Return a token that lets its holder switch this person's reminders, and nothing else, at any time."""
    return signing.dumps(person_id, salt=SALT)


def person_of(token: str) -> User:
    """Return the person whose reminders a token switches; for a merged record, the one that was kept.

    An erased person is not found. Raises signing.BadSignature, User.DoesNotExist.
    """
    people = User.objects.select_related("merged_into").filter(erased_at=None)
    person = people.get(pk=signing.loads(token, salt=SALT))
    return person.merged_into or person


def choose(person: User, *, wants: bool) -> None:
    """Save a person's choice."""
    person.wants_reminders = wants
    person.save(update_fields=["wants_reminders"])
