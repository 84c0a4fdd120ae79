"""The settings of a site under fire: letters become files in the run's own directory."""

import os

from bench.settings import *  # noqa: F403 - settings are names

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = os.environ["CHAOS_MAIL"]
