"""What ends a block with a refusal, and what does not."""

import pytest

from olvery.shared.refusals import Busy, Refusal, Refused, as_refused, refusals_to


def test_a_refusal_is_shown_and_what_follows_the_block_goes_on() -> None:
    shown: list[Refusal] = []
    busy = Busy()
    with refusals_to(shown.append):
        raise busy
    assert shown == [busy]


def test_every_reason_of_a_refusal_is_shown() -> None:
    shown: list[Refusal] = []
    reasons = [Refusal("too_late"), Refusal("too_long")]
    with refusals_to(shown.append):
        raise Refused(reasons)
    assert shown == reasons


def test_other_errors_than_refusals_are_raised() -> None:
    shown: list[Refusal] = []
    with pytest.raises(LookupError), refusals_to(shown.append):
        raise LookupError
    assert not shown


def test_without_a_refusal_nothing_is_shown() -> None:
    shown: list[Refusal] = []
    with refusals_to(shown.append):
        pass
    assert not shown


def test_one_refusal_is_raised_as_all_there_are_and_many_stay_as_they_are() -> None:
    busy = Busy()
    with pytest.raises(Refused) as one, as_refused():
        raise busy
    assert one.value.refusals == [busy]
    many = Refused([Refusal("too_late"), Refusal("too_long")])
    with pytest.raises(Refused) as same, as_refused():
        raise many
    assert same.value is many
