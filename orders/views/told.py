"""Refusals of a button's action, shown on the page that it leads to."""

from django.contrib import messages
from django.http import HttpRequest

from olvery.shared.refusals import refusals_to
from orders.wording_refusals import refusal_text


def told(request: HttpRequest) -> refusals_to:
    """Show the refusals raised in the block as messages on the next page."""
    return refusals_to(lambda refusal: messages.error(request, refusal_text(refusal)))
