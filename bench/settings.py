"""The settings of the product; the names of static files need no `collectstatic`, and what is slow is measured."""

from olvery.settings import *  # noqa: F403 - settings are names
from olvery.settings import STORAGES as _STORAGES

STORAGES = {**_STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WEB_STATEMENT_SECONDS = JOB_STATEMENT_SECONDS = 3600
