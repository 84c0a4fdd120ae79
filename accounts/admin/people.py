"""People in Django admin, for support."""

from typing import Any, ClassVar, cast

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from accounts.admin.own import is_own, is_superuser, may_touch
from accounts.confirming import confirm, confirm_first
from accounts.domain import roles, security
from accounts.domain.security import Origin
from accounts.models import Membership, SecurityKind, User
from accounts.people_query import meant_by_each
from olvery.shared.admin import ONCE, Guarded, GuardedForm, LabelledCells, LargeTable, column
from olvery.shared.forms import PhoneField
from olvery.shared.phones import format_phone
from olvery.shared.search import digits_of

# Fields that decide who signs in as whom. Only superusers change them.
SIGN_IN = ("phone", "email", "is_active")
# Security events that the person sees.
CONTACTS = {"email": SecurityKind.EMAIL, "phone": SecurityKind.PHONE}
UNSAID = Origin(None, "")  # the address and browser of the other person are not shown
# Permissions in admin. Only superusers change them, and nobody their own.
RIGHTS = ("is_active", "is_staff", "is_superuser", "groups")
HOW_TO_DELETE = _(
    "Nobody is deleted here. The person asks for it in the profile, a location administrator erases the data under "
    "“Erasing of data”, and an act stays. Two records of one person are merged."
)


def phone_part(text: str) -> str:
    """Return the digits to search in stored phones, or an empty string for fewer than three."""
    digits = digits_of(text)
    if len(digits) < 3:
        return ""
    return digits[1:] if len(digits) == 11 and digits[0] in "78" else digits


class PersonFields(GuardedForm):
    """Shared by the forms of new and existing people: normalizes values before they are compared."""

    refusals: ClassVar = {"membership_held_once": ONCE}

    def clean_email(self) -> str | None:
        """Return the e-mail in lower case, as it is compared."""
        return (self.cleaned_data["email"] or "").lower() or None


class NewPersonForm(PersonFields, AdminUserCreationForm):
    """A new person; without a password they sign in with a code by e-mail."""

    class Meta:
        model = User
        fields = ("last_name", "first_name", "middle_name", "company", "phone", "email")


