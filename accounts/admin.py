"""People and roles in Django admin, for support."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from accounts.models import Membership, User
from accounts.people_query import meant_by
from olvery.shared.forms import PhoneField
from olvery.shared.phones import format_phone
from olvery.shared.search import digits_of

admin.site.site_title = _("Olvery support")
admin.site.site_header = _("Olvery support")
admin.site.index_title = _("Locations, people, orders")
# Support signs in on the same page as everybody, with its rate limits; others get 403.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


def phone_part(text: str) -> str:
    """Return the digits to look for in stored phones, or nothing for less than three."""
    digits = digits_of(text)
    if len(digits) < 3:
        return ""
    return digits[1:] if len(digits) == 11 and digits[0] in "78" else digits


class PersonFields(forms.ModelForm):
    """Shared by the forms of new and existing people: normalizes values before they are compared."""

    def clean_email(self) -> str | None:
        """Return the e-mail in lower case, as it is compared."""
        return (self.cleaned_data["email"] or "").lower() or None


class NewPersonForm(PersonFields, AdminUserCreationForm):
    """A new person; without a password they sign in with a code by e-mail."""

    class Meta:
        model = User
        fields = ("last_name", "first_name", "middle_name", "company", "phone", "email")


class PersonForm(PersonFields, UserChangeForm):
    """An existing person."""

    class Meta:
        model = User
        fields = "__all__"  # noqa: DJ007 - PersonAdmin.fieldsets say which


class MembershipInline(admin.TabularInline):
    """The roles of a person: added and deleted, never changed."""

    model = Membership
    fields = ("role", "location")
    autocomplete_fields = ("location",)
    extra = 0

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show existing roles as text, without a query for each."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Select related locations."""
        return super().get_queryset(request).select_related("location")


@admin.register(User)
class PersonAdmin(UserAdmin):
    """People. Only superusers decide who may open admin, and edit those accounts."""

    formfield_overrides = {PhoneNumberField: {"form_class": PhoneField}}
    form = PersonForm
    add_form = NewPersonForm
    fieldsets = (
        (None, {"fields": ("last_name", "first_name", "middle_name", "company", "phone", "email")}),
        (_("Sign-in"), {"fields": ("password", "is_active", "is_staff", "is_superuser", "groups")}),
        (_("Registration"), {"fields": ("consent_at", "created_by", "date_joined", "last_login")}),
    )
    add_fieldsets = (
        (None, {"fields": NewPersonForm.Meta.fields}),
        (_("Sign-in"), {"fields": ("usable_password", "password1", "password2")}),
    )
    inlines = (MembershipInline,)
    readonly_fields = ("created_by", "date_joined", "last_login")
    list_display = ("full_name", "phone_number", "email", "company", "is_active", "is_staff")
    list_filter = ("is_active", "is_staff", "is_superuser")
    filter_horizontal = ("groups",)
    search_fields = ("name_key",)
    search_help_text = _("Names in any order, digits of the phone, or the beginning of the e-mail")
    ordering = ("-pk",)
    sortable_by = ()
    show_full_result_count = False

    @admin.display(description=_("person"))
    def full_name(self, user: User) -> str:
        """Show the family name first."""
        return user.full_name

    @admin.display(description=_("phone"))
    def phone_number(self, user: User) -> str:
        """Show the phone as people write it."""
        return format_phone(user.phone)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """Search by the indexed normal forms instead of admin's ILIKE."""
        return (queryset.filter(meant_by(search_term)) if search_term.strip() else queryset), False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Let only superusers edit permissions."""
        rights = () if _is_superuser(request) else ("is_staff", "is_superuser", "groups")
        return (*self.readonly_fields, *rights)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Keep staff from taking over another staff account by a new password or e-mail."""
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Same as for changes."""
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Record who registered a person, and delete a former e-mail: it could still sign in."""
        if not change:
            obj.created_by_id = request.user.pk
        super().save_model(request, obj, form, change)
        if "email" in form.changed_data:
            EmailAddress.objects.filter(user=obj).exclude(email=obj.email or "").delete()

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Show the name in the title: the e-mail, which Django shows, may be missing."""
        response = super().user_change_password(request, id, form_url)
        context = getattr(response, "context_data", None)
        if context:
            context["title"] = gettext("Password: %(name)s") % {"name": context["original"]}
        return response


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    """Roles by person and location."""

    list_display = ("user", "role", "location")
    list_display_links = ("role",)
    list_filter = ("role", "location")
    list_select_related = ("user", "location")
    raw_id_fields = ("user",)  # the autocomplete tells namesakes apart by their phones
    autocomplete_fields = ("location",)
    search_fields = ("user__name_key",)
    search_help_text = PersonAdmin.search_help_text
    ordering = ("-pk",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Membership], search_term: str
    ) -> tuple[QuerySet[Membership], bool]:
        """Search by the person."""
        if search_term.strip():
            queryset = queryset.filter(user__in=User.objects.filter(meant_by(search_term)))
        return queryset, False


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def _may_touch(request: HttpRequest, person: User | None) -> bool:
    return person is None or not (person.is_staff or person.is_superuser) or _is_superuser(request)
