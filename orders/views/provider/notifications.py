"""The endpoint for notifications of the payment provider."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from olvery.shared.addresses import client_address
from orders.domain.online.notifications import (
    LARGEST_BODY,
    BadNotification,
    is_from_provider,
    read_notification,
    store_notification,
)


@csrf_exempt
@login_not_required
@require_POST
def webhook(request: HttpRequest, secret: str) -> HttpResponse:
    """Store a notification and answer at once; only 200 ends its redelivery.

    404 for a wrong secret, 411 without a length, 413 for more than 64 KiB, unread, 403 from a foreign address,
    400 for anything that is not a notification, 503 while the database is away.
    """
    if not settings.YOOKASSA_WEBHOOK_SECRET or not constant_time_compare(secret, settings.YOOKASSA_WEBHOOK_SECRET):
        raise Http404
    length = request.META.get("CONTENT_LENGTH", "")
    if not length.isdecimal():
        return HttpResponse(status=411)
    if int(length) > LARGEST_BODY:
        return HttpResponse(status=413)
    address = client_address(request, trusted_proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT)
    if not is_from_provider(address):
        return HttpResponse(status=403)
    try:
        body = request.body
        store_notification(read_notification(body), body=body, address=address, at=timezone.now())
    except BadNotification:
        return HttpResponse(status=400)
    except DatabaseError:
        return HttpResponse(status=503)
    return HttpResponse()
