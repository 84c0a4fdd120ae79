"""Error answers for programs: problem details, RFC 9457."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, JsonResponse

PROGRAMS = "/api/"
RETRY_SECONDS = {429: 60, 503: 5}


def is_by_program(request: HttpRequest) -> bool:
    """Whether the request comes from a program, which does not read pages."""
    return request.path.startswith(PROGRAMS)


def problem(status: int, reason: str, title: str, errors: Sequence[dict[str, Any]] = ()) -> JsonResponse:
    """Return a problem. `reason` is for programs and stable, `title` is for people."""
    body = {"type": f"urn:olvery:problem:{reason}", "title": title, "status": status, "errors": list(errors)}
    response = JsonResponse(body, status=status, content_type="application/problem+json")
    if status in RETRY_SECONDS:
        response.headers["Retry-After"] = str(RETRY_SECONDS[status])
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
