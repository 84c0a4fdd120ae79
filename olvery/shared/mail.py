"""The e-mail backend of the demo: prints to the console and writes files."""

import sys
from typing import Any

from django.core.mail.backends import filebased
from django.core.mail.message import EmailMessage


class ConsoleAndFileBackend(filebased.EmailBackend):
    """Print recipient and subject, and write the whole message to EMAIL_FILE_PATH."""

    def write_message(self, message: EmailMessage) -> Any:
        print(f"\n── {message.subject}\n   to {', '.join(message.to)}\n\n{message.body}\n", file=sys.stderr, flush=True)
        return super().write_message(message)
