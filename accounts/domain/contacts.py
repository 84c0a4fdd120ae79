"""A person's own name, e-mail and phone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from phonenumber_field.phonenumber import PhoneNumber

from accounts.domain import security
from accounts.domain.security import Origin
from accounts.models import SecurityKind, User
from olvery.shared.refusals import Busy, Refusal
from olvery.shared.rows import refused_as


class ContactTaken(Refusal):
    """The e-mail or the phone now belongs to somebody else."""

    reason = "contact_taken"


def is_free(person: User, *, email: str = "", phone: PhoneNumber | None = None, is_proved: bool = False) -> bool:
    """Tell whether nobody else has this e-mail, or this phone: whoever proves one gets it from who only claims it."""
    others = User.objects.exclude(pk=person.pk)
    holders = others.filter(email=email.lower()) if email else others.filter(phone=phone)
    return not (holders.filter(phone_is_claim=False) if is_proved else holders).exists()


def rename(person: User, *, last_name: str, first_name: str, middle_name: str, company: str) -> None:
    """Save the name of a person; orders keep the name they were made with.

    Raises Busy if the person is just being erased: the next request finds them signed out.
    """
    person.last_name, person.first_name, person.middle_name = last_name, first_name, middle_name
    person.company = company
    with refused_as({"user_stays_erased": Busy}), transaction.atomic():
        person.save(update_fields=["last_name", "first_name", "middle_name", "company", "name_key", "given_key"])


def change_email(person: User, *, email: str, origin: Origin, at: datetime) -> None:
    """Replace the e-mail by one that the person has proved. Raises ContactTaken.

    Former e-mails are deleted: they could still sign in.
    """
    with _refused_if_taken():
        person.email = email
        person.save(update_fields=["email"])
        EmailAddress.objects.filter(user=person).exclude(email=person.email).delete()
        security.record(SecurityKind.EMAIL, person=person, origin=origin, at=at)


def change_phone(person: User, *, phone: PhoneNumber, is_proved: bool, origin: Origin, at: datetime) -> None:
    """Replace the phone, or confirm it. Raises ContactTaken.

    Proving a number takes it from an account that only claimed it; that account continues without a phone.
    """
    with _refused_if_taken():
        if is_proved:
            _take_claimed(phone, person, at=at)
        person.phone, person.phone_is_claim = phone, not is_proved
        person.save(update_fields=["phone", "phone_is_claim"])
        security.record(SecurityKind.PHONE, person=person, origin=origin, at=at)


def _take_claimed(phone: PhoneNumber, person: User, *, at: datetime) -> None:
    claims = User.objects.filter(phone=phone, phone_is_claim=True).exclude(pk=person.pk)
    for other in list(claims):
        if claims.filter(pk=other.pk).update(phone=None, phone_is_claim=False):
            security.record(SecurityKind.PHONE, person=other, origin=Origin(None, ""), at=at)


@contextmanager
def _refused_if_taken() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise ContactTaken from error
