"""Import of companies: a list is previewed, imported as a whole, and overwrites only what was chosen."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.domain import importing, tables
from accounts.models import Company, CompanyEvent
from orders.domain.desk import company_importing
from orders.models import CompanyImport
from tests.factories import make_company, make_manager
from tests.html import text_of
from tests.moments import NOW
from tests.views.pages import World, read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PAGE = "/manage/companies/import/"
HEAD = "ИНН;КПП;Название;Юридический адрес;Номер договора\n"
NORTH, TRADER = "7810000001;781001001;АО «Север»;Невский, 1;12/2026\n", "526317984689;;ИП Ким Олег;;\n"


def send(client: Client, text: str | bytes, name: str = "компании.csv") -> Any:
    return client.post(PAGE, {"file": SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)})


def uploaded(client: Client, text: str) -> str:
    answer = send(client, text)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def words(answer: Any) -> str:
    return " ".join(text_of(answer.content.decode()).split()).replace("\u00a0", " ")


def ticks(client: Client, page: str) -> list[str]:
    return [attrs["value"] for attrs in read(client.get(page)).attrs_of("input", name="change")]


def companies() -> list[tuple[str, ...]]:
    return list(Company.objects.order_by("pk").values_list("inn", "kpp", "name", "address", "agreement"))


def saved() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Company, CompanyEvent, CompanyImport)]


def test_new_companies_are_added_with_their_history(client: Client, world: World) -> None:
    page = uploaded(client, HEAD + NORTH + TRADER)
    assert companies() == []
    assert "Новые: 2." in words(client.get(page))
    result = client.post(page, follow=True)
    assert "Добавлено: 2, изменено: 0" in words(result)
    assert companies() == [
        ("7810000001", "781001001", "АО «Север»", "Невский, 1", "12/2026"),
        ("526317984689", "", "ИП Ким Олег", "", ""),
    ]
    assert [company.name_key for company in Company.objects.order_by("pk")] == [" ао север", " ип ким олег"]
    events = CompanyEvent.objects.order_by("pk").values_list("company__inn", "action", "by", "at")
    assert list(events) == [(inn, "added", world.manager.pk, NOW) for inn in ("7810000001", "526317984689")]
    done = CompanyImport.objects.get()
    assert (done.rows, done.imported_at, done.created, done.changed) == ([], NOW, 2, 0)
    assert "Добавлено: 2" in words(client.get(PAGE))


def test_the_same_file_again_and_a_second_press_add_nothing(client: Client, world: World) -> None:
    page = uploaded(client, HEAD + NORTH)
    client.post(page)
    before = saved()
    client.post(page)
    assert saved() == before
    again = uploaded(client, HEAD + NORTH)
    assert "Известные, без отличий: 1." in words(client.get(again))
    client.post(again)
    assert saved()[:2] == before[:2]


def test_a_file_of_known_companies_waits_until_one_is_ticked(client: Client, world: World) -> None:
    make_company(inn="526317984689", kpp="", name="ИП Ким", address="")
    page = uploaded(client, HEAD + TRADER)
    before = saved()
    assert "Ничего не изменится: отметьте, что изменить" in words(client.post(page, follow=True))
    assert saved() == before
    client.post(page, {"change": ticks(client, page)})
    assert companies() == [("526317984689", "", "ИП Ким Олег", "", "")]


def test_only_chosen_companies_are_changed_and_empty_cells_change_nothing(client: Client, world: World) -> None:
    north = make_company(inn="7810000001", kpp="781001001", name="Север", address="Невский, 1", agreement="1")
    trader = make_company(inn="526317984689", kpp="", name="ИП Ким")
    page = uploaded(client, HEAD + "7810000001;781101001;АО «Север»;;\n" + TRADER)
    shown = words(client.get(page))
    assert "КПП: 781001001 → 781101001" in shown
    assert "Название: ИП Ким → ИП Ким Олег" in shown
    tick, before = ticks(client, page)[0], CompanyEvent.objects.count()
    again = read(client.post(page, {"change": tick, "action": "refresh"}))
    assert [form.values["change"] for form in again.forms if "change" in form.values] == [[tick]]
    assert CompanyEvent.objects.count() == before
    client.post(page, {"change": [tick, "77:x", "x", "3"]})
    north.refresh_from_db()
    assert (north.name, north.kpp, north.address, north.agreement) == ("АО «Север»", "781101001", "Невский, 1", "1")
    assert (north.name_key, Company.objects.get(pk=trader.pk).name) == (" ао север", "ИП Ким")
    events = CompanyEvent.objects.order_by("pk").values_list("company", "action", "field", "old", "new")[before:]
    assert list(events) == [
        (north.pk, "changed", "name", "Север", "АО «Север»"),
        (north.pk, "changed", "kpp", "781001001", "781101001"),
    ]
    assert (CompanyImport.objects.get().created, CompanyImport.objects.get().changed) == (0, 1)


def test_a_company_that_was_changed_since_it_was_shown_is_left_as_it_is(client: Client, world: World) -> None:
    north = make_company(inn="7810000001", kpp="781001001", name="Север", address="Невский, 1", agreement="1")
    trader = make_company(inn="526317984689", kpp="", name="ИП Ким")
    page = uploaded(client, HEAD + NORTH + TRADER)
    shown = ticks(client, page)
    assert len(shown) == 2
    Company.objects.filter(pk=north.pk).update(agreement="5/2026")
    before = list(Company.objects.filter(pk=north.pk).values())
    said = words(client.post(page, {"change": shown}, follow=True))
    assert "Добавлено: 0, изменено: 1" in said
    assert "ИНН «7810000001»: Запись тем временем изменили, она осталась как есть. Загрузите строку ещё раз." in said
    assert list(Company.objects.filter(pk=north.pk).values()) == before
    assert Company.objects.get(pk=trader.pk).name == "ИП Ким Олег"
    assert not CompanyEvent.objects.filter(company=north, action="changed").exists()


def test_a_company_that_was_merged_is_an_error_that_names_the_one_that_stands(client: Client, world: World) -> None:
    kept = make_company(inn="7707083893", kpp="773601001", name="АО «Юг»")
    gone = make_company(inn="7810000001", kpp="781001001", name="Север")
    page = uploaded(client, HEAD + NORTH)
    shown = ticks(client, page)
    Company.objects.filter(pk=gone.pk).update(merged_into=kept)
    before = saved()[:2]
    for answer in (client.get(page), client.post(page, {"change": shown}, follow=True)):
        assert "ИНН «7810000001»: Запись объединена с другой: АО «Юг»." in words(answer)
    assert saved()[:2] == before


def test_rows_with_errors_are_told_at_the_cell_and_left_out(client: Client, world: World) -> None:
    rows = (
        "7810000002;781001001;Не та цифра;;\n7810000001;;Без КПП;;\n526317984689;781001001;ИП с КПП;;\n"
        + NORTH
        + "7810 000001;781001001;Дважды;;\n7707083893;773601001;;;\n"
    )
    page = uploaded(client, HEAD + rows)
    text = words(client.get(page))
    for told in (
        "ИНН «7810000002»: Такого ИНН нет: не сходится контрольная цифра.",
        "КПП : У компании есть КПП: укажите его.",
        "КПП «781001001»: У ИП нет КПП: оставьте поле пустым.",
        "ИНН «7810000001»: То же указано в строке 3.",
        "Название : Укажите компанию.",
    ):
        assert told in text
    client.post(page)
    assert companies() == []
    table = tables.read_table(client.get(f"{page}errors.xlsx").content)
    assert [row[1][5] for row in table] == ["Строка", "2", "3", "4", "5", "6", "7"]
    assert table[1][1][6] == "ИНН: Такого ИНН нет: не сходится контрольная цифра."


def test_a_zero_that_the_spreadsheet_dropped_is_put_back(client: Client, world: World) -> None:
    client.post(uploaded(client, HEAD + "274062111;27401001;ПАО «Урал»;;\n"))
    assert companies() == [("0274062111", "027401001", "ПАО «Урал»", "", "")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Файл пустой."),
        ("Город;КПП\nОмск;1", "В первой строке нет столбцов «ИНН», «Название»."),
        (HEAD, "Есть заголовки, но нет ни одной компании."),
        (b"\x89PNG\0", "Файл не читается. Сохраните его заново как XLSX или CSV."),
    ],
    ids=["empty", "no columns", "no companies", "picture"],
)
def test_a_file_without_companies_is_refused_at_the_field(
    client: Client, world: World, text: str | bytes, told: str
) -> None:
    answer = send(client, text)
    assert (answer.status_code, saved()) == (422, [[], [], []])
    assert told in words(answer)


def test_the_sample_can_be_imported(client: Client, world: World) -> None:
    page = str(send(client, client.get(f"{PAGE}sample.xlsx").content, "companies.xlsx").headers["Location"])
    assert "Новые: 2. Известные, с отличиями: 0. Известные, без отличий: 0. С ошибками: 0." in words(client.get(page))


def test_what_breaks_in_the_middle_leaves_nothing(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploaded(client, HEAD + NORTH)
    before = saved()

    def broken(*_args: Any, **_facts: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(CompanyEvent.objects, "bulk_create", broken)
    with pytest.raises(DatabaseError):
        company_importing.carry_out(CompanyImport.objects.get().pk, chosen={}, by=world.manager, at=NOW)
    assert saved() == before


def test_an_import_belongs_to_whoever_uploaded_it_and_ten_are_enough_for_a_day(client: Client, world: World) -> None:
    page = uploaded(client, HEAD + NORTH)
    other = Client()
    other.force_login(make_manager(location=world.location))
    assert [other.get(page).status_code, other.post(page).status_code] == [404, 404]
    assert other.get(f"{page}errors.xlsx").status_code == 404
    facts = {"file_name": "а.csv", "location": world.location, "by": world.manager, "uploaded_at": NOW}
    CompanyImport.objects.bulk_create(CompanyImport(**facts) for _n in range(importing.MOST_UPLOADS - 1))
    before = saved()
    answer = send(client, HEAD + TRADER)
    assert (answer.status_code, saved()) == (422, before)
    assert "Не больше 10 файлов в сутки: продолжите завтра." in words(answer)
    uploaded(other, HEAD + TRADER)


def test_rows_are_forgotten_after_a_day(client: Client, world: World) -> None:
    page = uploaded(client, HEAD + NORTH)
    assert importing.forget_rows(CompanyImport, NOW + timedelta(hours=23)) == 0
    assert importing.forget_rows(CompanyImport, NOW + timedelta(hours=25)) == 1
    answer = words(client.post(page, follow=True))
    assert "Строки этого файла уже удалены." in answer
    assert (companies(), CompanyImport.objects.get().imported_at) == ([], None)


def test_more_rows_take_no_more_queries(
    client: Client, world: World, django_assert_max_num_queries: Callable[[int], CaptureQueriesContext]
) -> None:
    traders = ["500100732259", "526317984689", "773370857141"]
    page = uploaded(client, HEAD + NORTH + "".join(f"{inn};;ИП {inn};;\n" for inn in traders))
    with django_assert_max_num_queries(8):
        client.get(page)
    with django_assert_max_num_queries(16):
        client.post(page)
    assert Company.objects.count() == 4