class PersonForm(PersonFields, UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


class MembershipInline(LabelledCells, admin.TabularInline):
    """The roles of a person: added and deleted, never changed."""

    model = Membership
    fields = ("role", "location")
    autocomplete_fields = ("location",)
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody gives themselves a role."""
        return super().has_add_permission(request, obj) and not is_own(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show existing roles as text, without a query for each."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody revokes their own role."""
        return super().has_delete_permission(request, obj) and not is_own(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Select related locations."""
        return super().get_queryset(request).select_related("location")


@admin.register(User)
class PersonAdmin(Guarded, LargeTable, UserAdmin):
    """People. Only superusers decide who may sign in and use admin, and edit the accounts of staff."""

    accusative = pgettext_lazy("accusative", "person")
    formfield_overrides = {PhoneNumberField: {"form_class": PhoneField}}
    form = PersonForm
    add_form = NewPersonForm
    fieldsets = (
        (None, {"fields": ("last_name", "first_name", "middle_name", "company", "phone", "email", "wants_reminders")}),
        (_("Sign-in"), {"fields": ("password", "is_active", "is_staff", "is_superuser", "groups")}),
        (
            _("Registration"),
            {
                "fields": ("consent_at", "created_by", "date_joined", "last_login", "merged_into"),
                "description": HOW_TO_DELETE,
            },
        ),
    )
    add_fieldsets = (
        (None, {"fields": NewPersonForm.Meta.fields}),
        (_("Sign-in"), {"fields": ("usable_password", "password1", "password2")}),
    )
    inlines = (MembershipInline,)
    readonly_fields = ("consent_at", "created_by", "date_joined", "last_login", "merged_into")
    list_display = ("full_name", "contacts", "company", "sign_in")
    list_filter = ("is_active", "is_staff", "is_superuser")
    filter_horizontal = ("groups",)
    search_fields = ("name_key",)
    search_help_text = _("Names in any order, digits of the phone, or the beginning of the e-mail")
    ordering = ("-pk",)
    full_name = column(_("person"), lambda person: person.full_name)

    @admin.display(description=_("contacts"))
    def contacts(self, user: User) -> str:
        """Show the phone as people write it, and the e-mail below."""
        known = [one for one in (format_phone(user.phone), user.email) if one]
        return format_html_join(mark_safe("<br>"), "{}", ([one] for one in known))

    @admin.display(description=_("sign-in"))
    def sign_in(self, user: User) -> str:
        """Show in words what two icons would: a phone shows no column headings."""
        if not user.is_active:
            return gettext("may not sign in")
        return gettext("may sign in, here as well") if user.is_staff else gettext("may sign in")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """Search by the indexed normal forms instead of admin's ILIKE."""
        return (queryset.filter(meant_by_each(search_term)) if search_term.strip() else queryset), False

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Show the password field, which only tells whether one is set, to those who may set it."""
        sets = super().get_fieldsets(request, obj)
        if obj is None or is_superuser(request):
            return sets
        return [
            (title, {**options, "fields": [name for name in options["fields"] if name != "password"]})
            for title, options in sets
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Let only superusers change the sign-in and the permissions of others."""
        if obj is None:
            return self.readonly_fields
        if not is_superuser(request):
            return (*self.readonly_fields, *dict.fromkeys((*SIGN_IN, *RIGHTS)))
        return (*self.readonly_fields, *(RIGHTS if is_own(request, obj) else ()))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> User | None:
        """Lock a person who is about to be saved: a concurrent erasure or merge comes before, or waits."""
        person = super().get_object(request, object_id, from_field)
        if person and request.method == "POST":
            person.refresh_from_db(from_queryset=User.objects.select_for_update(no_key=True))
        return person

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Keep staff from changing other staff, and everybody from changing erased or merged records."""
        is_gone = obj is not None and (obj.erased_at or obj.merged_into_id)
        return super().has_change_permission(request, obj) and may_touch(request, obj) and not is_gone

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody: data are erased with an act, which a deleted row would not leave behind."""
        return False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Ask for a fresh confirmation first: the form takes a password, and may give roles."""
        confirm_first(request)
        return super().add_view(request, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Record who registered a person, and end what could still act for them: a former e-mail, what was closed."""
        if change and {"email", "phone", "is_active"} & set(form.changed_data):
            confirm(request)
        form.rights_before = roles.rights_of({obj.pk}) if change else set()
        if not change:
            obj.created_by_id = request.user.pk
        if "phone" in form.changed_data:
            obj.phone_is_claim = False
        super().save_model(request, obj, form, change)
        for name, kind in CONTACTS.items() if change else ():
            if name in form.changed_data:
                security.record(kind, person=obj, origin=UNSAID, at=timezone.now())
        if change and "is_active" in form.changed_data:
            roles.end_addresses(obj, by=cast(User, request.user), at=timezone.now())
            if not obj.is_active:
                security.end_sessions(obj, origin=UNSAID, at=timezone.now())
        if "email" in form.changed_data:
            EmailAddress.objects.filter(user=obj).exclude(email=obj.email or "").delete()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save roles and groups, and record what was granted and revoked."""
        super().save_related(request, form, formsets, change)
        person: User = form.instance
        if roles.changed({person.pk}, before=form.rights_before):
            confirm(request)
        roles.record_changes({person.pk}, before=form.rights_before, by=cast(User, request.user), at=timezone.now())

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Let superusers set a password; show the name in the title, since the e-mail may be missing."""
        if not is_superuser(request):
            raise PermissionDenied
        confirm_first(request)
        with transaction.atomic():
            response = super().user_change_password(request, id, form_url)
            if response.status_code == 302:
                person = User.objects.get(pk=id)
                security.record(SecurityKind.PASSWORD, person=person, origin=UNSAID, at=timezone.now())
        context = getattr(response, "context_data", None)
        if context:
            context["title"] = gettext("Password: %(name)s") % {"name": context["original"]}
        return response
