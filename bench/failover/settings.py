"""The settings of a site whose database fails over: letters become files, and pages are as patient as in production."""

from bench.chaos.settings import *  # noqa: F403 - settings are names
from olvery.settings import JOB_STATEMENT_SECONDS, WEB_STATEMENT_SECONDS  # noqa: F401 - not the patience of bench
