"""Views for the roles at a location."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts.access import Access, access_of
from accounts.models import Role, User
from coworking.models import Location

P = ParamSpec("P")


class StaffRequest(HttpRequest):
    """A request that passed `staff_only`: the location is known."""

    user: User
    location: Location
    access: Access


def staff_only(
    *roles: Role,
) -> Callable[
    [Callable[Concatenate[StaffRequest, P], HttpResponse]], Callable[Concatenate[HttpRequest, P], HttpResponse]
]:
    """Require one of these roles at the current location; others get 403, naming the first role.

    Sets `request.location`.
    """

    def decorate(
        view: Callable[Concatenate[StaffRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            access = access_of(request)
            if access.location is None or not access.roles.intersection(roles):
                raise PermissionDenied(roles[0].label)
            request.location = access.location  # type: ignore[attr-defined]
            return view(cast(StaffRequest, request), *args, **kwargs)

        return wrapper

    return decorate


managers_only = staff_only(Role.RENTAL_MANAGER)
administrators_only = staff_only(Role.LOCATION_ADMINISTRATOR)
any_staff = staff_only(Role.RENTAL_MANAGER, Role.LOCATION_ADMINISTRATOR)
