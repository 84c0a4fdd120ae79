"""Letters with the invoice and the act of a month, to a company rather than to a person."""

from datetime import datetime
from functools import partial

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from olvery.shared.addresses import site_host
from olvery.shared.jobs import later
from orders.documents.lines import LANGUAGE
from orders.documents.month_bill import month_words, print_act_of_bill, print_bill, purpose_of
from orders.domain.desk.month_bills import SEND
from orders.letters.html import as_html
from orders.letters.once import send_once
from orders.models import BillLetter


def send_bill_letter(letter_id: int, *, at: datetime) -> bool:
    """Send a letter with a bill once; return whether this call sent it."""
    letter = BillLetter.objects.select_related("bill__location").filter(pk=letter_id, sent_at=None).first()
    if letter is None:
        return False
    write_down = partial(BillLetter.objects.filter(pk=letter.pk, sent_at=None).update, sent_at=at)
    again = partial(later, SEND, letter_id=letter.pk)
    return send_once(letter, compose_bill(letter), write_down=write_down, again=again, at=at)


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
        text = render_to_string("mail/bill.txt", context).strip()
        subject, body = (part.strip() for part in text.split("\n", maxsplit=1))
        html = as_html(subject, body, location=location, link_url="")
    mail = EmailMultiAlternatives(
        subject=subject,
        body=body + "\n",
        to=[letter.to],
        reply_to=[location.reply_email],
        headers={"Message-ID": f"<bill-{letter.pk}@{site_host()}>", "Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(html, "text/html")
    if papers.amount:
        mail.attach(f"invoice-{bill.pk}.pdf", print_bill(bill, correction), "application/pdf")
    mail.attach(f"act-{bill.act_number}.pdf", print_act_of_bill(bill, correction), "application/pdf")
    return mail
