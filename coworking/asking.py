"""Contacts for customers' questions, for pages of other apps."""

from collections.abc import Callable

from django.http import HttpRequest

from coworking.domain.showcase import locations_to_ask
from coworking.models import Location


def whom_to_ask(request: HttpRequest) -> dict[str, Callable[[], list[Location]]]:
    """Give templates the locations to ask, looked up lazily."""
    return {"whom_to_ask": locations_to_ask}
