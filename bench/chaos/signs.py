"""Signal files, next to the letters, by which a run tells its site's processes what is wrong."""

import os
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends import filebased
from django.utils import timezone

POST, CLOCK = "post-hangs", "clock-is-wrong"
FOLDER = Path(os.environ["CHAOS_MAIL"]) if "CHAOS_MAIL" in os.environ else None
WRONG_BY = timedelta(hours=1)
right_now = timezone.now


def now() -> datetime:
    """Return the moment by the clock of the site, which may be wrong."""
    return right_now() + WRONG_BY if is_shown(CLOCK) else right_now()


def is_shown(sign: str) -> bool:
    return FOLDER is not None and (FOLDER / sign).exists()


class Post(filebased.EmailBackend):
    """A mail server that writes letters to files; while it hangs, it does not answer until the client gives up."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> Any:
        """Write them. Raises TimeoutError."""
        if is_shown(POST):
            time.sleep(10)  # EMAIL_TIMEOUT
            raise TimeoutError("the mail server does not answer")
        return super().send_messages(messages)
