"""People: searching for them, and registering new ones."""

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Status

from accounts.domain.people import PersonKnown, register_person
from accounts.domain.search_limit import count_search
from accounts.models import User
from olvery.shared.forms import NameField, PhoneField
from olvery.shared.phones import last_digits
from orders.api.access import Bearer, token_of
from orders.api.asking import clean
from orders.api.problems import REFUSALS
from orders.api.shapes import PersonIn, PersonOut
from orders.forms_people import key_of
from orders.models import Scope

router = Router(auth=Bearer(Scope.PEOPLE), tags=["People"])
RESULTS = 8


@router.get(
    "/people",
    response={200: list[PersonOut], **REFUSALS},
    summary="People by name, phone or e-mail, as the order form finds them",
)
def people(request: HttpRequest, search: str = Query(min_length=2, max_length=100)) -> list[PersonOut]:
    holder = token_of(request).holder
    count_search(holder, at=timezone.now())
    return [_shown(person, holder) for person in User.objects.found_by(search.replace("\0", ""), limit=RESULTS)]


@router.post(
    "/people",
    response={200: PersonOut, 201: PersonOut, **REFUSALS},
    summary="Register a person; 200 with the existing one if the phone or the e-mail is known",
)
def register(request: HttpRequest, sent: PersonIn) -> Status:
    holder, at = token_of(request).holder, timezone.now()
    count_search(holder, at=at)  # a known phone or e-mail identifies its owner
    contacts = {
        "phone": clean("phone", PhoneField(), sent.phone),
        "email": clean("email", forms.EmailField(required=False), sent.email).lower(),
    }
    names = {
        name: clean(name, NameField(required=name != "middle_name"), text)
        for name, text in sent.model_dump(include={"last_name", "first_name", "middle_name"}).items()
    }
    try:
        person = register_person(**names, **contacts, by=holder, at=at)
    except PersonKnown as known:
        return Status(200, _shown(known.facts["person"], holder))
    return Status(201, _shown(person, holder))


def _shown(person: User, holder: User) -> PersonOut:
    return PersonOut(
        key=key_of(person.pk, viewer=holder),
        name=person.full_name,
        company=person.company,
        phone_ends_with=last_digits(person.phone),
    )
