import pytest

from olvery.shared.phones import BadPhone, format_phone, to_e164


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
        " 8–912–345–67–89 ",
        "8\u00a0912\u00a0345\u00a067\u00a089",
        "8.912.345.67.89",
    ],
)
def test_any_usual_spelling_of_a_mobile_number_is_stored_as_e164(text: str) -> None:
    assert to_e164(text) == "+79123456789"


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("8 (495) 123-45-67", "+74951234567"),
        ("495 123-45-67", "+74951234567"),
        ("(812) 345-67-89", "+78123456789"),
        ("8 800 555-35-35", "+78005553535"),
        ("+375 29 123-45-67", "+375291234567"),
        ("+7 701 123 45 67", "+77011234567"),
    ],
)
def test_landlines_and_other_countries_are_accepted(text: str, stored: str) -> None:
    assert to_e164(text) == stored


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("8 (912) 345-67-8", 1),
        ("+7 912 345-67-8", 1),
        ("912 345-67-8", 1),
        ("8 912 345", 4),
        ("8 (912) 345-67-890", 0),
    ],
)
def test_a_bad_russian_number_says_how_many_digits_it_lacks(text: str, missing: int) -> None:
    with pytest.raises(BadPhone) as refusal:
        to_e164(text)
    assert refusal.value.missing == missing


@pytest.mark.parametrize("text", ["", "   ", "Петров", "8 912 345-67-89 доб. 5", "@89123456789", "+", "()"])
def test_a_text_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(BadPhone):
        to_e164(text)


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("+79162044821", "+7\u00a0916\u00a0204-48-21"),
        ("+375291234567", "+375 29 123-45-67"),
        ("not a number", "not a number"),
    ],
)
def test_a_stored_number_is_written_for_people(stored: str, text: str) -> None:
    assert format_phone(stored) == text
