"""Importing a list of companies: show what each row would do, then import all of them in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError

from accounts.domain.importing import ListRow, begin, finish, leave_out_overtaken, refuse_idle
from accounts.models import Company, CompanyAction, CompanyEvent, User
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.domain.desk.companies import changes_of
from orders.models import CompanyImport

CHANGED = ("name", "kpp", "address", "agreement")


class CompaniesOvertaken(Refusal):
    """A company of the list was added at the same moment; nothing was imported."""

    reason = "companies_overtaken"


@dataclass(slots=True)
class CompanyRow(ListRow):
    """One row of a list with what is known of its company."""

    # The record that is kept, if the one with this INN was merged into it.
    standing: Company | None = None

    @property
    def title(self) -> str:
        return self.values.get("name", "")

    @property
    def is_valid(self) -> bool:
        return not self.errors and not self.standing and not self.is_overtaken


def look(rows: Iterable[dict[str, Any]], *, for_change: bool = False) -> list[CompanyRow]:
    """Return what is known of the companies of a list; `for_change` locks them. One query."""
    found = [CompanyRow(**row) for row in rows]
    valid = [row for row in found if row.is_valid]
    companies = Company.objects.filter(inn__in=[row.values["inn"] for row in valid]).order_by("pk")
    companies = companies.select_related("merged_into")
    if for_change:
        companies = companies.select_for_update(no_key=True, of=("self",))
    known = {company.inn: company for company in companies}
    for row in valid:
        row.known = known.get(row.values["inn"])
        if row.known:
            row.standing = row.known.merged_into
            row.differs = _differences(row.known, row.values)
    return found


def _differences(company: Company, values: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Return the values that differ in the file; an empty cell means no value."""
    said = {name: (getattr(company, name), values.get(name, "")) for name in CHANGED}
    return {name: (stored, value) for name, (stored, value) in said.items() if value and value != stored}


def carry_out(pk: int, *, chosen: Mapping[int, str], by: User, at: datetime) -> CompanyImport:
    """Add the new companies, and change the known ones in the chosen rows, each only if it is as it was shown.

    Pressed twice, it is done once. A chosen row that would overwrite something else stays among those with errors.
    Raises ImportForgotten, CompaniesOvertaken, NothingToImport, Busy.
    """
    try:
        with locks.short_waits():
            found = begin(CompanyImport, pk)
            if found.imported_at is None:
                _write(found, chosen, by=by, at=at)
            return found
    except IntegrityError as error:
        raise CompaniesOvertaken from error


def _write(found: CompanyImport, chosen: Mapping[int, str], *, by: User, at: datetime) -> None:
    rows = look(found.rows, for_change=True)
    leave_out_overtaken(rows, chosen)
    new = [Company(**row.values, created_by=by, created_at=at) for row in rows if row.is_new]
    changed = [(row.known, row.differs) for row in rows if row.known and row.may_change and row.line in chosen]
    refuse_idle(rows, new, changed)
    for company in new:
        company.normalize()
    Company.objects.bulk_create(new)
    events = [CompanyEvent(company=company, action=CompanyAction.ADDED, by=by, at=at) for company in new]
    for company, differs in changed:
        events += _change(company, differs, by=by, at=at)
    Company.objects.bulk_update([company for company, _differs in changed], [*CHANGED, "name_key"], batch_size=500)
    CompanyEvent.objects.bulk_create(events)
    finish(found, rows, created=len(new), changed=len(changed), at=at)


def _change(company: Company, differs: dict[str, tuple[str, str]], *, by: User, at: datetime) -> list[CompanyEvent]:
    for name, (_stored, said) in differs.items():
        setattr(company, name, said)
    company.normalize()
    return changes_of(company, differs, by=by, at=at)
