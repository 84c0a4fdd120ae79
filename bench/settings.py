"""The settings of the product; only the names of static files need no `collectstatic`."""

from olvery.settings import *  # noqa: F403 - settings are names
from olvery.settings import STORAGES as _STORAGES

STORAGES = {**_STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
