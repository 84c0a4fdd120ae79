import pytest
from django.core.exceptions import ValidationError
from phonenumber_field.phonenumber import PhoneNumber, to_python

from olvery.shared.forms import PhoneField
from olvery.shared.phones import format_phone, format_stored_phone, last_digits


def read(text: str) -> PhoneNumber:
    return PhoneField().clean(text)


@pytest.mark.parametrize(
    "text",
    [
        "+79123456789",
        "+7 912 345-67-89",
        "8 (912) 345-67-89",
        "89123456789",
        "79123456789",
        "912 345 67 89",
        "9123456789",
        "+912 345-67-89",
        "+8 912 345-67-89",
        "8+912 345-67-89",
        " 8–912–345–67–89 ",
        "8\u00a0912\u00a0345\u00a067\u00a089",
        "8.912.345.67.89",
        "8\u202f912\u2009345\u201167\u201289",
        "\u202a+7 912 345-67-89\u202c",
        "\ufeff8 912 345-67-89\u200b",
    ],
)
def test_any_usual_spelling_of_a_mobile_number_is_stored_as_e164(text: str) -> None:
    assert str(read(text)) == "+79123456789"


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("8 (495) 123-45-67", "+74951234567"),
        ("495 123-45-67", "+74951234567"),
        ("(812) 345-67-89", "+78123456789"),
        ("8 800 555-35-35", "+78005553535"),
        ("+375 29 123-45-67", "+375291234567"),
        ("\u202a+375 29 123\u201145\u201167\u202c", "+375291234567"),
        ("+7 701 123 45 67", "+77011234567"),
    ],
)
def test_landlines_and_other_countries_are_accepted(text: str, stored: str) -> None:
    assert str(read(text)) == stored


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("8 (912) 345-67-8", 1),
        ("+7 912 345-67-8", 1),
        ("912 345-67-8", 1),
        ("8 912 345", 4),
    ],
)
def test_a_bad_russian_number_says_how_many_digits_it_lacks(text: str, missing: int) -> None:
    with pytest.raises(ValidationError) as refusal:
        read(text)
    (error,) = refusal.value.error_list
    assert (error.code, error.params) == ("missing_digits", {"count": missing})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("8 912 345-67-8", "Не хватает 1\u00a0цифры: +7 и ещё 10\u00a0цифр."),
        ("8 (912) 345-67-890", "Такого номера нет: укажите +7 и ещё 10\u00a0цифр."),
        ("Петров", "Такого номера нет: укажите +7 и ещё 10\u00a0цифр."),
    ],
)
def test_a_refusal_is_one_sentence_of_ours(text: str, words: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        read(text)
    assert refusal.value.messages == [words]


@pytest.mark.parametrize(
    "text",
    [
        *("8 (912) 345-67-890", "Петров", "8 912 345-67-89 доб. 5", "8 912 345-67-89 ext. 5", "тел. 8 912 345-67-89"),
        *("@89123456789", "8 800 FLOWERS", "+", "()", "+7", "112", "\0", "8912345678\0"),
    ],
)
def test_a_text_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        read(text)
    assert refusal.value.error_list[0].code in {"no_such_number", "missing_digits"}


@pytest.mark.parametrize("text", ["1" * 60, "+7 912 345-67-89\0" * 4, "nobody" * 20])
def test_what_is_much_too_long_or_no_text_is_refused_once(text: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        read(text)
    assert [error.code for error in refusal.value.error_list] == ["no_such_number"]


@pytest.mark.parametrize("text", ["", "   ", None])
def test_no_number_is_missing_or_empty(text: str | None) -> None:
    with pytest.raises(ValidationError) as refusal:
        PhoneField().clean(text)
    assert refusal.value.error_list[0].code == "required"
    assert PhoneField(required=False).clean(text) == ""


@pytest.mark.parametrize(
    ("initial", "typed", "changed"),
    [
        ("+79162044821", "8 (916) 204-48-21", False),
        ("+79162044821", "8 (916) 204-48-22", True),
        ("+79162044821", "8 (916) 204-48-2", True),
        ("+79162044821", "", True),
        (None, "", False),
        (None, "8 (916) 204-48-21", True),
    ],
)
def test_another_spelling_of_the_number_is_no_change(initial: str | None, typed: str, changed: bool) -> None:
    assert PhoneField(required=False).has_changed(to_python(initial), typed) is changed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (to_python("+79162044821"), "+7 916 204-48-21"),
        ("+79162044821", "+7 916 204-48-21"),
        ("8 (916) 204-48-21", "8 (916) 204-48-21"),
        ("+7 916 204-48-2", "+7 916 204-48-2"),
        ("", ""),
        (None, None),
    ],
)
def test_a_field_shows_numbers_as_people_write_them_and_typed_text_as_it_is(value: object, text: str | None) -> None:
    assert PhoneField().prepare_value(value) == text


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("+79162044821", "+7\u00a0916\u00a0204-48-21"),
        ("+78312530117", "+7\u00a0831\u00a0253-01-17"),
        ("+375291234567", "+375\u00a029\u00a0123-45-67"),
        ("+79990000000", "+7\u00a0999\u00a0000-00-00"),
        ("not a number", "not a number"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_stored_number_is_written_for_people(stored: str | None, text: str) -> None:
    assert format_phone(to_python(stored)) == text
    assert format_stored_phone(stored or "") == text


def test_a_russian_mobile_number_is_written_as_the_library_writes_it() -> None:
    numbers = [read(f"+79{code:02}2044821") for code in range(100)]
    wanted = [number.as_international.replace(" ", "\u00a0") for number in numbers]
    assert [format_phone(number) for number in numbers] == wanted


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("+79162044821", "…48-21"),
        ("+79162040021", "…00-21"),
        ("+79990000001", "…00-01"),
        ("+77012345678", "…56-78"),
        ("+442079460007", "…00-07"),
        ("+3906698", "…66-98"),
        ("not a number", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_namesakes_are_told_apart_by_the_last_four_digits(stored: str | None, text: str) -> None:
    assert last_digits(to_python(stored)) == text
