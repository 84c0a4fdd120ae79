"""Who books without being signed in: a code by e-mail signs them in, and registers whoever is not known."""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.domain import people
from accounts.email_codes import EmailCode
from accounts.forms import CodeForm, NewcomerForm, count_letter

PURPOSE = "booking"
LETTER = "account/email/booking_code"


class Newcomer:
    """What somebody who is not signed in has typed about themselves, and the code that was sent for it.

    Nothing in it depends on whether the e-mail is known: a stranger does not learn that here.
    """

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.waiting = EmailCode.waiting(request, purpose=PURPOSE)
        self.form = NewcomerForm(request.POST if request.method == "POST" else None)
        self.code = CodeForm(None, waiting=self.waiting)

    def proves(self) -> bool:
        """Tell whether the code for what was typed is there; if none was sent yet, send it."""
        if not self.form.is_valid():
            return False
        awaited = self.waiting and self.waiting.email == self.form.cleaned_data["email"]
        if not awaited or "again" in self.request.POST:
            self._send()
            return False
        self.code = CodeForm(self.request.POST, waiting=self.waiting)
        return self.code.is_valid()

    def _send(self) -> None:
        email = self.form.cleaned_data["email"]
        try:
            count_letter(email)
            self.waiting = EmailCode.sent(self.request, purpose=PURPOSE, email=email, letter=LETTER, facts={})
        except ValidationError as error:
            self.form.add_error("email", error)
        except OSError:
            self.form.add_error("email", _("The letter could not be sent. Try again in a minute."))

    def sign_in(self, *, back_to: str) -> HttpResponse:
        """Sign in whose e-mail it is, registered now if need be.

        The answer leads on only where something is still to be asked for, such as a second factor.
        """
        person = people.person_of_email(**self.form.cleaned_data, at=timezone.now())
        email = person.email or ""
        record_authentication(self.request, person, method="code", email=email)
        answer: HttpResponse = perform_login(self.request, Login(user=person, redirect_url=back_to, email=email))
        return answer
