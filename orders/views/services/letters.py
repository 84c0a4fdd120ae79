"""Letters that a customer has sent to an e-mail which is not theirs: anybody may type one."""

from allauth.core import ratelimit
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User


def may_write(request: HttpRequest, form: forms.Form, customer: User) -> bool:
    """Count what is sent to an e-mail that is not the customer's; of too many the field says so. The form is valid."""
    email = form.cleaned_data["email"].lower()
    if email in ("", customer.email) or ratelimit.consume(request, action="letters_to_others", user=customer):
        return True
    form.add_error("email", _("Letters went to e-mails of others very often. Take your own, or try again in an hour."))
    return False
