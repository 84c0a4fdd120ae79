"""Security events of accounts."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from accounts.models.rights import RoleEvent
from olvery.shared.fields import EnumField


class SecurityKind(models.TextChoices):
    """What happened at the door of an account."""

    SIGNED_IN = "signed_in", _("Sign-in")
    FAILED = "failed", _("Sign-in failed")
    LOCKED_OUT = "locked_out", _("Too many attempts, stopped")
    CODE_SENT = "code_sent", _("Code for sign-in sent")
    PASSWORD = "password", _("Password changed")
    RIGHTS = "rights", _("Rights changed")
    ENDED = "ended", _("All sessions ended")
    FACTOR_ADDED = "factor_on", _("Second factor added")
    FACTOR_REMOVED = "factor_off", _("Second factor removed")
    SESSION_ENDED = "session_off", _("Session ended")
    OTHERS_ENDED = "others_off", _("All other sessions ended")
    EMAIL = "email", _("E-mail changed")
    PHONE = "phone", _("Phone changed")


class SecurityEvent(models.Model):
    """What happened at the door of an account, when and from where: append-only, guarded like RoleEvent.

    `person` is empty if nobody has the typed e-mail or phone, which is not stored.
    """

    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("person"))
    kind = EnumField(SecurityKind, _("event"), max_length=12)
    method = models.CharField(_("method"), max_length=40, blank=True)
    role_event = models.OneToOneField(
        RoleEvent, models.PROTECT, null=True, related_name="+", verbose_name=_("change of rights")
    )
    address = models.GenericIPAddressField(_("address"), null=True)
    client = models.CharField(_("browser"), max_length=200, blank=True)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("security event")
        verbose_name_plural = _("security events")
        indexes = [models.Index(fields=["person", "-id"], name="security_event_of_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=SecurityKind.RIGHTS, role_event__isnull=False, person__isnull=False)
                | ~Q(kind=SecurityKind.RIGHTS) & Q(role_event__isnull=True),
                name="security_event_says_which_right",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
