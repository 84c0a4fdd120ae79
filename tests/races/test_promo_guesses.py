"""Codes tried at once are all counted; the control shows that a slot taken by another must not end the search."""

import pytest
from django.core.cache import cache

from orders.domain.booking import promo_guesses
from orders.domain.booking.promo_guesses import HOUR, MOST_OF_A_PERSON, Guesser, count_guess, refuse_guessing
from orders.domain.money.promo_uses import PromoRefused
from tests.races.guards import at_once, meet_after

GUESSER = Guesser(7, None)


@pytest.fixture(autouse=True)
def _nothing_tried() -> None:
    cache.clear()


def guess_at_once() -> None:
    """Try as many codes as allowed, each seeing all slots free."""
    with pytest.MonkeyPatch.context() as patched:
        meet_after(patched, promo_guesses, "_places_left", MOST_OF_A_PERSON)
        calls = [lambda number=number: count_guess(GUESSER, f"КОД-{number}") for number in range(MOST_OF_A_PERSON)]
        assert at_once(calls) == [None] * MOST_OF_A_PERSON  # type: ignore[arg-type]


def test_codes_that_are_tried_at_once_are_all_counted() -> None:
    guess_at_once()
    with pytest.raises(PromoRefused, match="promo_guessed_too_often"):
        refuse_guessing(GUESSER)


def test_control_where_nobody_looks_for_another_place_one_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def take_first(who: str, most: int) -> None:
        cache.add(promo_guesses._places_left(who, most)[0], 1, HOUR)

    monkeypatch.setattr(promo_guesses, "_take_place", take_first)
    guess_at_once()
    refuse_guessing(GUESSER)
    assert len(promo_guesses._places_left("person-7", MOST_OF_A_PERSON)) == MOST_OF_A_PERSON - 1
