"""That no scenario is left out."""

import importlib
import pkgutil

from tests import scenarios
from tests.scenarios.numbers import PLAYED

ALL = range(1, 41)


def test_each_of_the_forty_scenarios_is_played() -> None:
    for module in pkgutil.iter_modules(scenarios.__path__, f"{scenarios.__name__}."):
        importlib.import_module(module.name)
    assert sorted(PLAYED) == list(ALL)
