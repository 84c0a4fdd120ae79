"""Sending a letter once: leased before it is sent, recorded after, whatever the database does in between."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from time import sleep

from django.core.mail import EmailMessage
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError, connection
from django.db.models import Q

from olvery.shared.statements import Unconfirmed, confirmed
from orders.models import BillLetter, Message, WaitingLetter

log = logging.getLogger(__name__)

# How long a sender holds a letter before the sender counts as dead. Longer than a failover; the letter of a killed
# worker is this late.
LEASE = timedelta(minutes=4)
PAUSE = 1.0  # seconds between attempts to record it while the database is away
# Temporary errors: the database is away, slow, or read-only.
AWAY = (InterfaceError, InternalError, OperationalError, Unconfirmed)


def send_once(
    letter: BillLetter | Message | WaitingLetter,
    mail: EmailMessage,
    *,
    again: Callable[..., None],
    at: datetime,
    write_down: Callable[[], object] | None = None,
) -> bool:
    """Send a letter unless somebody else is sending it, and record that; return whether this call sent it.

    If another sender holds it, `again` queues a job for the moment when that one counts as dead.
    """
    mine = type(letter)._default_manager.filter(pk=letter.pk, sent_at=None)
    with confirmed():
        is_taken = mine.filter(Q(sending_until=None) | Q(sending_until__lte=at)).update(sending_until=at + LEASE)
    if not is_taken:
        for until in mine.values_list("sending_until", flat=True):
            again(at=until)
        return False
    try:
        mail.send()
    except Exception:
        with suppress(DatabaseError, InterfaceError):  # then the lease just expires
            mine.update(sending_until=None)
        raise
    insist(write_down or partial(mine.update, sent_at=at))
    return True


def insist(write: Callable[[], object]) -> None:
    """Keep trying to record what has already happened, for as long as this process lives.

    The outcome of a failed commit is unknown, so `write` must recognise its own work if it is already done.
    """
    while True:
        try:
            with confirmed():
                write()
        except AWAY as error:
            log.warning("A letter is out, and the database does not take it down: %s", error)
            connection.close()
            sleep(PAUSE)
        else:
            return
