"""The documents that a customer accepts by booking, or by paying what a manager has booked."""

from collections.abc import Iterable
from datetime import datetime

from accounts.domain.documents import DocumentChanged
from accounts.models import ACCEPTED, Document
from olvery.shared.refusals import Refused
from orders.models import AcceptedTerms, Order


def terms_now() -> list[Document]:
    """Return the documents that are accepted with an order, as they are now. One query."""
    return Document.objects.current(ACCEPTED)


def check_terms(shown: Iterable[int]) -> None:
    """Check that these are the editions of now. Raises DocumentChanged."""
    if {document.pk for document in terms_now()} != set(shown):
        raise DocumentChanged


def refuse_unseen_terms(shown: Iterable[int]) -> None:
    """Do as `check_terms` for a booking that is refused with all its reasons. Raises Refused."""
    try:
        check_terms(shown)
    except DocumentChanged as refusal:
        raise Refused([refusal]) from refusal


def accept_terms(order: Order, shown: Iterable[int], *, at: datetime) -> None:
    """Keep with an order the editions that its customer was shown; once accepted they stay. Raises DocumentChanged."""
    accepted = list(shown)
    check_terms(accepted)
    AcceptedTerms.objects.bulk_create(
        (AcceptedTerms(order=order, document_id=pk, at=at) for pk in accepted), ignore_conflicts=True
    )
