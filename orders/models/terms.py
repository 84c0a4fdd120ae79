"""What a customer accepted with an order."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Document
from orders.models.order import Order


class AcceptedTerms(models.Model):
    """The edition of a document that the customer accepted by placing an order: append-only."""

    order = models.ForeignKey(
        Order, models.PROTECT, db_index=False, related_name="accepted_terms", verbose_name=_("order")
    )
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name=_("edition"))
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("accepted terms")
        verbose_name_plural = _("accepted terms")
        constraints = [
            models.UniqueConstraint(fields=["order", "document"], name="accepted_terms_once_an_order"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.document_id}"
