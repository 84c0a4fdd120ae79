"""Sending queued letters: about orders, about the waiting list, and with the bills of a month."""

from datetime import datetime
from functools import partial

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import translation

from coworking.domain.waiting import turn_of
from coworking.models import Ticket, TicketStatus
from olvery.shared.jobs import later
from orders.documents.lines import LANGUAGE
from orders.documents.month_bill import month_words, print_act_of_bill, print_bill, purpose_of
from orders.domain import messages
from orders.domain.booking import waiting
from orders.domain.booking.pass_reminders import is_worth_it
from orders.domain.booking.transitions import tickets_of
from orders.domain.desk import month_bills
from orders.domain.money.balance import balance_of
from orders.domain.online.links import can_be_paid
from orders.letters.compose import Overtaken, compose
from orders.letters.mail import mail_of, worded
from orders.letters.once import send_once
from orders.models import BillLetter, EventKind, Message, MessageKind, OrderEvent, WaitingLetter, WaitingLetterKind

ASKING_FOR_MONEY = (MessageKind.LINK, MessageKind.DEADLINE)


def send_message(message_id: int, *, at: datetime) -> bool:
    """Send a queued message once; return whether this call sent it. A message that is no longer true is not sent.

    The mail server is called outside of any transaction. If the process is killed between the server's answer and the
    mark, another sends it again with the same Message-ID, by which mail programs show it once.
    """
    message = (
        Message.objects.select_related("order__location", "order__customer", "handover").filter(pk=message_id).first()
    )
    if message is None or message.sent_at:  # withdrawn, or sent by an earlier run of the job
        return False
    try:
        _check(message, at=at)
        letter = compose(message)
    except Overtaken:
        message.delete()
        return False
    again = partial(later, messages.SEND, message_id=message.pk)
    return send_once(message, letter, write_down=partial(_write_down, message, at), again=again, at=at)


def _write_down(message: Message, at: datetime) -> None:
    if Message.objects.filter(pk=message.pk, sent_at=None).update(sent_at=at):
        OrderEvent.objects.create(
            order=message.order, kind=EventKind.MESSAGE_SENT, at=at, data={"kind": message.kind, "to": message.to}
        )


def _check(message: Message, *, at: datetime) -> None:
    """Raise Overtaken if it asks for what cannot be paid any more, or reminds of what is over.

    That is a booking that began, was moved, given up or released, or a pass that is used up.
    """
    order = message.order
    if message.kind in ASKING_FOR_MONEY and not can_be_paid(order, balance_of(order), at=at):
        raise Overtaken
    if message.kind == MessageKind.PASS_ENDS and not is_worth_it(order, at=at):
        raise Overtaken
    soon = Ticket.objects.filter(
        period__startswith=message.starts_at, period__startswith__gt=at, status=TicketStatus.ACTIVE
    )
    reminded = [message.handover.ticket_id] if message.handover else tickets_of(order)
    if message.kind == MessageKind.REMINDER and not soon.filter(pk__in=reminded).exists():
        raise Overtaken


def send_waiting_letter(letter_id: int, *, at: datetime) -> bool:
    """Send a letter about a wish on the waiting list once; return whether this call sent it.

    A letter that somebody is in line is not sent once they have left it.
    """
    letters = WaitingLetter.objects.select_related("wish__service__location", "wish__customer", "wish__tariff")
    letter = letters.filter(pk=letter_id, sent_at=None).first()
    if letter is None or (letter.kind == WaitingLetterKind.JOINED and not letter.wish.is_waiting):
        return False
    return send_once(letter, compose_waiting(letter), again=partial(later, waiting.SEND, letter_id=letter.pk), at=at)


def compose_waiting(letter: WaitingLetter) -> EmailMultiAlternatives:
    """Build the letter in Russian, as text and as HTML, with a working reply address."""
    wish, location = letter.wish, letter.wish.service.location
    context = {
        "wish": wish,
        "customer": wish.customer,
        "turn": turn_of(wish),
        "kept_for": waiting.kept_for(wish.service),
        "location": location,
        "zone": location.zone,
        "turn_url": settings.SITE_URL + reverse("orders:my-turn", args=[wish.pk]),
        "service_url": settings.SITE_URL + reverse("orders:service", args=[wish.service_id]),
    }
    with translation.override(LANGUAGE):
        text = worded(f"waiting_{letter.kind}", context)
        return mail_of(text, number=f"waiting-{letter.pk}", to=letter.to, location=location)


def send_bill_letter(letter_id: int, *, at: datetime) -> bool:
    """Send a letter with a bill once; return whether this call sent it."""
    letter = BillLetter.objects.select_related("bill__location").filter(pk=letter_id, sent_at=None).first()
    if letter is None:
        return False
    return send_once(letter, compose_bill(letter), again=partial(later, month_bills.SEND, letter_id=letter.pk), at=at)


def compose_bill(letter: BillLetter) -> EmailMultiAlternatives:
    """Build the letter in Russian, as text and as HTML, with a working reply address and both documents."""
    bill, location = letter.bill, letter.bill.location
    correction = bill.last_correction
    papers = correction or bill
    context = {
        "bill": bill,
        "papers": papers,
        "correction": correction,
        "month": month_words(bill.month),
        "purpose": purpose_of(bill, correction),
        "location": location,
        "zone": location.zone,
    }
    with translation.override(LANGUAGE):
        mail = mail_of(worded("bill", context), number=f"bill-{letter.pk}", to=letter.to, location=location)
    if papers.amount:
        mail.attach(f"invoice-{bill.pk}.pdf", print_bill(bill, correction), "application/pdf")
    mail.attach(f"act-{bill.act_number}.pdf", print_act_of_bill(bill, correction), "application/pdf")
    return mail
