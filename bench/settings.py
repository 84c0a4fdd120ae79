"""The settings of the product; static file names need no `collectstatic`, and slow queries are measured."""

from olvery.settings import *  # noqa: F403 - settings are names
from olvery.settings import STORAGES as _STORAGES

STORAGES = {**_STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WEB_STATEMENT_SECONDS = JOB_STATEMENT_SECONDS = 3600
