"""The files of pictures."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from coworking.models import PictureFile
from olvery.shared.middleware import asks_nobody

IMAGE = "image/webp"


@asks_nobody
@login_not_required
@require_safe
def picture(request: HttpRequest, digest: str, width: int) -> HttpResponse:
    """Serve a picture of the public pages; its URL changes with its content, so it is cached for ever."""
    content = PictureFile.objects.at(digest, width).open_to_all().content()
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type=IMAGE)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
