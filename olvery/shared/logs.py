"""Removes secrets and personal data from everything that is logged."""

import copy
import json
import logging
import re
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import psycopg
from django.http import HttpRequest

# Anyone who knows such a URL gets access by it.
SECRET_ADDRESS = re.compile(
    r"""
    (/(?: pay | booking | reminders | panel | payments/yookassa/webhook | accounts/password/reset/key)/)[^/\s?"']+
    | (/calendar/)[^/\s?"']+(?=\.ics)
    """,
    re.VERBOSE,
)
# Only from the beginning of a word: trying each letter, a URL of 30,000 characters would take seconds.
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(\.[\w-]+)+")
# A Russian number in any usual spelling, or any number in E.164.
PHONE = re.compile(r"(?<![\w.:-])(\+\d{7,15}|(\+7|8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2})(?![\w-])")
# PostgreSQL repeats the row or the key that it refuses.
ROW = re.compile(r"^(DETAIL|CONTEXT|QUERY|STATEMENT):.*$", re.MULTILINE)
# Exceptions about the program itself; the text of any other may repeat what somebody typed.
OF_THE_PROGRAM = (AttributeError, ImportError, NameError, NotImplementedError, RecursionError)


def without_secrets(text: str) -> str:
    """Remove secret parts of URLs, e-mails, phones, and database rows from a text."""
    for secret, left in ((SECRET_ADDRESS, r"\1\2…"), (EMAIL, "…@…"), (PHONE, "+…"), (ROW, r"\1: …")):
        text = secret.sub(left, text)
    return text


OF_AN_ORDER = "orders/<int:number>/"  # in URLs of the site
# The request that this thread is processing.
current_request: ContextVar[HttpRequest | None] = ContextVar("current_request", default=None)


class DiscreetFormatter(logging.Formatter):
    """A formatter that removes secrets; for an exception it logs the type and the stack, not the text."""

    def format(self, record: logging.LogRecord) -> str:
        """Format the record without secrets."""
        record = copy.copy(record)
        record.exc_text = None  # the exception as cached by another formatter
        return without_secrets(super().format(record))

    def formatException(
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """Return the stack of an exception and of its causes, without their texts."""
        return "".join(_told(ei[1], set())).rstrip("\n") if ei[1] else ""


class JsonFormatter(DiscreetFormatter):
    """One JSON object per line: the message, and the keys of its request, person, order and job.

    Keys tell support whom to ask; names, phones and e-mails are never logged.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Format the record without secrets."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
        }
        request = getattr(record, "request", None) or current_request.get()
        if isinstance(request, HttpRequest):
            told |= _keys_of(request)
        job = getattr(record, "job", None)
        if isinstance(job, dict):  # added by procrastinate
            told |= {"job": job.get("id"), "task": job.get("task_name")}
        if record.exc_info:
            told["exception"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False)


def _keys_of(request: HttpRequest) -> dict[str, Any]:
    """Return what is known about a request without querying the database."""
    told: dict[str, Any] = {"request": getattr(request, "number", None), "method": request.method}
    if match := request.resolver_match:
        told["view"] = match.view_name
        if OF_AN_ORDER in match.route:
            told["order"] = match.kwargs["number"]
    person = getattr(request, "_cached_user", None)
    return {name: value for name, value in (told | {"person": person and person.pk}).items() if value is not None}


def _told(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _told(before, seen)
        yield "\nwhich led to:\n\n"
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    yield f"{type(error).__module__}.{type(error).__qualname__}{_safe_text(error)}\n"
    for part in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _told(part, seen)


def _safe_text(error: BaseException) -> str:
    if isinstance(error, psycopg.Error):
        return ": " + " ".join(filter(None, [error.sqlstate, error.diag.table_name, error.diag.constraint_name]))
    return f": {error}" if isinstance(error, OF_THE_PROGRAM) else ""
