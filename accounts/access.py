"""Access to views by role, and the current location."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts.models import Membership, Role, User

if TYPE_CHECKING:
    from coworking.models import Location

SESSION_KEY = "location"
P = ParamSpec("P")


@dataclass(frozen=True)
class Access:
    """The roles of the signed-in person, and their current location."""

    user: User
    memberships: tuple[Membership, ...]
    location: "Location | None"

    @property
    def is_staff(self) -> bool:
        """Whether the person works in the management interface at all."""
        return bool(self.memberships)

    @property
    def locations(self) -> "list[Location]":
        """The locations where the person holds a role, by name."""
        return list({m.location_id: m.location for m in self.memberships}.values())

    @property
    def roles(self) -> set[str]:
        """The roles held at the current location."""
        return {m.role for m in self.memberships if self.location and m.location_id == self.location.pk}

    @property
    def role_label(self) -> str:
        """The role as the side menu names it."""
        return " · ".join(str(Role(role).label) for role in sorted(self.roles, reverse=True))

    @property
    def is_manager(self) -> bool:
        """Whether the person is a rental manager at the current location."""
        return Role.RENTAL_MANAGER in self.roles

    def holds(self, role: Role, location_id: int) -> bool:
        """Whether the person holds this role at that location."""
        return any(m.location_id == location_id and m.role == role for m in self.memberships)

    def locations_as(self, *roles: Role) -> list[int]:
        """Return the keys of the locations where the person holds one of the roles."""
        return [m.location_id for m in self.memberships if m.role in roles]


class StaffRequest(HttpRequest):
    """A request that passed `staff_only`: the location is known."""

    user: User
    location: "Location"
    access: Access


def access_of(request: HttpRequest) -> Access:
    """Return the access of the request's user, read once per request."""
    known: Access | None = getattr(request, "access", None)
    if known is None:
        user = cast(User, request.user)
        memberships = user.roles_held if user.is_authenticated else ()
        if memberships is None:  # signed in within this very request
            memberships = tuple(Membership.objects.at_work(user.pk))
        chosen = request.session.get(SESSION_KEY)
        locations = [m.location for m in memberships]
        location = next((place for place in locations if place.pk == chosen), locations[0] if locations else None)
        known = Access(user, memberships, location)
        request.access = known  # type: ignore[attr-defined]
    return known


def staff_only(
    *roles: Role,
) -> Callable[
    [Callable[Concatenate[StaffRequest, P], HttpResponse]], Callable[Concatenate[HttpRequest, P], HttpResponse]
]:
    """Require one of the roles at the current location; others get 403.

    Sets `request.location`.
    """

    def decorate(
        view: Callable[Concatenate[StaffRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            access = access_of(request)
            if access.location is None or not access.roles.intersection(roles):
                raise PermissionDenied
            request.location = access.location  # type: ignore[attr-defined]
            return view(cast(StaffRequest, request), *args, **kwargs)

        return wrapper

    return decorate


managers_only = staff_only(Role.RENTAL_MANAGER)
any_staff = staff_only(Role.RENTAL_MANAGER, Role.LOCATION_ADMINISTRATOR)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor of the side menu."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or request.headers.get("HX-Request"):
        return {}
    return {"access": access_of(request), "manage": request.path.startswith("/manage/")}
