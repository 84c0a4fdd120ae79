"""The WSGI server, in the demo and in production: `gunicorn olvery.wsgi`."""

import gc
import os
import shutil
import tempfile
from typing import Any

from gunicorn.glogging import Logger

from olvery.shared.logs import DiscreetFormatter, JsonFormatter


class DiscreetLogger(Logger):
    """Writes the error log and the access log without secrets in URLs."""

    def setup(self, cfg: Any) -> None:
        """Open both logs."""
        super().setup(cfg)
        is_json = os.environ.get("LOG_FORMAT") == "json"
        for log, line in ((self.error_log, self.error_fmt), (self.access_log, self.access_fmt)):
            for handler in log.handlers:
                handler.setFormatter(JsonFormatter() if is_json else DiscreetFormatter(line, self.datefmt))


logger_class = DiscreetLogger

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "olvery.web_worker.BufferingWorker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
worker_connections = 2000  # of a process, slow clients included
timeout = 30
graceful_timeout = 10
max_requests = 10_000
max_requests_jitter = 1_000
accesslog = os.environ.get("ACCESS_LOG") or None
access_log_format = '%(h)s %(t)s "%(m)s %(U)s %(H)s" %(s)s %(b)s %(D)s'  # no query string: it contains search texts
loglevel = "warning"


def post_worker_init(worker: Any) -> None:
    """Exclude objects loaded with the site from garbage collection, and collect less often.

    Collecting took 3 to 8 % of a page's processor time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


if os.environ.get("METRICS_TOKEN"):
    # The processes store their metrics here, each in its own files; must be set before the site is imported.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = counted = tempfile.mkdtemp(prefix="olvery-metrics-")

    def on_exit(server: Any) -> None:
        """Delete the metrics."""
        shutil.rmtree(counted, ignore_errors=True)
