"""What the API answers instead of what was asked: problem details, RFC 9457."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from accounts.domain.search_limit import SearchLimited
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
ARGUMENTS = ("sent", "asked")  # what our functions call a body and a query
RETRY_SECONDS = {429: 60, 503: 5}
REFUSALS = {401: Problem, 403: Problem, 404: Problem, 422: Problem, 429: Problem, 503: Problem}


def problem(status: int, reason: str, title: str, errors: Sequence[dict[str, Any]] = ()) -> HttpResponse:
    """Return a problem. `reason` is for programs and stays, `title` is for people."""
    body = {"type": f"urn:olvery:problem:{reason}", "title": title, "status": status, "errors": list(errors)}
    response = JsonResponse(body, status=status, content_type="application/problem+json")
    if status in RETRY_SECONDS:
        response.headers["Retry-After"] = str(RETRY_SECONDS[status])
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def of_refusal(request: HttpRequest, refusal: Any) -> HttpResponse:
    """Answer one reason."""
    status = STATUSES.get(type(refusal), 422)
    return problem(status, refusal.reason, refusal_text(refusal), [as_error(refusal)] if status == 422 else ())


def of_refused(request: HttpRequest, refused: Any) -> HttpResponse:
    """Answer all reasons why an order was refused."""
    return problem(422, "refused", _("This cannot be done."), [as_error(refusal) for refusal in refused.refusals])


def as_error(refusal: Refusal) -> dict[str, Any]:
    """Return a reason as the answer lists it; `booking` counts from 0."""
    return {
        "reason": refusal.reason,
        "field": refusal.field,
        "booking": refusal.part,
        "detail": refusal_text(refusal),
    }


def of_shape(request: HttpRequest, error: Any) -> HttpResponse:
    """Answer a request that is not as the schema says."""
    errors = [_as_mistake(one) for one in error.errors]
    return problem(422, "malformed", _("The request is not as the description says."), errors)


def _as_mistake(one: Any) -> dict[str, Any]:
    field = ".".join(str(part) for part in one["loc"][1:] if part not in ARGUMENTS)
    return {"reason": one["type"], "field": field, "booking": 0, "detail": one["msg"]}


def of_stranger(request: HttpRequest, error: Any) -> HttpResponse:
    """Answer a request without a token that counts."""
    return of_refusal(request, TokenUnknown())


def of_nothing(request: HttpRequest, error: Any) -> HttpResponse:
    """Answer that there is no such thing at the token's location."""
    return problem(404, "not_found", _("There is no such thing here."))
