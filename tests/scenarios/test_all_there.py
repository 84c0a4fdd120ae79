"""No scenario is missing, and none goes unchecked."""

import importlib
import inspect
import pkgutil

import pytest

from tests import scenarios
from tests.scenarios.numbers import PLAYED

ALL = range(1, 49)
# These have no books to compare: no order at all, or nothing that is sent.
WITHOUT_BOOKS = {
    "test_connecting_and_reading_together_keep_no_person_waiting_too_long",
    "test_nothing_below_us_repeats_a_request_by_itself",
    "test_a_capture_whose_answer_is_lost_is_repeated_and_another_one_changes_nothing",
    "test_a_hold_nobody_captures_says_when_it_ends_and_ends_then",
    "test_a_key_at_the_till_it_belongs_to_lets_the_site_start",
    "test_a_key_to_real_money_goes_nowhere_but_to_the_provider",
}


@pytest.fixture(scope="module", autouse=True)
def _all_modules() -> None:
    for module in pkgutil.iter_modules(scenarios.__path__, f"{scenarios.__name__}."):
        importlib.import_module(module.name)


def test_each_scenario_is_played() -> None:
    assert sorted(PLAYED) == list(ALL)


def test_after_each_scenario_the_books_are_compared() -> None:
    """The fixture that does it is `scene`; a test that takes another one by mistake would never complain."""
    tests = {test.__name__: test for played in PLAYED.values() for test in played}
    compared = {name for name, test in tests.items() if "scene" in inspect.signature(test).parameters}
    assert set(tests) - compared == WITHOUT_BOOKS
