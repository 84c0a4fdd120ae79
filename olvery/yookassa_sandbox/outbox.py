"""Notifications to the shop: the queue, the times of delivery and the attempts."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from olvery.yookassa_sandbox.faults import Rule
from olvery.yookassa_sandbox.wire import Json, to_wire

if TYPE_CHECKING:
    from olvery.yookassa_sandbox.provider import Provider

GIVEN_UP_AFTER = 24 * 3600

# Due and not waiting for another one's first attempt.
DUE = """
SELECT n FROM webhooks AS hook WHERE state = 'waiting' AND next_at <= ?
AND (after_n IS NULL OR EXISTS (SELECT 1 FROM webhooks WHERE n = hook.after_n AND attempts <> '[]'))
ORDER BY next_at, n
"""
SHOWN = "SELECT n, event, object_id, state, note, created_at, next_at, attempts, body FROM webhooks ORDER BY n"


def enqueue(provider: "Provider", event: str, now: Json, before: Json, metadata: Mapping[str, Any]) -> None:
    """Queue a notification with the object as it is now, in the transaction of the change."""
    rule = provider.faults.take("webhook", metadata, event=event)
    action = rule.action if rule else None
    snapshot = before if action == "stale" else now
    if rule and action == "huge":
        snapshot = {**now, "padding": "x" * int(rule.params["bytes"])}
    if rule and action == "forge":
        queue(provider, rule.params["event"] or event, {**now, **rule.params["object"]}, note="forge")
        queue(provider, event, snapshot)
        return
    copies = int(rule.params["n"]) if rule and action == "duplicate" else 1
    delay = float(rule.params["s"]) if rule and action == "delay" else 0
    state = {"drop": "dropped", "reorder": "held", "before_response": "urgent"}.get(action or "", "waiting")
    for _copy in range(copies):
        number = queue(provider, event, snapshot, state=state, delay=delay, note=action)
    if rule and action == "reorder":
        rule.held.append(number)
        if len(rule.held) == rule.params["n"]:
            release(provider, rule)


def queue(
    provider: "Provider",
    event: str,
    snapshot: Json,
    *,
    state: str = "waiting",
    delay: float = 0,
    note: str | None = None,
) -> int:
    """Queue a notification and return its number."""
    now = provider.now()
    body = {"type": "notification", "event": event, "object": snapshot}
    cursor = provider.store.run(
        "INSERT INTO webhooks (event, object_id, body, state, note, created_at, next_at, attempts)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, '[]')",
        *(event, snapshot.get("id"), json.dumps(body, ensure_ascii=False), state, note, now, now + delay),
    )
    provider.announce()
    return int(cursor.lastrowid or 0)


def release(provider: "Provider", rule: Rule) -> None:
    """Release the notifications held by a reorder, the last first, each after the one before it."""
    previous = None
    for number in reversed(rule.held):
        provider.store.run(
            "UPDATE webhooks SET state = 'waiting', next_at = ?, after_n = ? WHERE n = ?",
            *(provider.now(), previous, number),
        )
        previous = number
    rule.held.clear()
    provider.announce()


def claim_due(provider: "Provider") -> list[int]:
    """Mark due notifications as being sent, and return their numbers in order."""
    with provider.change():
        numbers = [row["n"] for row in provider.store.run(DUE, provider.now())]
        _claim(provider, numbers)
    return numbers


def claim_urgent(provider: "Provider") -> list[int]:
    """Mark notifications that must precede the answer as being sent, and return their numbers."""
    with provider.change():
        numbers = [row["n"] for row in provider.store.run("SELECT n FROM webhooks WHERE state = 'urgent' ORDER BY n")]
        _claim(provider, numbers)
    return numbers


def _claim(provider: "Provider", numbers: list[int]) -> None:
    for number in numbers:
        provider.store.run("UPDATE webhooks SET state = 'sending' WHERE n = ?", number)


def unclaim(provider: "Provider") -> None:
    """Queue again what was being sent, or was held by a rule, when the till stopped."""
    with provider.change():
        provider.store.run("UPDATE webhooks SET state = 'waiting' WHERE state IN ('sending', 'urgent', 'held')")


def next_due(provider: "Provider") -> float | None:
    """Return when the next notification is due, in seconds since 1970."""
    with provider.change():
        row = provider.store.run("SELECT min(next_at) AS at FROM webhooks WHERE state = 'waiting'").fetchone()
    return None if row["at"] is None else float(row["at"])


def body_of(provider: "Provider", number: int) -> bytes:
    """Return what a notification says. Raises KeyError."""
    with provider.change():
        row = provider.store.run("SELECT body FROM webhooks WHERE n = ?", number).fetchone()
    if row is None:
        raise KeyError(number)
    body: str = row["body"]
    return body.encode()


def record(provider: "Provider", number: int, *, status: int | None, error: str | None, by_hand: bool) -> Json:
    """Record an attempt, and when to try again; return the attempt."""
    now = provider.now()
    attempt = {"at": to_wire(now), "status": status, "error": error, "by_hand": by_hand}
    with provider.change():
        row = provider.store.run("SELECT * FROM webhooks WHERE n = ?", number).fetchone()
        if row is None:  # the till was reset during the attempt
            return attempt
        attempts = [*json.loads(row["attempts"]), attempt]
        state, next_at = row["state"], row["next_at"]
        if status == 200:
            state, next_at = "delivered", None
        elif not by_hand:
            next_at = _next_attempt(provider, row["created_at"], sum(not one["by_hand"] for one in attempts))
            state = "given_up" if next_at is None else "waiting"
        provider.store.run(
            "UPDATE webhooks SET attempts = ?, state = ?, next_at = ? WHERE n = ?",
            *(json.dumps(attempts), state, next_at, number),
        )
        provider.announce()
    return attempt


def _next_attempt(provider: "Provider", created_at: float, made: int) -> float | None:
    """Return when to try again, None after the last attempt."""
    if made >= len(provider.options.schedule):
        return None
    at = provider.now() + provider.options.schedule[made] / provider.options.time_scale
    return at if at <= created_at + GIVEN_UP_AFTER / provider.options.time_scale else None


def shown(provider: "Provider") -> list[Json]:
    """Return all notifications with their attempts, the oldest first."""
    with provider.change():
        rows = provider.store.run(SHOWN).fetchall()
    return [
        {
            **dict(row),
            "created_at": to_wire(row["created_at"]),
            "next_at": None if row["next_at"] is None else to_wire(row["next_at"]),
            "attempts": json.loads(row["attempts"]),
            "body": json.loads(row["body"]),
        }
        for row in rows
    ]
