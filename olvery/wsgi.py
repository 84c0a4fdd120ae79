"""WSGI entry point: `gunicorn olvery.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "olvery.settings")

application = get_wsgi_application()

# The worker and the commands run all system checks, but gunicorn runs none: an unsafe site must not start.
from olvery.checks import refuse_unsafe_settings  # noqa: E402 - needs the settings

refuse_unsafe_settings()
