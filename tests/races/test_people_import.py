"""Two people import the same list at once: everybody on it is registered once."""

from typing import Any

import pytest

from accounts.domain import importing
from accounts.domain.importing import ImportOvertaken, NothingToImport
from accounts.models import Basis, PeopleImport, User
from tests.factories import make_location, make_manager, make_user
from tests.moments import NOW
from tests.races.guards import TIMEOUT, at_once, hold_until_another_waits, meet_before

PHONES = [f"+7926000{number:04}" for number in range(50)]


def row(line: int, phone: str) -> dict[str, Any]:
    names = {"last_name": "Ким", "first_name": "Олег", "middle_name": "", "company": ""}
    return {"line": line, "values": {**names, "phone": phone, "email": ""}, "errors": {}}


def imported_by_two() -> list[Any]:
    """Import one list by two people at once; return what each import says it has created, or why nothing."""
    location = make_location()
    managers = [make_manager(location=location) for _n in range(2)]
    rows = [row(line, phone) for line, phone in enumerate(PHONES, start=2)]
    facts: dict[str, Any] = {"location": location, "basis": Basis.CONTRACT, "rows": rows, "uploaded_at": NOW}
    lists = [PeopleImport.objects.create(by=manager, **facts) for manager in managers]

    def run(found: PeopleImport) -> int:
        return importing.carry_out(found.pk, chosen={}, by=found.by, at=NOW).created

    results = at_once([lambda found=found: run(found) for found in lists])  # type: ignore[misc]
    assert sorted(User.objects.filter(phone__in=PHONES).values_list("phone", flat=True)) == PHONES
    return results


def test_two_imports_of_one_list_register_everybody_once() -> None:
    results = imported_by_two()
    assert [one for one in results if isinstance(one, int)] == [len(PHONES)]
    assert [type(one) for one in results if not isinstance(one, int)] == [NothingToImport]


def test_control_without_waiting_one_import_fails_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    meet_before(monkeypatch, User.objects, "bulk_create", 2)
    monkeypatch.setattr(importing, "one_at_a_time", lambda _kind: None)
    results = imported_by_two()
    assert [one for one in results if isinstance(one, int)] == [len(PHONES)]
    assert [type(one) for one in results if not isinstance(one, int)] == [ImportOvertaken]
    assert list(PeopleImport.objects.order_by("created").values_list("created", flat=True)) == [0, len(PHONES)]


def test_one_import_pressed_twice_at_once_is_done_once() -> None:
    manager = make_manager(location=make_location())
    found = PeopleImport.objects.create(
        by=manager,
        location=manager.memberships.get().location,
        basis=Basis.CONSENT,
        rows=[row(2, PHONES[0])],
        uploaded_at=NOW,
    )
    results = at_once([lambda: importing.carry_out(found.pk, chosen={}, by=manager, at=NOW).created] * 4)
    assert results == [1] * 4
    assert User.objects.filter(phone=PHONES[0]).count() == 1


def imported_while_renamed(monkeypatch: pytest.MonkeyPatch) -> str:
    """Import a ticked row while somebody renames its person; return the stored company."""
    manager = make_manager(location=make_location())
    person = make_user(last_name="Ким", first_name="Олег", phone=PHONES[0], email=None)
    line = row(2, PHONES[0])
    line["values"]["company"] = "ООО «А»"
    found = PeopleImport.objects.create(
        by=manager, location=manager.memberships.get().location, basis=Basis.CONSENT, rows=[line], uploaded_at=NOW
    )
    chosen = {2: importing.look([line])[0].state}
    looked = hold_until_another_waits(monkeypatch, importing, "look")

    def rename() -> None:
        looked.wait(TIMEOUT)
        User.objects.filter(pk=person.pk).update(company="ООО «Б»")

    results = at_once([lambda: importing.carry_out(found.pk, chosen=chosen, by=manager, at=NOW), rename])
    assert [one for one in results if isinstance(one, Exception)] == []
    return str(User.objects.get(pk=person.pk).company)


def test_an_import_does_not_undo_what_is_saved_while_it_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert imported_while_renamed(monkeypatch) == "ООО «Б»"


def test_control_without_the_lock_what_was_saved_meanwhile_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    look = importing.look
    monkeypatch.setattr(importing, "look", lambda rows, **_how: look(rows))
    assert imported_while_renamed(monkeypatch) == "ООО «А»"
