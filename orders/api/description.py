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
Services, orders, tickets, payments and people of one location. Requests are refused for the same reasons as on the \
screens.

**Authentication.** A rental manager creates a token under «Программы». Send it with each request as \
`Authorization: Bearer olv_…`; it acts for that manager, within its scopes. A token may make {PER_MINUTE} requests a \
minute; further ones get 429 with `Retry-After`.

**Times and sums.** Moments are ISO 8601 with an offset; those in answers are in UTC. Days and clock times are the \
location's, in the `time_zone` that `/services` returns. The end of a period is exclusive: the next one may begin \
there. Sums are roubles as text with two decimals.

**Placing an order.** Send the wish to `/quotes`, show the `total`, and send the same with this `total` to `/orders`: \
if the price has changed in between, the order is refused and nothing is saved. People are named by a key, which \
`/people` returns and which is valid for {LIFE.total_seconds() / 3600:.0f} hours; after that look the person up again.

**Retries.** Orders and payments require an `Idempotency-Key`, a new one for each of them. After a timeout or a 503 \
send the same body with the same key: it is carried out once, and the answer shows the result. A key is kept for \
{KEPT.days} days; with another body it is refused. An order is cancelled only once: the second request is refused as \
`transition_not_allowed`.

**Lists.** `next` of a page is the `cursor` of the following page, empty on the last one. Rows added in between \
appear on earlier pages.

**Problems** follow RFC 9457. The last part of `type` and each `reason` are stable and meant for programs; `title` \
and `detail` are sentences for people. 400: the request is malformed. 401: no valid token. 403: not allowed for the \
token, or for programs. 404: no such object at the location. 405: no such method. 422: refused, with the fields \
concerned; the same request will be refused again. A field or parameter that is not described here is refused, too, \
as `extra_forbidden`: if it were ignored, a misspelt one would change the request. 429 and 503: retry after \
`Retry-After` seconds. 500: a failure of the server, which is logged.

**Webhooks** are created by the administrator of the location under «Программы» and follow \
[Standard Webhooks](https://www.standardwebhooks.com). Check the signature first: `webhook-signature` holds, \
separated by spaces, `v1,` and the base64 of the HMAC-SHA256 of `webhook-id.webhook-timestamp.body`. Its key is the \
secret after `whsec_`, decoded from base64. Refuse a `webhook-timestamp` that is more than five minutes off. For a \
day after «Новый секрет» the former secret signs, too, so there are two signatures. Answer 2xx within ten seconds and \
do the work afterwards; any other answer is retried {len(PAUSES)} times over a day and a half with the same \
`webhook-id`, and 410 ends the webhook. Retries may arrive after later events: `data.event` grows, and `data` is the \
state of the order at the moment of sending.\
"""


def webhooks() -> dict[str, Any]:
    """Return the description of the requests to webhooks, by the type of the event."""
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
        "responses": {"2XX": {"description": "Accepted."}, "410": {"description": "Send nothing more to this URL."}},
    }


def schemas() -> dict[str, Any]:
    """Return the shapes that only webhooks use."""
    told = Told.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    return {**told.pop("$defs"), "Told": told}
