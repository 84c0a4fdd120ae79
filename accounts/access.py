"""The permissions of the signed-in person, and their current location."""

from dataclasses import dataclass
from typing import Any, Protocol, cast
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from accounts.models import Membership, Role, User

SESSION_KEY = "location"
# URL prefixes with the menu of the management interface, for staff.
MANAGED = ("/manage/", "/guide/manager/")


class PersonRequest(HttpRequest):
    """A request of somebody signed in, which every view requires by default."""

    user: User


class Workplace(Protocol):
    """The part of a location that is used here; its model belongs to the app above."""

    pk: int
    name: str

    @property
    def zone(self) -> ZoneInfo: ...


@dataclass(frozen=True)
class Access:
    """The roles of the signed-in person, and their current location."""

    user: User
    memberships: tuple[Membership, ...]
    location: Workplace | None

    @property
    def is_staff(self) -> bool:
        """Whether the person may use the management interface at all."""
        return bool(self.memberships)

    @property
    def locations(self) -> list[Workplace]:
        """The locations where the person holds a role, by name."""
        return list({m.location_id: m.location for m in self.memberships}.values())

    @property
    def roles(self) -> set[str]:
        """The roles held at the current location."""
        return {m.role for m in self.memberships if self.location and m.location_id == self.location.pk}

    @property
    def role_label(self) -> str:
        """The role as the side menu shows it."""
        return " · ".join(str(Role(role).label) for role in sorted(self.roles, reverse=True))

    @property
    def is_manager(self) -> bool:
        """Whether the person is a rental manager at the current location."""
        return Role.RENTAL_MANAGER in self.roles

    @property
    def is_administrator(self) -> bool:
        """Whether the person is the administrator of the current location."""
        return Role.LOCATION_ADMINISTRATOR in self.roles

    def holds(self, role: Role, location_id: int) -> bool:
        """Whether the person holds this role at that location."""
        return any(m.location_id == location_id and m.role == role for m in self.memberships)

    @property
    def location_ids(self) -> set[int]:
        """The keys of the locations where the person holds a role."""
        return {m.location_id for m in self.memberships}

    @property
    def managed_ids(self) -> set[int]:
        """The keys of the locations where the person is a rental manager."""
        return {m.location_id for m in self.memberships if m.role == Role.RENTAL_MANAGER}


def access_of(request: HttpRequest) -> Access:
    """Return the access of the request's user, read once per request."""
    known: Access | None = getattr(request, "access", None)
    if known is None:
        user = cast(User, request.user)
        memberships = user.roles_held if user.is_authenticated else ()
        if memberships is None:  # signed in during this request
            memberships = tuple(Membership.objects.at_work(user.pk))
        chosen = request.session.get(SESSION_KEY)
        locations = [m.location for m in memberships]
        location = next((place for place in locations if place.pk == chosen), locations[0] if locations else None)
        known = Access(user, memberships, location)
        request.access = known  # type: ignore[attr-defined]
    return known


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor of the side menu."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or request.headers.get("HX-Request"):
        return {}
    access = access_of(request)
    # Somebody without a role there gets the customer's navigation, not a menu of forbidden sections.
    return {"access": access, "manage": access.is_staff and request.path.startswith(MANAGED)}
