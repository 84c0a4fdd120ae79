"""Registering people: by a manager from the order form, or by themselves when they book."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from phonenumber_field.phonenumber import PhoneNumber

from accounts.models import User
from olvery.shared.refusals import Refusal


class PhoneClaimed(Refusal):
    """The phone is in an account whose owner has not proved it: the person proving it now may be somebody else."""

    reason = "phone_claimed"
    field = "phone"


class PersonKnown(Refusal):
    """The phone or the e-mail belongs to a registered person, who will be offered instead."""

    reason = "person_known"


class ContactOfClosed(Refusal):
    """The phone or the e-mail belongs to an account that support has closed: nobody can book for its owner."""

    reason = "contact_of_closed"


def find_known(*, phone: PhoneNumber | None, email: str) -> PersonKnown | ContactOfClosed | None:
    """Return the refusal if somebody already has this phone or e-mail."""
    email = email.strip().lower()
    for field, value in (("phone", phone), ("email", email)):
        person = User.objects.filter(**{field: value}).first() if value else None
        if person:
            return PersonKnown(field=field, person=person) if person.is_active else ContactOfClosed(field=field)
    return None


def register_person(
    *, last_name: str, first_name: str, middle_name: str, phone: PhoneNumber, email: str, by: User, at: datetime
) -> User:
    """Create a person whom a manager books for. Raises PersonKnown, ContactOfClosed.

    The order is the basis for processing their data: a contract, article 6 §1.5 of 152-FZ, which needs no consent.
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
    """Return the owner of a proved e-mail, registering them if they are new.

    A known person is not changed. A phone that is in another account is not added to this one, without telling
    anybody: it stays only in the order.
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
    except IntegrityError:  # the same code in two windows, or somebody else has meanwhile got this phone
        known = User.objects.filter(email=email).first()
        return known or User.objects.create_user(**names, phone=None, email=email, date_joined=at)


def person_of_phone(*, phone: PhoneNumber, last_name: str, first_name: str, at: datetime) -> User:
    """Return the owner of a proved phone, registering them if they are new. Raises PhoneClaimed.

    An e-mail typed with it stays only in the order: nobody has proved it, and a code sent to it would sign in.
    """
    person = User.objects.filter(phone=phone).first()
    if person is None:
        try:
            with transaction.atomic():
                return User.objects.create_user(last_name=last_name, first_name=first_name, phone=phone, date_joined=at)
        except IntegrityError:  # the same code in two windows, or a claim at the same moment
            person = User.objects.get(phone=phone)
    if person.phone_is_claim:
        raise PhoneClaimed
    return person


def person_of_contact(
    *, phone: PhoneNumber | None, email: str, last_name: str, first_name: str, by: User, at: datetime
) -> User:
    """Return the owner of a phone or an e-mail, registering them if they are new.

    A known person is not changed, and the caller must not reveal that there is one. An account that only claims the
    phone is somebody else's: the person is registered without it.
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
    except IntegrityError:  # somebody else has registered them at the same moment, or claims the phone
        return owners.first() or User.objects.create_user(**facts)
