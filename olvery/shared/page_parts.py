"""Parts of every page that only scripts need: one cached script per language inserts them.

The dialog, the button of a day field and the toast for a server that does not answer, with their texts.
"""

import hashlib
import json
from functools import cache

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from olvery.shared.middleware import asks_nobody

AREAS = ("manage", "own")


@cache
def script(area: str, language: str) -> str:
    """Return the script for the pages of managers or for one's own; it runs before those that use the parts."""
    with translation.override(language):
        html = render_to_string("ui/parts.html", {"manage": area == "manage"})
    return f'document.body.insertAdjacentHTML("beforeend", {json.dumps(html, ensure_ascii=False)});\n'


@cache
def address(area: str, language: str) -> str:
    """Return the URL of the script; it changes with the content, so browsers cache it for ever."""
    version = hashlib.sha256(script(area, language).encode()).hexdigest()[:8]
    return reverse("page-parts", args=[area, language, version])


def addresses() -> list[str]:
    """Return the URLs of all of them."""
    return [address(area, language) for area in AREAS for language, _name in settings.LANGUAGES]


@asks_nobody
@login_not_required
@require_safe
def page_parts(request: HttpRequest, area: str, language: str, version: str) -> HttpResponse:
    """Serve the script. Raises Http404."""
    if area not in AREAS or language not in dict(settings.LANGUAGES):
        raise Http404
    response = HttpResponse(script(area, language), content_type="text/javascript")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
