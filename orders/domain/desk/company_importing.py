"""Importing a list of companies: what would become of each row, then all of it in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from accounts.domain.importing import (
    KEPT,
    MOST_UPLOADS,
    ImportForgotten,
    TooManyImports,
    leave_out_overtaken,
    left_out,
    refuse_idle,
    state_of,
)
from accounts.models import Company, CompanyAction, CompanyEvent, User
from olvery.shared.refusals import Refusal
from orders.domain import locks
from orders.models import CompanyImport

CHANGED = ("name", "kpp", "address", "agreement")


class CompaniesOvertaken(Refusal):
    """A company of the list was added at this very moment; nothing was imported."""

    reason = "companies_overtaken"


@dataclass(slots=True)
class CompanyRow:
    """One row of a list with what is known of its company."""

    line: int
    values: dict[str, str]
    errors: dict[str, str]
    # It was ticked, and its company is not as it was shown any more.
    is_overtaken: bool = False
    known: Company | None = None
    # The record that stands where the one with this INN was merged into it.
    standing: Company | None = None
    differs: dict[str, tuple[str, str]] = field(default_factory=dict)  # what is stored, what the file says

    @property
    def is_valid(self) -> bool:
        """Whether anything can be done with it."""
        return not self.errors and not self.standing and not self.is_overtaken

    @property
    def is_new(self) -> bool:
        """Whether its company would be added."""
        return self.is_valid and self.known is None

    @property
    def may_change(self) -> bool:
        """Whether its company can be given what the file says."""
        return bool(self.is_valid and self.known and self.differs)

    @property
    def state(self) -> str:
        """What tells whether ticking it writes over what was shown."""
        return state_of(self.known, self.differs)

    @property
    def says_more(self) -> bool:
        """Whether the file says something that is not stored."""
        return self.is_new or self.may_change

    @property
    def title(self) -> str:
        """What the row is called where its cells are wrong."""
        return self.values.get("name", "")


def upload(rows: list[dict[str, Any]], *, file_name: str, by: User, location_id: int, at: datetime) -> CompanyImport:
    """Keep a list to be looked at. Raises TooManyImports."""
    with transaction.atomic():
        _one_at_a_time()
        if CompanyImport.objects.filter(by=by, uploaded_at__gt=at - timedelta(days=1)).count() >= MOST_UPLOADS:
            raise TooManyImports(most=MOST_UPLOADS)
        return CompanyImport.objects.create(
            rows=rows, file_name=file_name, by=by, location_id=location_id, uploaded_at=at
        )


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
    """Return what the file says otherwise; an empty cell says nothing."""
    said = {name: (getattr(company, name), values.get(name, "")) for name in CHANGED}
    return {name: (stored, value) for name, (stored, value) in said.items() if value and value != stored}


def carry_out(pk: int, *, chosen: Mapping[int, str], by: User, at: datetime) -> CompanyImport:
    """Add the new companies, and change the known ones of the chosen lines, each as it was in the state shown.

    Pressed twice, it is done once. A chosen line that would write over something else stays among those with errors.
    Raises ImportForgotten, CompaniesOvertaken, NothingToImport, Busy.
    """
    try:
        with locks.short_waits():
            _one_at_a_time()
            found = CompanyImport.objects.select_for_update().get(pk=pk)
            if found.imported_at is None:
                if not found.rows:
                    raise ImportForgotten
                _write(found, chosen, by=by, at=at)
            return found
    except IntegrityError as error:
        raise CompaniesOvertaken from error


def _one_at_a_time() -> None:
    """Let imports wait for each other: two with the same companies would stand in each other's way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('orders_company_import'))")


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
    found.rows = left_out(found.rows, rows)
    found.imported_at, found.created, found.changed = at, len(new), len(changed)
    found.save(update_fields=["rows", "imported_at", "created", "changed"])


def _change(company: Company, differs: dict[str, tuple[str, str]], *, by: User, at: datetime) -> list[CompanyEvent]:
    for name, (_stored, said) in differs.items():
        setattr(company, name, said)
    company.normalize()
    return [
        CompanyEvent(company=company, action=CompanyAction.CHANGED, field=name, old=stored, new=said, by=by, at=at)
        for name, (stored, said) in differs.items()
    ]


def forget_rows(at: datetime) -> int:
    """Delete the rows of lists after a day; return of how many lists."""
    return CompanyImport.objects.filter(uploaded_at__lt=at - KEPT).exclude(rows=[]).update(rows=[])
