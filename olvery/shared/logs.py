"""Cut secrets out of logged URLs."""

import logging
import re

# The payment link, and the webhook of the payment provider.
SECRET_ADDRESS = re.compile(r"(/pay/|/payments/yookassa/webhook/)[^/\s?\"']+")


def without_secrets(text: str) -> str:
    """Remove the secret part of every URL in a text."""
    return SECRET_ADDRESS.sub(r"\1…", text)


class DiscreetFormatter(logging.Formatter):
    """A formatter that removes secrets, from tracebacks too."""

    def format(self, record: logging.LogRecord) -> str:
        """Format the record without secrets."""
        return without_secrets(super().format(record))
