"""The settings of the tests, with pages that keep the database busy and short limits for them."""

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.slow_urls"
WEB_STATEMENT_SECONDS = 3  # enough time to look while the pages are slow
