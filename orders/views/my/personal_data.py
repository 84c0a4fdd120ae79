"""What a person asks about their own data."""

from typing import cast

from allauth.core.ratelimit import consume_or_429
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import User
from orders.documents.personal_data import archive
from orders.domain.queries.personal_data import personal_data


@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Give a person everything that is kept about them, ten times an hour at most."""
    person, now = cast(User, request.user), timezone.now()
    refused: HttpResponse | None = consume_or_429(request, action="own_export", user=person)
    if refused:
        return refused
    response = HttpResponse(archive(personal_data(person), at=now), content_type="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="my-data-{now:%Y-%m-%d}.zip"'
    return response
