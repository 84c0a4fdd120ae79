"""Requesting a letter with a sign-in code or with a link to set a new password."""

import logging
from typing import Any

from allauth.account import views
from django.forms import Form
from django.http import HttpResponse
from django.utils.translation import gettext as _

log = logging.getLogger(__name__)


class _ToldAtItsField:
    """Shows at the e-mail field that the mail server failed, whether the address is known or not."""

    address_field: str

    def form_valid(self, form: Form) -> HttpResponse:
        """Send the letter and go on."""
        try:
            answer: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        except OSError:
            log.exception("A letter for signing in was not sent")
            form.add_error(self.address_field, _("The letter could not be sent. Try again in a minute."))
            answer = self.form_invalid(form)  # type: ignore[attr-defined]
            answer.status_code = 422
        return answer


class _RequestLoginCode(_ToldAtItsField, views.RequestLoginCodeView):
    address_field = "login"


class _PasswordReset(_ToldAtItsField, views.PasswordResetView):
    address_field = "email"


request_login_code: Any = _RequestLoginCode.as_view()
password_reset: Any = _PasswordReset.as_view()
