"""Letters with the invoice and the act of a month, to a company rather than to a person."""

from datetime import datetime
from functools import partial

from django.core.mail import EmailMultiAlternatives
from django.utils import translation

from olvery.shared.jobs import later
from orders.documents.lines import LANGUAGE
from orders.documents.month_bill import month_words, print_act_of_bill, print_bill, purpose_of
from orders.domain.desk.month_bills import SEND
from orders.letters.mail import mail_of, worded
from orders.letters.once import send_once
from orders.models import BillLetter


def send_bill_letter(letter_id: int, *, at: datetime) -> bool:
    """Send a letter with a bill once; return whether this call sent it."""
    letter = BillLetter.objects.select_related("bill__location").filter(pk=letter_id, sent_at=None).first()
    if letter is None:
        return False
    return send_once(letter, compose_bill(letter), again=partial(later, SEND, letter_id=letter.pk), at=at)


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
