"""A benchmark that is told to end leaves nothing running."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.ending import ENDINGS, end_with_what_was_started


@pytest.fixture(autouse=True)
def _handlers_of_before() -> Iterator[None]:
    before = {ending: signal.getsignal(ending) for ending in ENDINGS}
    yield
    for ending, handler in before.items():
        signal.signal(ending, handler)


@contextmanager
def ended_in_the_end(ended: list[str]) -> Iterator[None]:
    """Take note of having been ended, with another signal on the way."""
    try:
        yield
    finally:
        signal.raise_signal(signal.SIGTERM)
        ended.append("what was started")


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_signal_ends_a_run_in_order_and_a_second_one_does_not_cut_that_short(ending: signal.Signals) -> None:
    ended: list[str] = []
    end_with_what_was_started()
    with pytest.raises(SystemExit) as raised, ended_in_the_end(ended):
        signal.raise_signal(ending)
    assert (raised.value.code, ended) == (128 + ending, ["what was started"])
