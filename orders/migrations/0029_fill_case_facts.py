"""Turn the texts of cases, and of payments under review, into facts; what nobody knows stays a text among them."""

import ast
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import migrations

STEP = 500
Json = dict[str, Any]


def mismatch_of(text: str, ours: Mapping[str, str]) -> Json:
    """Return what a text such as "amount 6.00, shop 12" says differs; `ours` are our values by field."""
    told = _told(text).items()
    rows = [{"field": field, "ours": ours.get(field, ""), "theirs": theirs} for field, theirs in told]
    different = [row for row in rows if row["ours"] != row["theirs"]]
    return {"differences": different} if different else {"text": text}


def _told(text: str) -> dict[str, str]:
    known = {"canceled after a success": {"status": "canceled"}, "unknown to the provider": {"id": ""}}
    if text in known:
        return known[text]
    if found := re.fullmatch(r"metadata (\{.*\})", text):
        with suppress(ValueError, SyntaxError):  # cut off at the length of the column
            named = ast.literal_eval(found[1])
            return {"attempt": named.get("payment_id", ""), "environment": named.get("env", "")}
    if found := re.fullmatch(r"refund (\S+) of (\S+)", text):
        return {"refund": found[1], "payment": found[2]}
    if found := re.fullmatch(r"amount (\S+) ([A-Z]{3})", text):
        return {"amount": found[1], "currency": found[2]}
    if found := re.fullmatch(r"(id|page) (\S+)", text):
        return {found[1]: found[2]}
    facts = [re.fullmatch(r"(shop|amount|currency|test) (\S+)", part) for part in text.split(", ")]
    return {fact[1]: fact[2] for fact in facts if fact} if all(facts) else {}


def ours_of(row: Any) -> dict[str, str]:
    """Return what we know of a payment, or of a refund, by the fields that can differ."""
    is_refund = hasattr(row, "attempt")
    attempt = row.attempt if is_refund else row
    return {
        "id": attempt.provider_id or "",
        "attempt": str(attempt.pk),
        "environment": settings.YOOKASSA_ENVIRONMENT,
        "shop": settings.YOOKASSA_SHOP_ID,
        "amount": str(row.amount),
        "currency": "RUB",
        "test": str(settings.YOOKASSA_SECRET_KEY.startswith("test_")),
        "status": "succeeded",
        "refund": (row.provider_id or "") if is_refund else "",
        "payment": attempt.provider_id or "",
    }


def facts_of(case: Any) -> Json:
    """Return what the text of a case states."""
    text = case.details
    about = case.refund or case.attempt
    if not text or text == case.provider_id:
        return {}
    if case.kind == "mismatch" and about:
        return mismatch_of(text, ours_of(about))
    if case.kind == "drift" and (found := re.fullmatch(r"(-?\d+\.\d\d) / (-?\d+\.\d\d)", text)):
        return {"ours": found[1], "theirs": found[2]}
    if case.kind == "refund_failed" and re.fullmatch(r"[a-z_]+", text):
        return {"code": text}
    return {"text": text}


def fill_cases(apps: Any, schema_editor: Any) -> None:
    cases = apps.get_model("orders", "MoneyCase").objects
    batch = []
    for case in cases.select_related("attempt", "refund__attempt").order_by("pk").iterator(chunk_size=STEP):
        thing, _space, key = case.subject.partition(" ")
        if thing == "provider":
            case.provider_id = key
        elif thing not in ("receipt", "refund", "payment", "order", "shop"):
            case.provider_id = case.subject[:36]  # nobody writes it: what tells two open cases apart must stay
        case.facts = facts_of(case)
        batch.append(case)
        if len(batch) == STEP:
            cases.bulk_update(batch, ["provider_id", "facts"])
            batch.clear()
    cases.bulk_update(batch, ["provider_id", "facts"])


def fill_attempts(apps: Any, schema_editor: Any) -> None:
    attempts = apps.get_model("orders", "PaymentAttempt").objects
    for attempt in attempts.exclude(review_reason="").order_by("pk").iterator(chunk_size=STEP):
        attempt.mismatch = mismatch_of(attempt.review_reason, ours_of(attempt))
        attempt.save(update_fields=["mismatch"])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0028_case_facts")]
    operations = [
        migrations.RunPython(fill_cases, migrations.RunPython.noop),
        migrations.RunPython(fill_attempts, migrations.RunPython.noop),
    ]
