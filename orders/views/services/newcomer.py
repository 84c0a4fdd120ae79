"""Booking without being signed in: a code by e-mail or text message signs people in, and registers new ones."""

from datetime import datetime

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.contact_codes import ContactCode
from accounts.domain import people
from accounts.forms import CodeForm, NewcomerForm, count_letter, count_text
from accounts.models import Document, DocumentKind, User
from coworking.models import Location
from olvery.shared.forms import focus_first_error
from olvery.shared.text_messages import TextNotSent
from orders.wording_refusals import refusal_text

PURPOSE = "booking"
LETTER = "account/email/booking_code"


class Newcomer:
    """What somebody not signed in has typed about themselves, and the code sent to them.

    Nothing here depends on whether the e-mail is known, so that a stranger does not learn it.
    """

    def __init__(self, request: HttpRequest, *, email_required: bool = False) -> None:
        self.request = request
        self.waiting = ContactCode.waiting(request, purpose=PURPOSE)
        self.form = NewcomerForm(request.POST if request.method == "POST" else None, email_required=email_required)
        self.code = CodeForm(None, waiting=self.waiting)
        self.person = User()
        self.is_code_sent = False

    @staticmethod
    def was_signed_in(request: HttpRequest) -> bool:
        """Whether the form was opened by somebody signed in, and so did not ask for a name."""
        return "last_name" not in request.POST

    def proves(self) -> bool:
        """Return whether the right code was typed; if none was sent yet, send it."""
        if not self.form.is_valid():
            return False
        name = "phone" if self.form.is_by_text else "email"
        awaited = self.waiting and getattr(self.waiting, name) == self.form.cleaned_data[name]
        if not awaited or "again" in self.request.POST:
            self._send()
            self.is_code_sent = not self.form.errors
            self.code = CodeForm(None, waiting=self.waiting)
            self.code.fields["code"].widget.attrs["autofocus"] = self.is_code_sent  # on a phone it is far down the page
            return False
        self.code = CodeForm(self.request.POST, waiting=self.waiting)
        focus_first_error(self.code)
        return self.code.is_valid() and self._knows_person()

    def _knows_person(self) -> bool:
        """Find or register the owner of a proved contact; a contact that is only claimed gets an error."""
        typed, now = {**self.form.cleaned_data}, timezone.now()
        typed.pop("code_to", None)
        if not self.form.is_by_text:
            self.person = people.person_of_email(**typed, at=now)
            return True
        del typed["email"]
        try:
            self.person = people.person_of_phone(**typed, at=now)
        except people.PhoneClaimed as refusal:
            self.form.add_error("phone", refusal_text(refusal))
            return False
        return True

    def _send(self) -> None:
        name = "phone" if self.form.is_by_text else "email"
        to = str(self.form.cleaned_data[name])
        try:
            if self.form.is_by_text:
                count_text(to)
                self.waiting = ContactCode.texted(self.request, purpose=PURPOSE, phone=to, facts={})
            else:
                count_letter(to)
                self.waiting = ContactCode.sent(self.request, purpose=PURPOSE, email=to, letter=LETTER, facts={})
        except ValidationError as error:
            self.form.add_error(name, error)
        except TextNotSent:
            self.form.add_error(name, _("The text message could not be sent. Try again, or choose the e-mail."))
        except OSError:
            self.form.add_error(name, _("The letter could not be sent. Try again in a minute."))

    def sign_in(self, *, back_to: str) -> HttpResponse:
        """Sign in the owner of the contact, who may just have been registered.

        The response only leads elsewhere if something is still required, such as a second factor.
        """
        by = {"phone": str(self.person.phone)} if self.form.is_by_text else {"email": self.person.email or ""}
        record_authentication(self.request, self.person, method="code", **by)
        login = Login(user=self.person, redirect_url=back_to, email=by.get("email"))
        answer: HttpResponse = perform_login(self.request, login)
        return answer


def newcomer_context(
    request: HttpRequest, location: Location, *, email_required: bool, at: datetime
) -> dict[str, object]:
    """Return what a page asks of somebody who is not signed in; nothing of anybody else."""
    if request.user.is_authenticated:
        return {}
    policy = Document.objects.in_force([DocumentKind.POLICY], location_id=location.pk, at=at)
    return {"newcomer": Newcomer(request, email_required=email_required), "personal_data": policy}
