"""The roles that people hold at a location, and who granted or revoked which right."""

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from olvery.shared.fields import EnumField


class Role(models.TextChoices):
    """What a person may do at a location; somebody without a role is a customer."""

    RENTAL_MANAGER = "rental_manager", _("Rental manager")
    LOCATION_ADMINISTRATOR = "location_administrator", _("Location administrator")


class MembershipQuerySet(QuerySet["Membership"]):
    """Named queries on roles."""

    def at_work(self, user_id: int) -> "MembershipQuerySet":
        """Return the roles of a person at active locations, with person and location, by the location's name."""
        held = self.filter(user=user_id, location__is_active=True)
        return held.select_related("user", "location").order_by("location__name", "role")


class Membership(models.Model):
    """A role that a person holds at a location; one person may hold both."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships", verbose_name=_("person"))
    location = models.ForeignKey(
        "coworking.Location", models.PROTECT, related_name="memberships", verbose_name=_("location")
    )
    role = EnumField(Role, _("role"), max_length=30)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(fields=["user", "location", "role"], name="membership_held_once"),
        ]

    def __str__(self) -> str:
        return self.get_role_display()


class Right(models.TextChoices):
    """What is granted and revoked: a role at a location, or a right in Django admin."""

    RENTAL_MANAGER = Role.RENTAL_MANAGER.value, _("Rental manager")
    LOCATION_ADMINISTRATOR = Role.LOCATION_ADMINISTRATOR.value, _("Location administrator")
    SUPPORT = "support", _("Support")
    SUPERUSER = "superuser", _("Superuser")
    GROUP = "group", _("Group")


class RoleAction(models.TextChoices):
    """What happened to a right."""

    GRANTED = "granted", _("granted")
    REVOKED = "revoked", _("revoked")


class RoleEvent(models.Model):
    """Who granted or revoked which right, to whom and when: append-only, enforced by the database."""

    person = models.ForeignKey(User, models.PROTECT, related_name="role_events", verbose_name=_("person"))
    action = EnumField(RoleAction, _("action"), max_length=10)
    right = EnumField(Right, _("right"), max_length=30)
    location = models.ForeignKey(
        "coworking.Location", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("location")
    )
    group = models.CharField(_("group"), max_length=150, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("who"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("change of rights")
        verbose_name_plural = _("changes of rights")
        constraints = [
            models.CheckConstraint(condition=~Q(by=models.F("person")), name="role_event_by_another"),
            models.CheckConstraint(
                condition=Q(right__in=Role.values, location__isnull=False, group="")
                | Q(right__in=[Right.SUPPORT, Right.SUPERUSER], location__isnull=True, group="")
                | Q(right=Right.GROUP, location__isnull=True) & ~Q(group=""),
                name="role_event_says_where",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.get_right_display()}"
