"""People, and how they are found."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from accounts.people_query import FEWEST_DIGITS, NAME_BEGINNINGS, several_words, ways_to_find, whole_number
from olvery.shared.search import digits_of, fold, search_key

if TYPE_CHECKING:
    from accounts.models.rights import Membership

NEARBY = 3_000  # people to look at, whether they have the digits or not
# Along the index of names, until enough are found: the inner LIMIT keeps PostgreSQL from reading all matches.
NEARBY_WITH_DIGITS = """
SELECT person.* FROM (
    SELECT id FROM (SELECT id, phone, is_active FROM accounts_user ORDER BY name_key, id LIMIT %s) AS nearby
    WHERE is_active AND phone LIKE %s LIMIT %s
) AS found JOIN accounts_user AS person USING (id)
"""


class UserQuerySet(QuerySet["User"]):
    """Named queries on people."""

    def records_of(self, person_id: int) -> "UserQuerySet":
        """Return the record of a person with those merged into it, which keep their append-only rows."""
        return self.filter(Q(pk=person_id) | Q(merged_into=person_id))

    def standing(self, person_id: int) -> Subquery:
        """Return the key of a person; for a merged record, that of the kept one.

        A single value: for `pk IN …` PostgreSQL would expect thousands of people, and read everything they have.
        """
        return Subquery(self.filter(pk=person_id).values(standing=Coalesce("merged_into", "pk")))

    def found_by(self, text: str, *, limit: int) -> "list[User]":
        """Return at most `limit` active people matching the text, see `meant_by`, likeliest first.

        Must be called on all people. Each condition uses its own index and stops at the limit. Only if these find too
        few are the words searched anywhere in the name. At most two queries.
        """
        digits, active = digits_of(text), self.filter(is_active=True)
        nearby = _nearby(digits, limit)
        if len(nearby) == limit:
            return nearby
        if (number := whole_number(digits)) and (named := list(active.filter(phone=number))):
            return named  # the lists of its trigrams are long
        found = _first_of([active.filter(way).order_by(*order) for way, order in ways_to_find(text)], limit)
        anywhere = several_words(text)
        if anywhere is not None and len(found) < limit:
            rest = active.filter(anywhere).exclude(pk__in=[person.pk for person in found])
            # Lower() keeps the planner from scanning the whole index of names.
            found += rest.order_by(Lower("name_key"), "pk")[: limit - len(found)]
        return found


def _nearby(digits: str, limit: int) -> "list[User]":
    """Return the first people for so few digits that thousands of phones have them; fewer if they are far apart."""
    if len(digits) != FEWEST_DIGITS:
        return []
    people = User.objects.raw(NEARBY_WITH_DIGITS, [NEARBY, f"%{digits}%", limit])
    return sorted(people, key=lambda person: (person.name_key, person.pk))


def _first_of(ways: "list[QuerySet[User]]", limit: int) -> "list[User]":
    """Return the people who match the first conditions that match any, each once. One query.

    Matches are read only from indexes: otherwise two names would read everybody who has either.
    """
    if not ways:
        return []
    ranked = [way.annotate(way=Value(rank)).values_list("way", "pk")[:limit] for rank, way in enumerate(ways)]
    found = ranked[0] if len(ranked) == 1 else ranked[0].union(*ranked[1:], all=True)
    sql, params = found.query.sql_with_params()
    # The SQL is written by Django; everything typed is in the parameters.
    rows = f"SELECT person.*, way FROM ({sql}) AS found (way, id) JOIN accounts_user AS person USING (id)"  # noqa: S608
    people: Any = User.objects.raw(rows, params)
    unique: dict[int, User] = {}
    for person in sorted(people, key=lambda person: (person.way, person.name_key, person.pk)):
        unique.setdefault(person.pk, person)
    return list(unique.values())[:limit]


class UserManager(BaseUserManager["User"]):
    """Creates people; a person without a password signs in with a code by e-mail."""

    def create_user(self, *, password: str | None = None, **fields: Any) -> "User":
        """Save a person; without `password` it is unusable."""
        user: User = self.model(**fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email=email, password=password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Whether it is a manager, customer, visitor or support follows from roles and orders, not a type."""

    last_name = models.CharField(_("last name"), max_length=100)
    first_name = models.CharField(_("first name"), max_length=100)
    middle_name = models.CharField(_("middle name"), max_length=100, blank=True)
    company = models.CharField(_("company"), max_length=200, blank=True)
    phone = PhoneNumberField(_("phone"), max_length=16, null=True, blank=True, unique=True)
    # Typed by the person and not proved: no sign-in code goes there. Numbers entered by managers came from the person.
    phone_is_claim = models.BooleanField(default=False, db_default=False, editable=False)
    email = models.EmailField(_("e-mail"), null=True, blank=True, unique=True, db_collation="C")
    wants_reminders = models.BooleanField(_("wants reminders of bookings"), default=True, db_default=True)
    # Hidden columns of lists, such as «orders.made».
    hidden_columns = ArrayField(models.CharField(max_length=30), default=list, db_default=[], editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("support"), default=False, help_text=_("May open Django admin."))
    consent_at = models.DateTimeField(_("consent to personal-data processing"), null=True, blank=True)
    # When name and contacts were erased, at the person's request or because they were no longer needed.
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True, editable=False)
    # The last activity found after the registration, if any; see `retention.review`.
    active_at = models.DateTimeField(_("active at"), null=True, blank=True, editable=False)
    # The record of the same person that now has everything; always the final one, never an intermediate one.
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        editable=False,
        related_name="merged",
        verbose_name=_("merged into"),
    )
    created_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    date_joined = models.DateTimeField(_("created at"), default=timezone.now)
    # Collation "C", like the e-mail: one index serves both the prefix and the order of the rows.
    name_key = models.CharField(max_length=310, editable=False, db_collation="C")
    given_key = models.CharField(max_length=100, editable=False, db_collation="C")

    objects = UserManager.from_queryset(UserQuerySet)()

    # The roles, if the authentication backend has loaded them with the person.
    roles_held: "tuple[Membership, ...] | None" = None

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["last_name", "first_name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = [
            # A search reads its matches and their order only from these indexes, and eight rows of the table.
            models.Index(fields=["name_key", "id"], include=["given_key", "is_active"], name="user_by_name"),
            models.Index(fields=["given_key", "name_key", "id"], include=["is_active"], name="user_by_given_name"),
            GinIndex(NAME_BEGINNINGS, name="user_name_beginnings"),
            GinIndex(OpClass("phone", "gin_trgm_ops"), name="user_phone_trigrams"),
            models.Index(
                Coalesce("active_at", "date_joined"),
                "id",
                name="user_quiet_since",
                condition=Q(erased_at=None, merged_into=None),
            ),
            models.Index(fields=["merged_into"], name="user_merged", condition=Q(merged_into__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(phone__isnull=True) | Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="user_phone_is_e164"
            ),
            models.CheckConstraint(
                condition=Q(email__isnull=True) | (Q(email=models.functions.Lower("email")) & ~Q(email="")),
                name="user_email_is_lower_case",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(phone=None, email=None, is_active=False),
                name="user_erased_has_no_contacts",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None)
                | Q(phone=None, email=None, is_active=False, is_staff=False, is_superuser=False),
                name="user_merged_has_no_contacts",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("pk")), name="user_merged_into_another"
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with the normalized fields that the search compares."""
        self.normalize()
        super().save(*args, **kwargs)

    def normalize(self) -> None:
        """Fill the derived fields; called by save, and explicitly before a bulk write."""
        self.email = (self.email or "").strip().lower() or None
        self.phone = self.phone or None
        # Folding may lengthen a text: some letters become two in lower case.
        self.name_key = search_key(self.last_name, self.first_name, self.middle_name)[:310]
        self.given_key = fold(self.first_name)[:100]

    @property
    def full_name(self) -> str:
        """«Петров Иван Андреевич»: the family name first."""
        return " ".join(filter(None, [self.last_name, self.first_name, self.middle_name]))

    @property
    def short_name(self) -> str:
        """«Петров Иван», for lists."""
        return f"{self.last_name} {self.first_name}"

    @property
    def greeting_name(self) -> str:
        """«Иван Андреевич», for letters."""
        return " ".join(filter(None, [self.first_name, self.middle_name]))

    @property
    def initials(self) -> str:
        """«ПИ», for the round picture."""
        return (self.last_name[:1] + self.first_name[:1]).upper()
