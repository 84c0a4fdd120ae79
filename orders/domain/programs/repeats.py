"""Requests of programs that may arrive twice."""

import uuid
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction

from olvery.shared.refusals import Refusal
from orders.models import ApiRequest, ApiToken

KEPT = timedelta(days=30)


class KeyReused(Refusal):
    """The idempotency key came before, with another request."""

    reason = "idempotency_key_reused"


def form_token_of(token: ApiToken, key: str, *, request: bytes, at: datetime) -> uuid.UUID:
    """Return the form token that keeps this request from being carried out twice: the same for the same key.

    `request` is everything that identifies it. One to three queries. Raises KeyReused.
    """
    digest = sha256(request).hexdigest()
    known = known_request(token, key)
    if known is None:
        try:
            with transaction.atomic():
                known = ApiRequest.objects.create(token=token, key=key, digest=digest, form_token=uuid.uuid4(), at=at)
        except IntegrityError:  # it is being sent twice at this moment
            known = ApiRequest.objects.get(token=token, key=key)
    if known.digest != digest:
        raise KeyReused
    return known.form_token


def known_request(token: ApiToken, key: str) -> ApiRequest | None:
    """Return the request that came with this key, if there is one."""
    return ApiRequest.objects.filter(token=token, key=key).first()


def forget_old(at: datetime) -> int:
    """Delete keys older than a month. Returns how many there were."""
    return ApiRequest.objects.filter(at__lt=at - KEPT).delete()[0]
