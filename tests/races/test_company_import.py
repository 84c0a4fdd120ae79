"""Two people import the same list of companies at once: each company is added once."""

from typing import Any

import pytest

from accounts.domain import importing
from accounts.domain.importing import NothingToImport
from accounts.models import Company, CompanyEvent
from orders.domain.desk import company_importing
from orders.domain.desk.company_importing import CompaniesOvertaken
from orders.models import CompanyImport
from tests.factories import make_location, make_manager
from tests.moments import NOW
from tests.races.guards import at_once, meet_before

INNS = ("7810000001", "7707083893")


def imported_by_two() -> list[Any]:
    """Import one list by two people at once; return what each import says it has added, or why nothing."""
    location = make_location()
    managers = [make_manager(location=location) for _n in range(2)]
    values = {"kpp": "781001001", "name": "АО «Север»", "address": "", "agreement": ""}
    rows = [{"line": line, "values": {**values, "inn": inn}, "errors": {}} for line, inn in enumerate(INNS, start=2)]
    facts: dict[str, Any] = {"location": location, "rows": rows, "uploaded_at": NOW}
    lists = [CompanyImport.objects.create(by=manager, **facts) for manager in managers]

    def run(found: CompanyImport) -> int:
        return company_importing.carry_out(found.pk, chosen={}, by=found.by, at=NOW).created

    results = at_once([lambda found=found: run(found) for found in lists])  # type: ignore[misc]
    assert sorted(Company.objects.values_list("inn", flat=True)) == sorted(INNS)
    assert CompanyEvent.objects.count() == len(INNS)
    return results


def test_two_imports_of_one_list_add_every_company_once() -> None:
    results = imported_by_two()
    assert [one for one in results if isinstance(one, int)] == [len(INNS)]
    assert [type(one) for one in results if not isinstance(one, int)] == [NothingToImport]


def test_control_without_waiting_one_import_fails_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    meet_before(monkeypatch, Company.objects, "bulk_create", 2)
    monkeypatch.setattr(importing, "one_at_a_time", lambda _kind: None)
    results = imported_by_two()
    assert [one for one in results if isinstance(one, int)] == [len(INNS)]
    assert [type(one) for one in results if not isinstance(one, int)] == [CompaniesOvertaken]
