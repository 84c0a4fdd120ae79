"""Error answers of the API."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.domain.search_limit import SearchLimited
from olvery.shared.problems import problem
from olvery.shared.refusals import Busy, Refusal
from orders.api.shapes import Problem
from orders.domain.desk.cancelling import PersonNeeded
from orders.domain.programs.tokens import ScopeMissing, TokenBusy, TokenUnknown
from orders.wording_refusals import refusal_text

STATUSES: dict[type[Refusal], int] = {
    TokenUnknown: 401,
    ScopeMissing: 403,
    PersonNeeded: 403,
    TokenBusy: 429,
    SearchLimited: 429,
    Busy: 503,
}
# Fields of our forms that a request has under another name.
NAMES = {"shown_total": "total", "visitor": "visitors", "moved_on": "moved_at", "rest": "owed_until"}
ARGUMENTS = ("sent", "asked")  # the parameter names of body and query in our functions
UNKNOWN = "extra_forbidden"  # pydantic's error type for an undeclared field
REFUSALS = dict.fromkeys((400, 401, 403, 404, 422, 429, 503), Problem)


def of_refusal(request: HttpRequest, refusal: Any) -> HttpResponse:
    """Answer a single refusal."""
    status = STATUSES.get(type(refusal), 422)
    return problem(status, refusal.reason, refusal_text(refusal), [as_error(refusal)] if status == 422 else ())


def of_refused(request: HttpRequest, refused: Any) -> HttpResponse:
    """Answer with all refusals of an order."""
    return problem(422, "refused", _("This cannot be done."), [as_error(refusal) for refusal in refused.refusals])


def as_error(refusal: Refusal) -> dict[str, Any]:
    """Return a refusal as the answer lists it; `booking` counts from 0."""
    return {
        "reason": refusal.reason,
        "field": NAMES.get(refusal.field, refusal.field),
        "booking": refusal.part,
        "detail": refusal_text(refusal),
    }


def of_shape(request: HttpRequest, error: Any) -> HttpResponse:
    """Answer a request that does not match the schema."""
    errors = [_as_mistake(one) for one in error.errors]
    return problem(422, "malformed", _("The request is not as the description says."), errors)


def _as_mistake(one: Any) -> dict[str, Any]:
    field = ".".join(str(part) for part in one["loc"][1:] if part not in ARGUMENTS)
    detail = _("The description has nothing of this name.") if one["type"] == UNKNOWN else one["msg"]
    return {"reason": one["type"], "field": field, "booking": 0, "detail": detail}


def of_unreadable(request: HttpRequest, error: Any) -> HttpResponse:
    """Answer a body that is not JSON."""
    return problem(error.status_code, "unreadable", _("The body cannot be read as JSON."))


def of_other_method(request: HttpRequest, *, allowed: str) -> HttpResponse:
    """Answer a method that a URL does not support."""
    answer = problem(405, "method_not_allowed", _("This address is not asked in this way."))
    answer.headers["Allow"] = allowed
    return answer


def of_stranger(request: HttpRequest, error: Any) -> HttpResponse:
    """Answer a request without a valid token."""
    return of_refusal(request, TokenUnknown())


def of_nothing(request: HttpRequest, error: Any = None) -> HttpResponse:
    """Answer that the token's location has no such object."""
    return problem(404, "not_found", _("There is no such thing here."))
