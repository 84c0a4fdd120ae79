"""The WSGI server, in the demo and in production: `gunicorn olvery.wsgi`."""

import os
from typing import Any

from gunicorn.glogging import Logger

from olvery.shared.logs import without_secrets


class DiscreetLogger(Logger):
    """Writes the access log without the secrets that addresses carry."""

    def atoms(self, *request: Any) -> dict[str, Any]:
        """Return what a line is made of."""
        return {
            name: without_secrets(value) if isinstance(value, str) else value
            for name, value in super().atoms(*request).items()
        }


logger_class = DiscreetLogger

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 30
graceful_timeout = 10
max_requests = 10_000
max_requests_jitter = 1_000
accesslog = os.environ.get("ACCESS_LOG") or None
loglevel = "warning"
