"""Text messages to phones. They only carry codes, and cost money: callers count each one first."""

import json
import sys
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string

SECONDS = (3.05, 10)


class TextNotSent(OSError):
    """The gateway did not accept a message."""


def are_on() -> bool:
    """Return whether this installation can send any."""
    return bool(settings.SMS_SENDER)


def send_text(phone: str, text: str) -> None:
    """Send a text to a number in E.164. Raises TextNotSent."""
    import_string(settings.SMS_SENDER)(phone, text)


def by_smsc(phone: str, text: str) -> None:
    """Send by SMSC.ru, see https://smsc.ru/api/http/send/. Raises TextNotSent."""
    import requests  # noqa: PLC0415 - 6 MB that a web process without text messages need not hold
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - as above

    from olvery.shared.outgoing import TimedAdapter, content_of  # noqa: PLC0415 - as above

    fields = {"apikey": settings.SMSC_API_KEY, "phones": phone, "mes": text, "charset": "utf-8", "fmt": "3"}
    if settings.SMSC_NAME:
        fields["sender"] = settings.SMSC_NAME
    try:
        with requests.Session() as session:
            for scheme in ("https://", "http://"):
                session.mount(scheme, TimedAdapter())
            response = session.post(settings.SMSC_URL, data=fields, timeout=SECONDS, allow_redirects=False, stream=True)
            response.raise_for_status()
            said = json.loads(content_of(response))
    except (OSError, HTTPError, ValueError, RecursionError) as error:
        raise TextNotSent(type(error).__name__) from None  # the error may name the number
    answer = said if isinstance(said, dict) else {}
    if "id" not in answer:
        raise TextNotSent(f"SMSC error {answer.get('error_code')}")


def to_console_and_file(phone: str, text: str) -> None:
    """Print a message and write it to SMS_FILE_PATH: the demo has no gateway."""
    print(f"\n── {phone}\n{text}\n", file=sys.stderr, flush=True)
    settings.SMS_FILE_PATH.mkdir(parents=True, exist_ok=True)
    name = f"{datetime.now():%Y%m%d-%H%M%S-%f}.txt"  # noqa: DTZ005 - a name for people, as of the letters
    (settings.SMS_FILE_PATH / name).write_text(f"{phone}\n{text}\n")
