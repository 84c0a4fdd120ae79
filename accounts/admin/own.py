"""Which accounts a member of support may change."""

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User


def is_superuser(request: HttpRequest) -> bool:
    """Whether the signed-in person may change the rights of others."""
    return bool(getattr(request.user, "is_superuser", False))


def is_own(request: HttpRequest, person: User | None) -> bool:
    return person is not None and person.pk == request.user.pk


def may_touch(request: HttpRequest, person: User | None) -> bool:
    """Whether the account is not staff, or the signed-in person is a superuser."""
    return person is None or not (person.is_staff or person.is_superuser) or is_superuser(request)


def others(request: HttpRequest) -> QuerySet[User]:
    """Return the people to whom the signed-in person may give a role."""
    people = User.objects.exclude(pk=request.user.pk)
    return people if is_superuser(request) else people.filter(is_staff=False, is_superuser=False)
