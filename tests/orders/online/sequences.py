"""How many random sequences of deeds the money tests try; `python -m bench sequences` tries a thousand others."""

import os

from hypothesis import HealthCheck, settings

from tests.depth import rounds

ASKED = os.environ.get("MONEY_SEQUENCES")
sequences = settings(
    derandomize=ASKED is None,  # else by `--hypothesis-seed`
    deadline=None,
    database=None,
    max_examples=int(ASKED or rounds(10)),
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # what an example saves is rolled back
)
