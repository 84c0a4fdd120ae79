"""Companies that people order for: their requisites and their members; the history records each change."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Company, CompanyAction, CompanyEvent, CompanyMember, User
from coworking.domain.settings_history import refuse_later
from coworking.domain.tickets import PERSON_GUARD
from olvery.shared.refusals import Refusal
from olvery.shared.rows import refused_as
from orders.domain import locks
from orders.domain.booking.offer import UnknownChoice

INN_TAKEN, MEMBER_TAKEN = "accounts_company_inn_key", "company_member_once"
COMPANY_STANDS = "company_not_merged"


class CompanyKnown(Refusal):
    """`company` already has this INN."""

    reason = "company_known"
    field = "inn"


class CompanyMerged(Refusal):
    """The company has been merged into another one."""

    reason = "company_merged"


class MemberKnown(Refusal):
    """The person already is a member of the company."""

    reason = "company_member_known"


def add_company(*, values: dict[str, Any], by: User, at: datetime) -> Company:
    """Save a company. Raises CompanyKnown, Busy."""
    with _refused_if_known(values), locks.short_waits():
        company = Company.objects.create(**values, created_by=by, created_at=at)
        CompanyEvent.objects.create(company=company, action=CompanyAction.ADDED, by=by, at=at)
    return company


def change_company(
    company_id: int, *, values: dict[str, Any], seen: int, zone: ZoneInfo, by: User, at: datetime
) -> int:
    """Change the requisites of a company and return how many differ; issued invoices stay as they are.

    `seen` is the last event known to the person who changes it, `zone` their time zone. Raises ChangedMeanwhile,
    CompanyKnown, CompanyMerged, Busy.
    """
    with _refused_if_known(values), locks.short_waits():
        company = locks.lock_company(company_id)
        if company.merged_into_id:
            raise CompanyMerged
        refuse_later(last_change_of(company), seen, zone)
        stored = {name: getattr(company, name) for name in values}
        differs = {name: (_told(old), _told(values[name])) for name, old in stored.items() if old != values[name]}
        vars(company).update(values)
        company.save(update_fields=[*values, "name_key"])
        CompanyEvent.objects.bulk_create(changes_of(company, differs, by=by, at=at))
    return len(differs)


def changes_of(
    company: Company, differs: Mapping[str, tuple[str, str]], *, by: User, at: datetime
) -> list[CompanyEvent]:
    """Return changed settings as the history stores them, each with its old and new value; nothing is saved."""
    return [
        CompanyEvent(company=company, action=CompanyAction.CHANGED, field=name, old=old, new=new, by=by, at=at)
        for name, (old, new) in differs.items()
    ]


def _told(value: str | Decimal | None) -> str:
    return "" if value is None else str(value)


def last_change_of(company: Company) -> CompanyEvent | None:
    """Return the last change of the requisites of a company."""
    changes = company.events.filter(action__in=(CompanyAction.ADDED, CompanyAction.CHANGED))
    return changes.select_related("by").order_by("-pk").first()


def add_member(company: Company, person_id: int | None, *, by: User, at: datetime) -> CompanyMember:
    """Let a person order for a company. Raises UnknownChoice, MemberKnown, CompanyMerged, Busy."""
    person = User.objects.filter(is_active=True, pk=person_id).first() if person_id else None
    if person is None:
        raise UnknownChoice("person_not_chosen")
    refusals: dict[str, Callable[[], Refusal]] = {
        MEMBER_TAKEN: lambda: MemberKnown(person=person),
        PERSON_GUARD: lambda: UnknownChoice("person_not_chosen"),  # erased meanwhile
        COMPANY_STANDS: CompanyMerged,
    }
    with refused_as(refusals), locks.short_waits():
        member = CompanyMember.objects.create(company=company, person=person)
        _record(member, CompanyAction.JOINED, by=by, at=at)
    return member


def remove_member(member: CompanyMember, *, by: User, at: datetime) -> bool:
    """Remove a person from a company; return whether they were still a member. Their orders for it stay.

    A concurrent order of theirs for it is saved before or refused: see the trigger order_of_company_of_its_customer.
    Raises Busy.
    """
    with locks.short_waits():
        count, _rows = CompanyMember.objects.filter(pk=member.pk).delete()
        if count:
            _record(member, CompanyAction.LEFT, by=by, at=at)
    return bool(count)


def set_administrator(member: CompanyMember, *, is_administrator: bool, by: User, at: datetime) -> bool:
    """Let a person see all orders of their company, or stop it; return whether anything changed. Raises Busy."""
    with locks.short_waits():
        others = CompanyMember.objects.filter(pk=member.pk).exclude(is_administrator=is_administrator)
        changed = others.update(is_administrator=is_administrator)
        if changed:
            action = CompanyAction.PROMOTED if is_administrator else CompanyAction.DEMOTED
            _record(member, action, by=by, at=at)
    return bool(changed)


def leave_all(person: User, *, by: User, at: datetime) -> None:
    """Remove a person from every company, in the transaction that erases them."""
    for member in CompanyMember.objects.filter(person=person).order_by("pk"):
        remove_member(member, by=by, at=at)


def replace_person(former: User, person: User, *, by: User, at: datetime) -> list[int]:
    """Move the memberships of one record of a person to the other, in the transaction that merges the two.

    Return the keys of the companies.
    """
    moved = []
    for member in CompanyMember.objects.filter(person=former).order_by("pk"):
        move_member(member, company_id=member.company_id, person_id=person.pk, by=by, at=at)
        moved.append(member.company_id)
    return moved


def move_member(member: CompanyMember, *, company_id: int, person_id: int, by: User, at: datetime) -> None:
    """Move a membership to another record of the person or the company, in the transaction that merges the two.

    An administrator stays one.
    """
    joined, is_new = CompanyMember.objects.get_or_create(company_id=company_id, person_id=person_id)
    if is_new:
        _record(joined, CompanyAction.JOINED, by=by, at=at)
    if member.is_administrator:
        set_administrator(joined, is_administrator=True, by=by, at=at)
    remove_member(member, by=by, at=at)


def _record(member: CompanyMember, action: CompanyAction, *, by: User, at: datetime) -> None:
    CompanyEvent.objects.create(company_id=member.company_id, action=action, person_id=member.person_id, by=by, at=at)


def _refused_if_known(values: Mapping[str, Any]) -> AbstractContextManager[None]:
    def known() -> CompanyKnown:
        company = Company.objects.select_related("merged_into").get(inn=values["inn"])
        return CompanyKnown(company=company.merged_into or company)

    return refused_as({INN_TAKEN: known})
