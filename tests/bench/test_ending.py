"""A benchmark that is told to end leaves nothing running."""

import signal
from collections.abc import Iterator

import pytest

from bench.ending import ENDINGS, end_with_what_was_started


@pytest.fixture(autouse=True)
def _handlers_of_before() -> Iterator[None]:
    before = {ending: signal.getsignal(ending) for ending in ENDINGS}
    yield
    for ending, handler in before.items():
        signal.signal(ending, handler)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_signal_ends_a_run_in_order_and_a_second_one_does_not_cut_that_short(ending: signal.Signals) -> None:
    ended = []
    end_with_what_was_started()
    with pytest.raises(SystemExit) as raised:
        try:
            signal.raise_signal(ending)
        finally:
            signal.raise_signal(signal.SIGTERM)
            ended.append("what was started")
    assert (raised.value.code, ended) == (128 + ending, ["what was started"])
