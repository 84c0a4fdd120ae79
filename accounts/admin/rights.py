"""Roles, groups, e-mails for sign-in, the history of rights and who saw whose contacts in Django admin."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from operator import or_
from typing import Any, cast

import allauth.account.admin
import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401 - as above; who signed in is among the security events
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import ForeignKey, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.admin.own import is_own, is_superuser, may_touch, others
from accounts.admin.people import PersonAdmin
from accounts.confirming import confirm
from accounts.domain import roles, security
from accounts.models import AccessEvent, Membership, RoleEvent, SecurityEvent, User
from accounts.people_query import meant_by_each
from accounts.watch import origin_of
from accounts.wording import methods_text
from olvery.shared.admin import LargeTable, ReadOnly, Worded, column, in_utc

# allauth's names cannot be translated, or say too little next to ours.
Authenticator._meta.verbose_name = _("second factor")
Authenticator._meta.verbose_name_plural = _("second factors")
Authenticator._meta.get_field("type").verbose_name = _("kind")
Authenticator._meta.get_field("user").verbose_name = _("person")
apps.get_app_config("account").verbose_name = _("Sign-in: e-mails")
apps.get_app_config("mfa").verbose_name = _("Sign-in: second factors")
admin.site.unregister((Authenticator, EmailAddress, Group, UserSession))


class FindByPerson(LargeTable, admin.ModelAdmin):
    """A page whose rows are found by person."""

    people: tuple[str, ...] = ("user",)
    search_fields = ("pk",)  # enables the search box; get_search_results does the search
    search_help_text = PersonAdmin.search_help_text
    ordering = ("-pk",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search by any of the people."""
        if search_term.strip():
            found = User.objects.filter(meant_by_each(search_term))
            queryset = queryset.filter(reduce(or_, (Q(**{f"{name}__in": found}) for name in self.people)))
        return queryset, False


@admin.register(Membership)
class MembershipAdmin(FindByPerson):
    """Roles by person and location: added and deleted, never changed."""

    list_display = ("user", "role", "location")
    list_display_links = ("role",)
    list_filter = ("role", "location")
    list_select_related = ("user", "location")
    raw_id_fields = ("user",)  # the autocomplete distinguishes namesakes by phone
    autocomplete_fields = ("location",)

    def formfield_for_foreignkey(self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the people whose roles the signed-in person may change."""
        if db_field.name == "user":
            refused = _("Choose another person: nobody gives rights to themselves, and staff none to staff.")
            kwargs |= {"queryset": others(request), "error_messages": {"invalid_choice": refused}}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """A different role is a new row, so that both changes are recorded."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """Nobody revokes their own role, and only superusers revoke roles of staff."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or (may_touch(request, obj.user) and not is_own(request, obj.user)))

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """Record who granted the role."""
        with recorded(request, {obj.user_id}):
            super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        """Record who revoked the role."""
        with recorded(request, {obj.user_id}):
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        """Record who revoked the roles."""
        with recorded(request, set(queryset.values_list("user_id", flat=True))):
            super().delete_queryset(request, queryset)


@contextmanager
def recorded(request: HttpRequest, people: set[int]) -> Iterator[None]:
    """Record what the block grants to these people and revokes from them."""
    with transaction.atomic():
        before = roles.lock_rights(people)
        yield
        confirm(request)
        roles.record_changes(people, before=before, by=cast(User, request.user), at=timezone.now())


@admin.register(RoleEvent)
class RoleEventAdmin(ReadOnly, FindByPerson):
    """Who granted and revoked which right."""

    people = ("person",)
    list_display = ("when", "by", "action", "right", "person", "location", "group")
    list_filter = ("action", "right")
    list_select_related = ("by", "person", "location")
    fields = list_display

    when = in_utc("at", _("when"))


@admin.register(SecurityEvent)
class SecurityEventAdmin(ReadOnly, FindByPerson):
    """Sign-ins, failures, lock-outs and changes of passwords and rights, of everybody."""

    people = ("person",)
    list_display = ("when", "kind", "person", "how", "address", "client")
    list_filter = ("kind",)
    list_select_related = ("person", "role_event__by", "role_event__location")
    fields = list_display

    when = in_utc("at", _("when"))
    how = column(_("how"), methods_text)


@admin.register(AccessEvent)
class AccessEventAdmin(ReadOnly, FindByPerson):
    """Who saw whose contacts."""

    people = ("person", "by")
    list_display = ("when", "by", "person", "screen", "number", "location")
    list_filter = ("screen", "location")
    list_select_related = ("by", "person", "location")
    fields = list_display

    when = in_utc("at", _("when"))


# Django's own names of permissions are stored in English.
ACTIONS = {"add": _("adding"), "change": _("changing"), "delete": _("deleting"), "view": _("looking")}


class PermissionChoice(forms.ModelMultipleChoiceField):
    """Permissions named in words: «Заказы | заказ: просмотр»."""

    def label_from_instance(self, obj: Any) -> str:
        """Name the rows and what may be done with them."""
        action = obj.codename.partition("_")[0]
        return f"{obj.content_type.app_labeled_name}: {ACTIONS.get(action, obj.name)}"


@admin.register(Group)
class GroupsAdmin(Worded, GroupAdmin):
    """Groups. Only superusers edit them, and nobody those that they are in."""

    accusative = pgettext_lazy("accusative", "group")

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        """Name the permissions in words."""
        return super().formfield_for_manytomany(db_field, request, **{"form_class": PermissionChoice, **kwargs})

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A group gives permissions."""
        return super().has_add_permission(request) and is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Nobody changes their own permissions."""
        return super().has_change_permission(request, obj) and _may_edit(request, obj)

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        """Ask for a fresh confirmation: a group gives permissions."""
        confirm(request)
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Same as for changes."""
        return super().has_delete_permission(request, obj) and _may_edit(request, obj)


@admin.register(Authenticator)
class FactorAdmin(ReadOnly, FindByPerson):
    """Second factors, without their secrets. A superuser deletes those of somebody who lost their phone."""

    list_display = ("user", "factor", "added", "used")
    list_filter = ("type",)
    list_select_related = ("user",)
    fields = list_display
    actions = None  # one by one: each is a decision

    factor = column(_("kind"), lambda factor: factor.get_type_display())
    added = in_utc("created_at", _("created at"))
    used = in_utc("last_used_at", pgettext_lazy("factor", "last used at"))

    def has_delete_permission(self, request: HttpRequest, obj: Authenticator | None = None) -> bool:
        """Nobody can bypass their own factor here."""
        return is_superuser(request) and (obj is None or not is_own(request, obj.user))

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        """Delete a factor with everything that depends on it, and sign its person out everywhere."""
        confirm(request)
        security.reset_factor(obj, origin=origin_of(request), at=timezone.now())


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnly, FindByPerson):
    """Further e-mails known to sign-in: any address entered here could sign in."""

    list_display = ("email", "user", "is_primary", "is_verified")
    list_filter = ("primary", "verified")
    list_select_related = ("user",)
    fields = list_display

    # In words: the icons of Django are named in English.
    is_primary = column(EmailAddress._meta.get_field("primary").verbose_name, lambda one: yes_or_no(one.primary))
    is_verified = column(EmailAddress._meta.get_field("verified").verbose_name, lambda one: yes_or_no(one.verified))


def yes_or_no(value: bool) -> str:
    return gettext("yes") if value else gettext("no")


def _may_edit(request: HttpRequest, group: Group | None) -> bool:
    return is_superuser(request) and (group is None or not group.user_set.filter(pk=request.user.pk).exists())
