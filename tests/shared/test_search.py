import pytest

from olvery.shared.search import as_russian_keys, digits_of, fold, is_too_short, search_key


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Семёнов", "семенов"),
        ("СЕМЕНОВ", "семенов"),
        ("  Петров   Иван ", "петров иван"),
        ("Римский-Корсаков", "римский корсаков"),
        ("О'Нил", "о нил"),
        ("Й и\u0306", "й й"),
        ("snake_case", "snake case"),
        ("—", ""),
    ],
)
def test_names_are_compared_without_case_dots_and_signs(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_the_key_of_a_name_starts_each_word_with_a_space() -> None:
    assert search_key("Петров", "Пётр", "") == " петров петр"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("gtnhjd", "петров"), ("ctv`yjd", "семёнов"), ("Gtnhjd", "петров"), ("[jkjgjd", "холопов"), ("петров", "петров")],
)
def test_a_name_typed_in_the_latin_layout_is_read_by_its_keys(typed: str, meant: str) -> None:
    assert as_russian_keys(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"), [("{jkjgjd", "холопов"), (":erjd", "жуков"), ("<jhbcjd", "борисов"), ('"lefhl', "эдуард")]
)
def test_a_capital_letter_typed_with_shift_is_read_by_its_key_too(typed: str, meant: str) -> None:
    assert as_russian_keys(typed) == meant


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("8 (916) 204-48-21", "89162044821"),
        ("+7", "7"),
        ("4821", "4821"),
        ("\u202a48-21\u202c", "4821"),
        ("дом 5", ""),
        ("", ""),
        ("-", ""),
    ],
)
def test_only_a_text_that_looks_like_a_phone_has_digits(text: str, digits: str) -> None:
    assert digits_of(text) == digits


@pytest.mark.parametrize(("text", "is_short"), [("", True), ("п", True), ("g.", False), ("--", True), ("пе", False)])
def test_a_search_wants_two_letters_by_either_layout(text: str, is_short: bool) -> None:
    assert is_too_short(text) is is_short
