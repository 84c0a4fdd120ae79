from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast
from django.test.utils import CaptureQueriesContext
from phonenumber_field.phonenumber import PhoneNumber

from accounts.adapter import AccountAdapter
from accounts.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db

STORED = "+79162044821"
SPELLINGS = [STORED, "8 (916) 204-48-21", "89162044821", "9162044821"]


def column() -> list[str | None]:
    """Return the phones as stored in the database, not as the field reads them."""
    return list(User.objects.order_by("pk").values_list(Cast("phone", CharField()), flat=True))


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_phone_is_stored_as_e164_whatever_its_spelling(spelling: str) -> None:
    made = make_user(phone=spelling)
    User.objects.bulk_create([User(last_name="Ким", first_name="Олег", phone="8 (903) 111-22-33")])

    read = User.objects.get(pk=made.pk).phone
    assert column() == [STORED, "+79031112233"]
    assert (type(read), str(read), type(made.phone), str(made.phone)) == (PhoneNumber, STORED, PhoneNumber, STORED)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_person_is_found_by_their_phone_in_any_spelling(spelling: str) -> None:
    person = make_user(phone=STORED)
    make_user(phone=None)

    assert list(User.objects.filter(phone=spelling)) == [person]
    assert list(User.objects.filter(phone__in=[spelling])) == [person]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_phone_is_one_persons_in_any_spelling(spelling: str) -> None:
    make_user(phone=STORED)

    with pytest.raises(IntegrityError, match="phone"), transaction.atomic():
        make_user(phone=spelling)
    with pytest.raises(ValidationError) as refusal:
        User(last_name="Ким", first_name="Олег", phone=spelling, password="!", given_key="олег").full_clean(
            exclude=["name_key"]
        )
    assert set(refusal.value.message_dict) == {"phone"}
    assert column() == [STORED]


def test_people_without_a_phone_do_not_share_one() -> None:
    for empty in (None, ""):
        make_user(phone=empty)

    assert column() == [None, None]
    assert [person.phone for person in User.objects.all()] == [None, None]


@pytest.mark.parametrize(
    "phone",
    ["no number", "12", "8 916 204-48-2", Value("8 916 204-48-21"), Value("79162044821"), Value("")],
    ids=str,
)
def test_the_database_refuses_a_phone_that_is_not_e164(phone: Any) -> None:
    make_user(phone=STORED)

    with pytest.raises(IntegrityError) as error, transaction.atomic():
        User.objects.update(phone=phone)
    assert error.value.__cause__.diag.constraint_name == "user_phone_is_e164"
    assert column() == [STORED]


def test_a_number_that_no_plan_knows_any_more_is_kept_as_it_was() -> None:
    User.objects.filter(pk=make_user().pk).update(phone=Value("+70000000000"))
    person = User.objects.get()

    person.save()

    assert (str(person.phone), column()) == ("+70000000000", ["+70000000000"])


def test_the_index_of_parts_and_the_constraints_are_what_they_were() -> None:
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "accounts_user")
        (phone,) = (
            field
            for field in connection.introspection.get_table_description(cursor, "accounts_user")
            if field.name == "phone"
        )
    on_phone = {name for name, facts in constraints.items() if facts["columns"] == ["phone"]}

    assert {"user_phone_trigrams", "user_phone_is_e164"} <= on_phone
    assert any(constraints[name]["unique"] for name in on_phone)
    assert (phone.display_size, phone.null_ok) == (16, True)


def test_a_phone_is_read_with_its_person_in_one_query() -> None:
    for _ in range(3):
        make_user()

    with CaptureQueriesContext(
        connection,
    ) as queries:
        phones = [str(person.phone) for person in User.objects.all()]
    assert (len(queries), all(phones)) == (1, True)


def test_the_sign_in_gets_the_phone_as_text_for_its_session() -> None:
    adapter = AccountAdapter()
    person = make_user(phone="8 916 204-48-21")

    assert adapter.get_phone(make_user(phone=None)) is None
    given, verified = adapter.get_phone(person) or ("", False)
    assert (type(given), given, verified) == (str, STORED, True)
    assert adapter.get_user_by_phone(given) == adapter.get_user_by_phone("8 (916) 204-48-21") == person
    assert adapter.get_user_by_phone("8 916 204-48-21 доб. 5") is None
    adapter.set_phone(person, "8 (903) 111-22-33", verified=True)
    person.refresh_from_db()
    assert str(person.phone) == "+79031112233"
    assert type(adapter.clean_phone("8 903 111-22-33")) is str
