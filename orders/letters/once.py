"""Sending a letter once: taken before it goes out, written down after, whatever the database does meanwhile."""

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

# How long a sender holds a letter before it counts as dead. Longer than a failover; so late is the letter of a worker
# that was killed.
LEASE = timedelta(minutes=4)
PAUSE = 1.0  # seconds, while no database takes what is to be written down
# What passes: the database is away, slow, or takes no writes.
AWAY = (InterfaceError, InternalError, OperationalError, Unconfirmed)


def send_once(
    letter: BillLetter | Message | WaitingLetter,
    mail: EmailMessage,
    *,
    again: Callable[..., None],
    at: datetime,
    write_down: Callable[[], object] | None = None,
) -> bool:
    """Send a letter that nobody else sends, and write it down; return whether this call sent it.

    Where another sender holds it, `again` queues a job for the moment when that one counts as dead.
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
        with suppress(DatabaseError, InterfaceError):  # then the lease ends by itself
            mine.update(sending_until=None)
        raise
    insist(write_down or partial(mine.update, sent_at=at))
    return True


def insist(write: Callable[[], object]) -> None:
    """Have the database take what is true already, for as long as this process lives.

    What became of a commit that broke nobody knows: `write` has to find its own work done.
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
