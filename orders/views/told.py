"""Refusals of what a button does, told on the page that it leads to."""

from django.contrib import messages
from django.http import HttpRequest

from olvery.shared.refusals import refusals_to
from orders.wording_refusals import refusal_text


def told(request: HttpRequest) -> refusals_to:
    """Tell the refusals that end the block as messages of the next page."""
    return refusals_to(lambda refusal: messages.error(request, refusal_text(refusal)))
