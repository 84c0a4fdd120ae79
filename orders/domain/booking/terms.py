"""The documents that a customer accepts by booking, or by paying what a manager has booked."""

from collections.abc import Iterable
from datetime import datetime

from accounts.domain.documents import DocumentChanged
from accounts.models import ACCEPTED, Document
from orders.models import AcceptedTerms, Order


def terms_now(location_id: int, *, at: datetime) -> list[Document]:
    """Return the documents that an order at a location accepts at this moment. One query."""
    return Document.objects.in_force(ACCEPTED, location_id=location_id, at=at)


def check_terms(shown: Iterable[int], *, location_id: int, at: datetime) -> None:
    """Check that these are the current editions. Raises DocumentChanged."""
    if {document.pk for document in terms_now(location_id, at=at)} != set(shown):
        raise DocumentChanged


def accept_terms(order: Order, shown: Iterable[int], *, at: datetime) -> None:
    """Store with an order the editions that its customer was shown; once accepted they stay. Raises DocumentChanged."""
    accepted = list(shown)
    check_terms(accepted, location_id=order.location_id, at=at)
    AcceptedTerms.objects.bulk_create(
        (AcceptedTerms(order=order, document_id=pk, at=at) for pk in accepted), ignore_conflicts=True
    )
