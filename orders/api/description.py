"""The published description apart from the operations: how to use the API, and what webhooks send."""

from typing import Any

from orders.api.shapes import Told
from orders.domain.programs.repeats import KEPT
from orders.domain.programs.tokens import PER_MINUTE
from orders.domain.programs.webhooks import PAUSES
from orders.forms_people import LIFE
from orders.forms_programs import TOLD
from orders.models import EventKind

HOW = f"""\
Services, orders, tickets, payments and people of one location. What is asked here is refused for the same reasons as \
on the screens.

**Who asks.** A rental manager makes a token under «Программы»; it goes into each request as \
`Authorization: Bearer olv_…` and acts for that manager, within its scopes. {PER_MINUTE} requests a minute are \
answered; after them comes 429 with `Retry-After`.

**Times and sums.** Moments are ISO 8601 with an offset; those that come out are in UTC. Days and clocks are the \
location's, whose `time_zone` `/services` tells. A period ends where the next may begin. Sums are roubles as text \
with two decimals.

**An order.** Ask `/quotes` with what is wanted, show the `total`, and send the same with this `total` to `/orders`: \
if the price has changed meanwhile, the order is refused and nothing is saved. A person has no number but a key, which \
`/people` gives and which holds for {LIFE.total_seconds() / 3600:.0f} hours; look the person up anew after that.

**Sent twice.** Orders and payments want an `Idempotency-Key`, made up anew for each of them. After a timeout or a \
503 send the same body with the same key: it is carried out once, and the answer shows what came of it. A key is \
kept for {KEPT.days} days; with another body it is refused. An order is cancelled once: the second time it is \
refused as `transition_not_allowed`.

**Lists.** `next` of a page is the `cursor` of the page after it, empty on the last one. Rows that come meanwhile are \
on pages before.

**Problems** follow RFC 9457. The last part of `type` and each `reason` are for programs and stay; `title` and \
`detail` are sentences for people. 400: the request cannot be read. 401: no token that counts. 403: the token or a \
program may not do it. 404: there is no such thing at the location. 405: no such method. 422: refused, with the \
fields that it is about; the same request will be refused again. A field or a parameter of a name that is not \
described here is refused, too, as `extra_forbidden`: left out, a misspelt one would ask for something else. 429 and \
503: ask again after `Retry-After` seconds. 500: a failure of ours, which is written down.

**Webhooks** are made by the administrator of the location under «Программы» and follow \
[Standard Webhooks](https://www.standardwebhooks.com). Check the signature before you believe anything: \
`webhook-signature` holds, separated by spaces, `v1,` and the base64 of the HMAC-SHA256 of \
`webhook-id.webhook-timestamp.body`, under the bytes that the secret is the base64 of after `whsec_`; refuse a \
`webhook-timestamp` that is more than five minutes away. For a day after «Новый секрет» the secret before signs, too, \
so there are two. Answer 2xx within ten seconds and do the work afterwards; anything else is tried again \
{len(PAUSES)} times over a day and a half with the same `webhook-id`, and 410 ends the webhook. What is tried again \
comes after later events: `data.event` grows, and `data` is how the order stands at the moment of sending.\
"""


def webhooks() -> dict[str, Any]:
    """Return the description of what is sent to webhooks, by the type of the event."""
    return {f"order.{kind}": {"post": _told(kind)} for kind in TOLD}


def _told(kind: EventKind) -> dict[str, Any]:
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/Told"}}}
    return {
        "summary": kind.name.replace("_", " ").capitalize(),
        "operationId": f"told_{kind}",
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}} for name in names
        ],
        "requestBody": {"required": True, "content": body},
        "responses": {"2XX": {"description": "Taken."}, "410": {"description": "Tell this address nothing more."}},
    }


def schemas() -> dict[str, Any]:
    """Return the shapes that only webhooks use."""
    told = Told.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    return {**told.pop("$defs"), "Told": told}
