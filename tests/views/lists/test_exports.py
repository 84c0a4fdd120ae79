"""The lists as files: at once, or by a job."""

import csv
import html
import io
import os
import uuid
import zipfile
from datetime import timedelta
from errno import ENOSPC
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AccessEvent, Role, User
from coworking.models import Location, Ticket
from olvery.shared.phones import format_phone
from orders.documents.tables import write_xlsx
from orders.domain import exports
from orders.domain.desk import erasing
from orders.exporting import write_export
from orders.models import Export, Order
from tests.factories import (
    make_company,
    make_location,
    make_manager,
    make_member,
    make_order,
    make_pool,
    make_promo_code,
    make_tariff,
    make_user,
)
from tests.moments import NOW
from tests.snapshots import jobs
from tests.views.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
NS = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@pytest.fixture
def location() -> Location:
    return make_location()


@pytest.fixture
def manager(client: Client, location: Location) -> User:
    manager = make_manager(location=location)
    client.force_login(manager)
    return manager


def cells(content: bytes, number: int = 1) -> list[list[str]]:
    """Return the texts of a spreadsheet, row by row."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        names = book.namelist()
        shared: list[str] = []
        if "xl/sharedStrings.xml" in names:
            root = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
            shared = ["".join(text.itertext()) for text in root.findall("x:si", NS)]
        sheet = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
    rows = []
    for row in sheet.findall(".//x:row", NS):
        values = []
        for cell in row.findall("x:c", NS):
            assert cell.find("x:f", NS) is None, "a formula"
            place = ord(cell.attrib["r"][0]) - ord("A")
            values += [""] * (place - len(values))  # empty texts are not written
            value = cell.findtext("x:v", "", NS)
            inline = "".join(text.text or "" for text in cell.findall(".//x:t", NS))
            values.append(shared[int(value)] if cell.get("t") == "s" else inline or value)
        rows.append(values)
    return [row + [""] * (len(rows[0]) - len(row)) for row in rows]


def test_the_orders_of_the_filters_are_exported_newest_first(client: Client, manager: User, location: Location) -> None:
    tariff = make_tariff(service=make_pool(location=location, name="Опенспейс"))
    petrov = make_user(last_name="Петров", first_name="=СУММ(А1)")
    code = make_promo_code(location=location, value="100", is_percent=False)
    company, asked = make_company(petrov), {"tariff": tariff, "by": manager, "customer": petrov}
    first = make_order(**asked)
    second = make_order(**asked, promo_code=code.code, company_id=company.pk)
    make_order(tariff=tariff, by=manager, customer=make_user(last_name="Ким", first_name="Ольга"))
    make_order()  # at another location

    answer = client.get(reverse("orders:export"), {"q": "петров"})
    rows = cells(answer.content)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="orders-2026-11-24.xlsx"'
    assert [row[0] for row in rows] == ["№", str(second.number), str(first.number)]
    assert rows[1][4] == "Петров =СУММ(А1)"
    assert rows[1][5] == format_phone(petrov.phone).replace("\u00a0", " ")
    assert rows[1][9:11] == ["500.00", "ВЕСНА-10"]
    assert [row[-2:] for row in rows] == [["Компания", "ИНН"], [company.name, company.inn], ["", ""]]


def test_the_tickets_of_the_filters_are_exported(client: Client, manager: User, location: Location) -> None:
    order = make_order(tariff=make_tariff(service=make_pool(location=location)), by=manager, visitor_ids=(None, None))
    rows = cells(client.get(reverse("orders:tickets-export"), {"status": "active"}).content)
    assert [row[-2] for row in rows[1:]] == [str(order.number)] * 2
    assert cells(client.get(reverse("orders:tickets-export"), {"status": "used"}).content) == rows[:1]


def test_an_export_takes_as_many_queries_for_three_rows_as_for_one(
    client: Client, manager: User, location: Location, django_assert_num_queries
) -> None:
    tariff = make_tariff(service=make_pool(location=location))
    client.get(reverse("orders:list"))  # the first request after sign-in writes the session
    for _ in range(3):
        make_order(tariff=tariff, by=manager)
        for name in ("orders:export", "orders:tickets-export"):
            with django_assert_num_queries(5):  # session, person, whether the list is long, rows, the access log
                client.get(reverse(name))


def text_table(content: bytes) -> list[list[str]]:
    """Return the cells of a CSV file."""
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_an_export_as_text_holds_no_formula_and_reads_as_russian_numbers(
    client: Client, manager: User, location: Location
) -> None:
    tariff = make_tariff(service=make_pool(location=location))
    for name in ("=1+1", "+1", "-1", "@a", "Пе;тров"):
        make_order(tariff=tariff, by=manager, customer=make_user(last_name=name, first_name="Иван"))
    answer = client.get(reverse("orders:export"), {"format": "csv", "sort": "-number"})
    rows = text_table(answer.content)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="orders-2026-11-24.csv"'
    assert [row[4] for row in rows[1:]] == ["'=1+1 Иван", "'+1 Иван", "'-1 Иван", "'@a Иван", "Пе;тров Иван"]
    assert all(row[5].startswith("'+7") for row in rows[1:])
    assert rows[1][1] == "24.11.2026 09:00"
    assert rows[1][9] == "600,00"


def test_rows_beyond_a_sheet_go_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.documents.tables.MOST_LINES", 3)
    file = io.BytesIO()
    write_xlsx(file, ("Строки", [("Число", 9, int)], range(5)), ("Пусто", [("Число", 9, int)], []))
    with zipfile.ZipFile(file) as book:
        assert [name for name in book.namelist() if "/sheet" in name] == [
            f"xl/worksheets/sheet{n}.xml" for n in (1, 2, 3, 4)
        ]
    numbers = [[row[0] for row in cells(file.getvalue(), sheet)[1:]] for sheet in (1, 2, 3, 4)]
    assert numbers == [["0", "1"], ["2", "3"], ["4"], []]


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> Path:
    """Treat every export of more than two rows as a long one, and return the folder of the files."""
    monkeypatch.setattr("orders.views.lists.exports.AT_ONCE", 2)
    monkeypatch.setattr("orders.exporting.CHUNK", 2)
    monkeypatch.setattr("orders.exporting.NOTED_EVERY", 1)
    settings.EXPORT_DIR = tmp_path / "exports"
    return tmp_path / "exports"


def ask(client: Client, address: str) -> Export:
    """Press the button of the page that a long export leads to, twice."""
    screen = read(client.get(address))
    assert screen.text["h1"] == ["Файл подготовится в фоне"]
    [form] = [form for form in screen.forms if "export" in form.attrs.get("action", "")]
    for _press in range(2):
        answer = client.post(html.unescape(form.attrs["action"]), form.values)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/manage/exports/")
    export = Export.objects.latest("pk")
    assert jobs().count(("orders.write_export", {"export_id": export.pk})) == 1
    return export


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_long_export_is_written_whole_by_a_job_and_waits_for_the_person_who_asked(
    client: Client, manager: User, location: Location, long: Path, kind: str
) -> None:
    tariff = make_tariff(service=make_pool(location=location))
    names = ["Ким", "Абрамов", "Юдина", "Ёлкин", "Носов"]
    for name in names:
        make_order(tariff=tariff, by=manager, customer=make_user(last_name=name, first_name="Иван"))
    export = ask(client, f"/manage/orders/export/?status=confirmed&sort=customer&format={kind}")
    file = f"/manage/exports/{export.pk}/file/"
    assert "every 2s" in client.get("/manage/exports/").content.decode()
    assert client.get(file).status_code == 404
    assert not AccessEvent.objects.exists()

    write_export(export.pk, at=NOW)
    content = b"".join(client.get(file).streaming_content)
    rows = cells(content) if kind == "xlsx" else text_table(content)
    assert [row[4].split()[0] for row in rows[1:]] == ["Абрамов", "Ёлкин", "Ким", "Носов", "Юдина"]
    assert [event.person.last_name for event in AccessEvent.objects.order_by("pk")] == names
    page = client.get("/manage/exports/").content.decode()
    assert file in page
    assert "every 2s" not in page
    export.refresh_from_db()
    assert (export.status, export.rows, export.size) == ("ready", 5, len(content))
    assert [path.name for path in long.iterdir()] == [export.path.name]

    write_export(export.pk, at=NOW)  # a job may run twice
    assert AccessEvent.objects.count() == 5
    colleague = Client()
    colleague.force_login(make_manager(location=location))
    assert colleague.get(file).status_code == 404
    assert file not in colleague.get("/manage/exports/").content.decode()


def test_a_person_has_so_many_long_exports_written_in_an_hour(
    client: Client, manager: User, location: Location, long: Path, settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "long_exports": "2/h/user"}
    for _order in range(3):
        make_order(tariff=make_tariff(service=make_pool(location=location)), by=manager)
    export = ask(client, "/manage/orders/export/")
    again = client.post("/manage/orders/export/", {"token": str(uuid.uuid4())}, follow=True)
    assert "Вы запросили много файлов" in again.content.decode()
    assert Export.objects.get() == export


def test_an_export_that_breaks_off_leaves_no_file_and_is_written_anew(
    client: Client, manager: User, location: Location, long: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tariff = make_tariff(service=make_pool(location=location))
    for _ in range(3):
        make_order(tariff=tariff, by=manager)
    broken, killed = (ask(client, "/manage/coworking/tickets/export/?format=csv") for _ in range(2))
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", lambda _file: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write_export(broken.pk, at=NOW)
        patched.setattr("orders.domain.exports.fail", lambda *_args, **_kwargs: None)  # a dead worker reports nothing
        with pytest.raises(ZeroDivisionError):
            write_export(killed.pk, at=NOW)
    assert list(long.iterdir()) == []
    assert not AccessEvent.objects.exists()
    broken.refresh_from_db()
    killed.refresh_from_db()
    assert (broken.status, killed.status, killed.rows) == ("failed", "working", 2)
    assert "Повторить" in client.get("/manage/exports/").content.decode()
    write_export(killed.pk, at=NOW)
    killed.refresh_from_db()
    assert (killed.status, killed.rows) == ("ready", 3)


def asked_for_three(client: Client, by: User, location: Location, kind: str) -> Export:
    tariff = make_tariff(service=make_pool(location=location))
    for _ in range(3):
        make_order(tariff=tariff, by=by)
    return ask(client, f"/manage/orders/export/?format={kind}")


def test_a_full_disk_leaves_no_half_of_a_workbook(
    client: Client, manager: User, location: Location, long: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = asked_for_three(client, manager, location, "xlsx")
    written: list[int] = []

    def no_space(*_args: Any, **_named: Any) -> None:
        written.extend(len(list(folder.iterdir())) for folder in long.iterdir())
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr("orders.domain.exports.note_progress", no_space)
    with pytest.raises(OSError, match="No space"):
        write_export(export.pk, at=NOW)
    export.refresh_from_db()
    assert (written, list(long.iterdir()), export.status) == ([2], [], "failed")  # the file and its first sheet


def test_a_folder_that_cannot_be_written_fails_an_export_at_once(
    client: Client, manager: User, location: Location, long: Path
) -> None:
    export = asked_for_three(client, manager, location, "csv")
    long.write_text("no folder")
    with pytest.raises(FileExistsError):
        write_export(export.pk, at=NOW)
    export.refresh_from_db()
    assert export.status == "failed"


def test_the_second_of_two_workers_on_an_export_changes_nothing(
    client: Client, manager: User, location: Location, long: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = asked_for_three(client, manager, location, "csv")
    finish = exports.finish

    def finish_behind_another(*args: Any, **facts: Any) -> None:
        monkeypatch.setattr("orders.domain.exports.finish", finish)
        write_export(export.pk, at=NOW)
        export.path.write_bytes(b"of the first")
        finish(*args, **facts)

    monkeypatch.setattr("orders.domain.exports.finish", finish_behind_another)
    write_export(export.pk, at=NOW)
    assert [path.read_bytes() for path in long.iterdir()] == [b"of the first"]
    assert AccessEvent.objects.count() == 3
    export.refresh_from_db()
    assert export.status == "ready"


def test_after_a_week_the_clock_deletes_a_file_and_gives_up_what_stands_still(
    client: Client, manager: User, location: Location, long: Path
) -> None:
    tariff = make_tariff(service=make_pool(location=location))
    for _ in range(3):
        make_order(tariff=tariff, by=manager)
    old, stuck = (ask(client, "/manage/orders/export/") for _ in range(2))
    write_export(old.pk, at=NOW)
    exports.begin(stuck.pk, at=NOW + timedelta(days=6))
    (long / "left.part").mkdir()
    (long / "left.part" / "sheet").touch()
    for path in long.iterdir():
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    Export.objects.filter(pk=stuck.pk).update(asked_at=NOW + timedelta(days=6))

    assert exports.forget_old(NOW + timedelta(days=6, minutes=59)) == 0
    assert [path.name for path in long.iterdir()] == [old.path.name]
    assert exports.forget_old(NOW + timedelta(days=7, minutes=1)) == 2
    assert list(long.iterdir()) == []
    assert [(export.pk, export.status) for export in Export.objects.all()] == [(stuck.pk, "failed")]
    assert client.get(f"/manage/exports/{old.pk}/file/").status_code == 404


def test_a_file_that_shows_somebody_goes_with_their_data(
    client: Client, manager: User, location: Location, long: Path
) -> None:
    tariff, person, colleague = make_tariff(service=make_pool(location=location)), make_user(), Client()
    colleague.force_login(make_manager(location=location))
    for customer in (person, make_user(), make_user()):
        make_order(tariff=tariff, by=manager, customer=customer)
    shown, others = ask(client, "/manage/orders/export/"), ask(colleague, "/manage/orders/export/")
    Order.objects.update(status="completed", due=0)
    Ticket.objects.update(status="used")
    write_export(shown.pk, at=NOW)
    Order.objects.filter(customer=person).update(location=make_location())
    write_export(others.pk, at=NOW)
    before = list(Export.objects.filter(pk=others.pk).values())

    administrator = make_member(location=location, role=Role.LOCATION_ADMINISTRATOR)
    erasing.erase(erasing.ask(person, at=NOW), by=administrator, location_id=location.pk, at=NOW)

    assert client.get(f"/manage/exports/{shown.pk}/file/").status_code == 404
    assert exports.forget_old(NOW) == 1
    assert (list(Export.objects.values()), [path.name for path in long.iterdir()]) == (before, [others.path.name])


def test_a_file_that_is_being_written_while_somebody_is_erased_is_given_up(
    client: Client, manager: User, location: Location, long: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export, elsewhere = asked_for_three(client, manager, location, "csv"), make_location()
    person = Order.objects.earliest("pk").customer
    Order.objects.update(status="completed", due=0)
    Ticket.objects.update(status="used")
    administrator = make_member(location=location, role=Role.LOCATION_ADMINISTRATOR)
    asked, finish = erasing.ask(person, at=NOW), exports.finish
    facts = {"by": manager, "what": "orders", "format": "csv", "status": "working"}
    other = Export.objects.create(location=elsewhere, **facts)

    def finish_after_the_erasure(*args: Any, **facts: Any) -> None:
        erasing.erase(asked, by=administrator, location_id=location.pk, at=NOW)
        finish(*args, **facts)

    monkeypatch.setattr("orders.domain.exports.finish", finish_after_the_erasure)
    write_export(export.pk, at=NOW)  # its job needs no attention
    assert (list(long.iterdir()), AccessEvent.objects.exclude(screen="erasure").exists()) == ([], False)
    assert dict(Export.objects.values_list("pk", "status")) == {export.pk: "failed", other.pk: "working"}
    assert "Повторить" in client.get("/manage/exports/").content.decode()
    write_export(export.pk, at=NOW)  # its job may run again
    assert list(long.iterdir()) == []
