"""One key, one effect: answers are remembered for a day."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from olvery.yookassa_sandbox.failures import illegal
from olvery.yookassa_sandbox.store import Thing
from olvery.yookassa_sandbox.wire import Json

if TYPE_CHECKING:
    from olvery.yookassa_sandbox.provider import Provider

REMEMBERED = 24 * 3600
HEADER = "Idempotence-Key"


def checked_key(key: str | None) -> str:
    """Return the key of a request. Raises Failure."""
    if not key:
        raise illegal("Idempotence key is empty", HEADER)
    if len(key) > 64:
        raise illegal("Idempotence key is too long. Max. length is 64", HEADER)
    # The provider's pattern has `+-_`, a range by mistake; the documentation means the three characters.
    if not re.fullmatch(r"[0-9a-zA-Z+\-_.]+", key):
        raise illegal("Idempotence key contains illegal characters", HEADER)
    return key


def fingerprint(method: str, path: str, body: object) -> str:
    """Return a text that identifies the request, whatever the order of its fields."""
    canonical = json.dumps([method, path, body], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def answer_once(provider: "Provider", key: str, mark: str, act: Callable[[], Thing]) -> tuple[Json, bool]:
    """Act, or return the first answer again; also return whether it acted. Raises Failure.

    The caller holds the till's lock, so parallel requests with one key wait for each other. A refusal is not
    remembered: the corrected request may come with the same key.
    """
    key = f"{provider.options.shop}:{key}"
    now = provider.now()
    row = provider.store.run("SELECT * FROM answers WHERE key = ?", key).fetchone()
    if row and row["first_at"] + REMEMBERED > now:
        if row["fingerprint"] != mark:
            raise illegal("Idempotence key duplicated", HEADER)
        answer: Json = json.loads(row["answer"])
        if provider.options.replay == "current":
            thing = provider.store.find(row["kind"], answer["id"])
            answer = thing.public if thing else answer
        return answer, False
    thing = act()
    provider.store.run(
        "INSERT OR REPLACE INTO answers (key, fingerprint, kind, answer, first_at) VALUES (?, ?, ?, ?, ?)",
        *(key, mark, thing.kind, json.dumps(thing.public), now),
    )
    return thing.public, True
