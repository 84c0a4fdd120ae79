"""A fresh confirmation that it is still the same person, before the most harmful actions."""

from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from olvery.shared.errors import page_of


def confirm(request: HttpRequest) -> None:
    """Pass if the person has confirmed within the last five minutes.

    Otherwise raises ReauthenticationRequired, which asks for confirmation and then repeats the request.
    """
    if settings.STAFF_SECOND_FACTOR:
        raise_if_reauthentication_required(request, app="accounts")


def confirm_first(request: HttpRequest) -> None:
    """Ask for a confirmation before a form that takes a password is shown.

    Typed passwords are not kept in the session: a form sent without confirmation has to be filled in again.
    """
    try:
        confirm(request)
    except ReauthenticationRequired as error:
        if request.method == "POST":
            raise ImmediateHttpResponse(redirect(request.get_full_path())) from error
        raise


def confirm_refund(request: HttpRequest, amount: Decimal | None) -> None:
    """Ask for a confirmation if more than REFUND_CONFIRMED_ABOVE roubles go back."""
    if amount is not None and amount > settings.REFUND_CONFIRMED_ABOVE:
        confirm(request)


def confirmed_file(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return the file of a view after a confirmation, which leads back to the page of the file."""

    @wraps(view)
    def wrapper(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            confirm(request)
        except ReauthenticationRequired:
            messages.info(request, _("Confirm that it is you, then export once more."))
            methods = get_adapter().get_reauthentication_methods(request.user)
            return redirect(f"{methods[0]['url']}?{urlencode({'next': page_of(request)})}")
        return view(request, *args, **kwargs)

    return wrapper
