"""Registering people: by a manager from the order form, or by themselves when they book."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from phonenumber_field.phonenumber import PhoneNumber

from accounts.models import User
from olvery.shared.refusals import Refusal


class PhoneClaimed(Refusal):
    """The phone stands in an account whose owner has not proved it: whoever proves it now may be somebody else."""

    reason = "phone_claimed"
    field = "phone"


class PersonKnown(Refusal):
    """The phone or the e-mail belongs to a registered person, who is offered instead."""

    reason = "person_known"


class ContactOfClosed(Refusal):
    """The phone or the e-mail stands in an account that support has closed: nobody books for its person."""

    reason = "contact_of_closed"


def find_known(*, phone: PhoneNumber | None, email: str) -> PersonKnown | ContactOfClosed | None:
    """Return why nobody else gets this phone or e-mail, if somebody has it."""
    email = email.strip().lower()
    for field, value in (("phone", phone), ("email", email)):
        person = User.objects.filter(**{field: value}).first() if value else None
        if person:
            return PersonKnown(field=field, person=person) if person.is_active else ContactOfClosed(field=field)
    return None


def register_person(
    *, last_name: str, first_name: str, middle_name: str, phone: PhoneNumber, email: str, by: User, at: datetime
) -> User:
    """Create a person that a manager books for. Raises PersonKnown, ContactOfClosed.

    The order is the basis of processing their data: a contract, article 6 §1.5 of 152-FZ. It needs no consent.
    """
    known = find_known(phone=phone, email=email)
    if known:
        raise known
    try:
        with transaction.atomic():
            return User.objects.create_user(
                last_name=last_name,
                first_name=first_name,
                middle_name=middle_name,
                phone=phone,
                email=email,
                created_by=by,
                date_joined=at,
            )
    except IntegrityError as error:
        known = find_known(phone=phone, email=email)
        if known:  # two managers took the same call
            raise known from error
        raise


def person_of_email(
    *, email: str, last_name: str, first_name: str, phone: PhoneNumber, middle_name: str = "", at: datetime
) -> User:
    """Return whose e-mail this is, which has been proved; register whoever is not known.

    Of a known person nothing is changed. A phone that stands in another account does not come into this one, and
    nobody is told: it stays in the order alone.
    """
    known = User.objects.filter(email=email).first()
    if known:
        return known
    free = None if User.objects.filter(phone=phone).exists() else phone
    names = {"last_name": last_name, "first_name": first_name, "middle_name": middle_name}
    try:
        with transaction.atomic():
            return User.objects.create_user(
                **names, phone=free, phone_is_claim=free is not None, email=email, date_joined=at
            )
    except IntegrityError:  # the same code in two windows, or somebody else has got this phone meanwhile
        known = User.objects.filter(email=email).first()
        return known or User.objects.create_user(**names, phone=None, email=email, date_joined=at)


def person_of_phone(*, phone: PhoneNumber, last_name: str, first_name: str, at: datetime) -> User:
    """Return whose phone this is, which has been proved; register whoever is not known. Raises PhoneClaimed.

    An e-mail that was typed along stays in the order: nobody has proved it, and a code to it would sign in.
    """
    person = User.objects.filter(phone=phone).first()
    if person is None:
        try:
            with transaction.atomic():
                return User.objects.create_user(last_name=last_name, first_name=first_name, phone=phone, date_joined=at)
        except IntegrityError:  # the same code in two windows, or a claim of the same moment
            person = User.objects.get(phone=phone)
    if person.phone_is_claim:
        raise PhoneClaimed
    return person


def person_of_contact(
    *, phone: PhoneNumber | None, email: str, last_name: str, first_name: str, by: User, at: datetime
) -> User:
    """Return whose contact this is, one of the two; register whoever is not known.

    Of a known person nothing is changed, and whoever asks is not to learn that there is one. Who only claims a phone
    is somebody else: the person is registered without it.
    """
    contact: dict[str, Any] = {"email": email} if email else {"phone": phone}
    owners = User.objects.filter(**contact, **({} if email else {"phone_is_claim": False}))
    known = owners.first()
    if known:
        return known
    facts: dict[str, Any] = {"last_name": last_name, "first_name": first_name, "created_by": by, "date_joined": at}
    try:
        with transaction.atomic():
            return User.objects.create_user(**facts, **contact)
    except IntegrityError:  # somebody else has named them at the same moment, or claims the phone
        return owners.first() or User.objects.create_user(**facts)
