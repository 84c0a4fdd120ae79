"""Merging two records of one company: people and orders move to one, the other keeps its requisites and history."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Company, CompanyAction, CompanyEvent, CompanyMerge, User
from coworking.models import Location
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.desk.companies import changes_of, move_member
from orders.domain.desk.merging_people import MergeRefused, links_may_move
from orders.models import EventKind, Order, OrderEvent

# The fields that the kept record takes from the other if its own are empty.
FILLED = ("address", "agreement", "email", "credit_limit")
NOTHING = ("", None)  # a limit of zero counts as a limit


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyMergeWish:
    """Which record is kept, and why both are the same company; `seen` is the state that was shown."""

    kept_id: int
    gone_id: int
    reason: str
    seen: str


def obstacle(kept: Company, gone: Company, *, location: Location) -> Refusal | None:
    """Return why a location cannot merge two companies, if anything. One query at most."""
    if kept == gone:
        return MergeRefused("merge_same")
    if kept.merged_into_id or gone.merged_into_id:
        return MergeRefused("merge_companies_over")
    return None if _is_of(location, kept, gone) else MergeRefused("merge_companies_elsewhere")


def _is_of(location: Location, *pair: Company) -> bool:
    """Whether one of the two has orders at this location, or neither has any anywhere."""
    ordered = set(Order.objects.filter(company__in=pair).order_by().values_list("location", flat=True).distinct())
    return not ordered or location.pk in ordered


def seen_as(kept: Company, gone: Company) -> str:
    """Return a fingerprint of the requisites, to tell whether they are still as they were shown."""
    names = ("inn", "kpp", "name", *FILLED)
    return "|".join(str(getattr(company, name)) for company in (kept, gone) for name in names)


def merge(wish: CompanyMergeWish, *, by: User, location: Location, at: datetime) -> CompanyMerge:
    """Merge two companies and return what moved. Raises MergeRefused, Busy.

    Invoices and acts stay as they were issued. A concurrent order for the merged record is saved before and moves,
    or after and is refused: that company has no members any more.
    """
    with locks.short_waits(), links_may_move():
        companies = locks.lock_companies([wish.kept_id, wish.gone_id])
        kept, gone = companies[wish.kept_id], companies[wish.gone_id]
        if refusal := obstacle(kept, gone, location=location):
            raise refusal
        if seen_as(kept, gone) != wish.seen:
            raise MergeRefused("merge_changed")
        people = _move_people(kept, gone, by=by, at=at)
        orders = Order.objects.filter(company=gone)
        moved = {"people": people, "orders": list(orders.order_by("pk").values_list("pk", flat=True))}
        orders.update(company=kept)
        _fill(kept, gone, by=by, at=at)
        gone.merged_into = kept
        gone.save(update_fields=["merged_into"])
        Company.objects.filter(merged_into=gone).update(merged_into=kept)
        done = CompanyMerge.objects.create(kept=kept, gone=gone, reason=wish.reason, moved=moved, by=by, at=at)
        _record(done, by=by, at=at)
    return done


def _move_people(kept: Company, gone: Company, *, by: User, at: datetime) -> list[int]:
    moved = []
    for member in gone.members.order_by("pk"):
        move_member(member, company_id=kept.pk, person_id=member.person_id, by=by, at=at)
        moved.append(member.person_id)
    return moved


def _fill(kept: Company, gone: Company, *, by: User, at: datetime) -> None:
    filled = [name for name in FILLED if getattr(kept, name) in NOTHING and getattr(gone, name) not in NOTHING]
    for name in filled:
        setattr(kept, name, getattr(gone, name))
    if filled:
        kept.save(update_fields=filled)
    differs = {name: ("", str(getattr(kept, name))) for name in filled}
    CompanyEvent.objects.bulk_create(changes_of(kept, differs, by=by, at=at))


def _record(done: CompanyMerge, *, by: User, at: datetime) -> None:
    said = {"action": CompanyAction.MERGED, "old": done.gone.name, "new": done.kept.name, "by": by, "at": at}
    CompanyEvent.objects.bulk_create(CompanyEvent(company=company, **said) for company in (done.kept, done.gone))
    OrderEvent.objects.bulk_create(
        OrderEvent(order_id=number, kind=EventKind.MERGED, by=by, at=at, reason=done.reason, data={"company": done.pk})
        for number in done.moved["orders"]
    )
