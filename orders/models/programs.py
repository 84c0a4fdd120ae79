"""Programs of others: their tokens, and the webhooks that notify them of changes to orders."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coworking.models import Location
from olvery.shared.fields import EnumField
from orders.models.event import EventKind, OrderEvent


class Scope(models.TextChoices):
    """What a token is good for."""

    SERVICES = "services:read", _("Services: see what is sold, what is free and what it costs")
    ORDERS_READ = "orders:read", _("Orders and tickets: see them")
    ORDERS_WRITE = "orders:write", _("Orders: place and cancel them")
    PAYMENTS = "payments:write", _("Payments: record what was taken on site or by invoice")
    PEOPLE = "people:write", _("People: look for them and register them")


class ApiTokenQuerySet(QuerySet["ApiToken"]):
    def in_force(self, at: datetime) -> "ApiTokenQuerySet":
        """Return the tokens that open something at this moment."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at), revoked_at=None)


class ApiToken(models.Model):
    """A key for one location. Who has it acts for its holder, within the holder's role and these scopes."""

    location = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name=_("location"))
    holder = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("holder"))
    name = models.CharField(_("program"), max_length=60)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope), verbose_name=_("scopes"))
    # SHA-256 of a secret of 256 random bits: nothing to guess, so no salt and no slow hash.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(_("begins with"), max_length=12, editable=False)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    expires_at = models.DateTimeField(_("good until"), null=True, blank=True)
    # The minute it was last used in, and how often in it.
    used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    used_count = models.PositiveIntegerField(default=0, editable=False)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("revoked by")
    )

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [
            models.CheckConstraint(condition=Q(scopes__len__gte=1), name="api_token_has_a_scope"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="api_token_revoked_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.hint}…"

    @property
    def scope_labels(self) -> list[str]:
        """What it is good for, in words."""
        return [str(Scope(scope).label) for scope in self.scopes]


class ApiRequest(models.Model):
    """A request to change something, by its idempotency key; the same one again is carried out once."""

    token = models.ForeignKey(ApiToken, models.CASCADE, db_index=False, related_name="requests")
    key = models.CharField(max_length=200)
    # Of method, address and body: the same key with another body is a mistake of the program.
    digest = models.CharField(max_length=64)
    # What forms send against being saved twice.
    form_token = models.UUIDField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("request of a program")
        verbose_name_plural = _("requests of programs")
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="api_request_once_a_key")]
        indexes = [models.Index(fields=["at"], name="api_request_to_forget")]

    def __str__(self) -> str:
        return self.key


class Webhook(models.Model):
    """A URL that is notified of events at one location. Removed ones are kept for the log."""

    location = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name=_("location"))
    address = models.URLField(_("address"), max_length=500)
    kinds = ArrayField(models.CharField(max_length=20, choices=EventKind), verbose_name=_("events"))
    # Signing needs the secret itself: it is encrypted, since a digest would not do.
    secret = models.CharField(max_length=250, editable=False)
    # The former secret also signs for a day: receivers change theirs when it suits them.
    former_secret = models.CharField(max_length=250, editable=False, blank=True, default="", db_default="")
    renewed_at = models.DateTimeField(_("secret renewed at"), null=True, blank=True, editable=False)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    # Its receiver said that it is gone, or a person removed it.
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            models.CheckConstraint(condition=Q(kinds__len__gte=1), name="webhook_has_a_kind"),
            models.CheckConstraint(condition=Q(address__startswith="https://"), name="webhook_address_is_encrypted"),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def kind_labels(self) -> list[str]:
        """The events it is notified of, in words."""
        return [str(EventKind(kind).label) for kind in self.kinds]


class DeliveryStatus(models.TextChoices):
    WAITS = "waits", _("Waits")
    SENT = "sent", _("Delivered")
    FAILED = "failed", _("Given up")


class Delivery(models.Model):
    """One event for one webhook: a database trigger writes it in the transaction of the event."""

    webhook = models.ForeignKey(Webhook, models.PROTECT, db_index=False, related_name="deliveries")
    event = models.ForeignKey(OrderEvent, models.PROTECT, db_index=False, related_name="+")
    status = EnumField(DeliveryStatus, _("status"), max_length=10, default=DeliveryStatus.WAITS)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    # The number of the answer, or in a word why there was none.
    answer = models.CharField(_("answer"), max_length=60, blank=True)
    next_at = models.DateTimeField(_("next try at"))
    tried_at = models.DateTimeField(_("tried at"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["webhook", "event"], name="delivery_once_an_event")]
        indexes = [
            models.Index(fields=["next_at"], name="delivery_due", condition=Q(status="waits")),
            models.Index(fields=["webhook", "-id"], name="delivery_of_webhook"),
            models.Index(fields=["-id"], name="delivery_given_up", condition=Q(status="failed")),
        ]

    def __str__(self) -> str:
        return self.message_id

    @property
    def message_id(self) -> str:
        """What the receiver knows it by: the same for each try."""
        return f"msg_{self.webhook_id}_{self.event_id}"
