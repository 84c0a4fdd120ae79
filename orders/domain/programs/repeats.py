"""Requests of programs that may arrive twice."""

import uuid
from datetime import datetime, timedelta
from hashlib import sha256

from olvery.shared.refusals import Refusal
from orders.models import ApiRequest, ApiToken

KEPT = timedelta(days=30)


class KeyReused(Refusal):
    """The idempotency key came before, with another request."""

    reason = "idempotency_key_reused"


def form_token_of(token: ApiToken, key: str, *, request: bytes, at: datetime) -> uuid.UUID:
    """Return what guards this request against being carried out twice: the same for the same key.

    `request` is everything that makes it another one. One or two queries. Raises KeyReused.
    """
    digest = sha256(request).hexdigest()
    first = {"digest": digest, "form_token": uuid.uuid4(), "at": at}
    known, _is_new = ApiRequest.objects.get_or_create(token=token, key=key, defaults=first)
    if known.digest != digest:
        raise KeyReused
    return known.form_token


def forget_old(at: datetime) -> int:
    """Delete keys of a month ago. Returns how many there were."""
    return ApiRequest.objects.filter(at__lt=at - KEPT).delete()[0]
