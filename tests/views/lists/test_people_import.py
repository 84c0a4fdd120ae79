"""«Импорт людей»: a list is previewed, imported as a whole, and overwrites only what was chosen."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.domain import access_log, importing, tables
from accounts.models import AccessEvent, PeopleImport, Role, User
from coworking.models import Location
from orders.models import Message
from tests.accounts.test_tables import uncounted
from tests.factories import make_location, make_member, make_user
from tests.html import text_of as text_of_html
from tests.moments import NOW
from tests.snapshots import saved_rows
from tests.views.pages import read
from tests.views.test_access import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

PAGE = "/manage/people/import/"
HEAD = "Фамилия;Имя;Отчество;Телефон;Электронная почта;Компания\n"


@pytest.fixture
def location() -> Location:
    return make_location()


@pytest.fixture
def me(location: Location) -> User:
    return make_member(location=location, role=Role.LOCATION_ADMINISTRATOR)


@pytest.fixture
def office(me: User) -> Client:
    return client_of(me)


def send(office: Client, text: str | bytes, *, basis: str = "contract", name: str = "люди.csv") -> Any:
    data = text.encode() if isinstance(text, str) else text
    return office.post(PAGE, {"file": SimpleUploadedFile(name, data), "basis": basis})


def text_of(answer: Any) -> str:
    return " ".join(text_of_html(answer.content.decode()).split())


def uploaded(office: Client, text: str) -> str:
    answer = send(office, text)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def ticks(office: Client, page: str) -> list[str]:
    return [attrs["value"] for attrs in read(office.get(page)).attrs_of("input", name="change")]


def people() -> list[tuple[Any, ...]]:
    fields = ("last_name", "first_name", "middle_name", "phone", "email", "company")
    return list(User.objects.order_by("pk").values_list(*fields))


def test_new_people_are_registered_without_letters(office: Client, me: User, location: Location) -> None:
    before = people()
    page = uploaded(
        office, HEAD + "Ёлкина;Анна;Игоревна;8 916 000-00-01;Anna@Example.com;ООО «Ромашка»\nКим;Олег;;;k@x.ru;"
    )
    assert people() == before
    preview = text_of(office.get(page))
    assert ("Новые: 2." in preview, "Анна Игоревна +7 916 000-00-01" in preview) == (True, True)

    result = office.post(page, follow=True)
    assert "Зарегистрировано: 2, изменено: 0" in text_of(result)
    assert people()[len(before) :] == [
        ("Ёлкина", "Анна", "Игоревна", "+79160000001", "anna@example.com", "ООО «Ромашка»"),
        ("Ким", "Олег", "", None, "k@x.ru", ""),
    ]
    new = User.objects.order_by("pk")[len(before) :]
    assert {(one.created_by, one.date_joined, one.has_usable_password()) for one in new} == {(me, NOW, False)}
    assert User.objects.found_by("елкина", limit=5) == [new[0]]
    done = PeopleImport.objects.get()
    assert (done.basis, done.rows, done.imported_at, done.created, done.changed) == ("contract", [], NOW, 2, 0)
    seen = AccessEvent.objects.order_by("pk").values_list("by", "person", "screen", "number", "location")
    assert list(seen) == [(me.pk, one.pk, "people_import", done.pk, location.pk) for one in new]
    assert not Message.objects.exists()
    assert "Зарегистрировано" in text_of(office.get(PAGE))


def test_the_same_file_twice_creates_nobody_twice(office: Client) -> None:
    text = HEAD + "Ким;Олег;;+79160000001;k@x.ru;\n"
    office.post(uploaded(office, text))
    after = people()
    again = uploaded(office, text)
    shown = office.get(again)
    assert "Импортировать нечего" in text_of(shown)
    assert "В файле нет ничего нового, что можно записать." in text_of(shown)
    assert "data-submit" not in shown.content.decode()
    office.post(again)
    assert people() == after
    assert list(PeopleImport.objects.order_by("pk").values_list("created", "imported_at")) == [(1, NOW), (0, None)]


def test_a_file_of_known_people_waits_until_somebody_is_ticked(office: Client) -> None:
    known = make_user(last_name="Ким", first_name="Олег", phone="+79160000001", email=None)
    page = uploaded(office, HEAD + "Ким;Олег;Ли;+79160000001;;\n")
    before = saved_rows()
    answer = text_of(office.post(page, follow=True))
    assert "Ничего не изменится: отметьте, что изменить, или загрузите другой файл." in answer
    assert saved_rows() == before
    office.post(page, {"change": ticks(office, page)})
    assert User.objects.get(pk=known.pk).middle_name == "Ли"


def test_only_chosen_people_are_changed_and_never_their_contacts(office: Client) -> None:
    chosen = make_user(last_name="Ким", first_name="Олег", phone="+79160000001", email="k@x.ru")
    left = make_user(last_name="Цой", first_name="Ия", phone="+79160000002", email=None)
    own = make_user(last_name="Тайнова", first_name="Яна", phone="+79160000003", email=None, last_login=NOW)
    rows = "Ким;Олег;Ли;+79160000001;other@x.ru;ООО «А»\nЦой;Ия;;+79160000002;;ООО «Б»\nЛим;Я;;+79160000003;;\n"
    page = uploaded(office, HEAD + rows)
    shown = office.get(page)
    assert "Известные, с отличиями: 3." in text_of(shown)
    assert "другая почта, останется прежняя" in text_of(shown)
    assert "«Лим»: в профиле иначе, останется как есть" in text_of(shown)
    assert "Тайнова" not in shown.content.decode()
    assert "other@x.ru" not in shown.content.decode()
    assert [value.split(":")[0] for value in ticks(office, page)] == ["2", "3"]
    tick = ticks(office, page)[0]
    again = read(office.post(page, {"change": tick, "action": "refresh"}))
    assert [form.values["change"] for form in again.forms if "change" in form.values] == [[tick]]

    office.post(page, {"change": [ticks(office, page)[0], "4:x", "77:x", "x"]})
    assert [(one.middle_name, one.company, one.email) for one in User.objects.filter(pk=chosen.pk)] == [
        ("Ли", "ООО «А»", "k@x.ru")
    ]
    for one in (left, own):
        assert (one.first_name, one.company) == User.objects.values_list("first_name", "company").get(pk=one.pk)
    assert (PeopleImport.objects.get().created, PeopleImport.objects.get().changed) == (0, 1)


def test_people_who_changed_since_they_were_shown_are_left_as_they_are(office: Client) -> None:
    names = {"last_name": "Ким", "first_name": "Олег", "email": None}
    renamed, signed_in, same = (make_user(phone=f"+7916000000{number}", **names) for number in (1, 2, 3))
    page = uploaded(office, HEAD + "".join(f"Ким;Олег;Ли;+7916000000{number};;\n" for number in (1, 2, 3)))
    shown = ticks(office, page)
    assert len(shown) == 3
    User.objects.filter(pk=renamed.pk).update(middle_name="Ян")
    User.objects.filter(pk=signed_in.pk).update(last_login=NOW)
    said = text_of(office.post(page, {"change": shown}, follow=True))
    assert said.count("Запись тем временем изменили, она осталась как есть. Загрузите строку ещё раз.") == 2
    written = {pk: User.objects.get(pk=pk).middle_name for pk in (renamed.pk, signed_in.pk, same.pk)}
    assert written == {renamed.pk: "Ян", signed_in.pk: "", same.pk: "Ли"}
    assert PeopleImport.objects.get().changed == 1


def test_rows_with_errors_are_told_at_the_cell_and_left_out(office: Client) -> None:
    make_user(phone="+79160000008", email=None)
    make_user(phone=None, email="other@x.ru")
    rows = (
        "К1м;;;12;нет;\nКим;Олег;;;;\nКим;Олег;;+79160000001;;\nКим;Олег;;+79160000001;;\n"
        "Пак;Ян;;+79160000008;other@x.ru;\n=1+1;Ян;;+79160000009;;"
    )
    page = uploaded(office, HEAD + rows)
    text = text_of(office.get(page))
    for told in (
        "Фамилия «К1м»: Укажите имя русскими или латинскими буквами.",
        "Имя : Укажите имя.",
        "Телефон : Нужен телефон или электронная почта.",
        "Телефон «+79160000001»: То же указано в строке 4.",
        "Электронная почта «other@x.ru»: Телефон принадлежит одному известному человеку, а почта — другому.",
    ):
        assert told in text
    before = User.objects.count()
    office.post(page)
    assert User.objects.count() == before + 1
    file = office.get(f"{page}errors.xlsx").content
    table = tables.read_table(file)
    assert [row[1][6] for row in table] == ["Строка", "2", "3", "5", "6", "7"]
    assert table[3][1][7] == "Телефон: То же указано в строке 4."


def test_a_formula_without_a_result_is_told_at_its_cell(office: Client) -> None:
    before = people()
    page = send(office, uncounted(["ФИО", "Телефон"], ["=A1", "8 916 000-00-01"], ["Ким Олег", "=B2"]))
    preview = text_of(office.get(page.headers["Location"]))
    assert preview.count("Формула без результата") == 2
    office.post(page.headers["Location"])
    assert people() == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Файл пустой."),
        ("Город;Телефон\nОмск;1", "В первой строке нет столбцов «Фамилия», «Имя». Там стоит: «Город», «Телефон»."),
        (HEAD, "Есть заголовки, но нет ни одного человека."),
        (b"\x89PNG\0", "Файл не читается. Сохраните его заново как XLSX или CSV."),
    ],
    ids=["empty", "no columns", "no people", "picture"],
)
def test_a_file_without_people_is_refused_at_the_field(office: Client, text: str | bytes, told: str) -> None:
    before = saved_rows()
    answer = send(office, text)
    assert answer.status_code == 422
    assert told in text_of(answer)
    assert saved_rows() == before


def test_a_basis_must_be_named(office: Client) -> None:
    answer = send(office, HEAD + "Ким;Олег;;+79160000001;;", basis="")
    assert answer.status_code == 422
    assert "Укажите, что позволяет обрабатывать эти данные." in text_of(answer)
    assert not PeopleImport.objects.exists()


def test_a_person_uploads_ten_files_a_day(office: Client, location: Location, me: User) -> None:
    one = {"basis": "contract", "file_name": "люди.csv", "location": location, "by": me}
    moments = [NOW - timedelta(days=1), *[NOW - timedelta(hours=23)] * (importing.MOST_UPLOADS - 1)]
    PeopleImport.objects.bulk_create(PeopleImport(**one, uploaded_at=at) for at in moments)
    uploaded(office, HEAD + "Ким;Олег;;+79160000001;;")
    before = saved_rows()
    answer = send(office, HEAD + "Ким;Олег;;+79160000002;;")
    assert (answer.status_code, saved_rows(), PeopleImport.objects.count()) == (422, before, 11)
    assert "Не больше 10 файлов в сутки: продолжите завтра." in text_of(answer)
    uploaded(client_of(make_member(location=location, role=Role.LOCATION_ADMINISTRATOR)), HEAD + "Ким;Олег;;;k@x.ru;")


def test_a_full_name_is_taken_apart(office: Client) -> None:
    office.post(uploaded(office, "Ф.И.О.,Тел,Телефон\nКим Олег Ли,нет,89160000001\n"))
    assert people()[-1] == ("Ким", "Олег", "Ли", "+79160000001", None, "")


def test_the_sample_can_be_imported(office: Client) -> None:
    answer = send(office, office.get(f"{PAGE}sample.xlsx").content, name="people.xlsx")
    page = str(answer.headers["Location"])
    assert "Новые: 2. Известные, с отличиями: 0. Известные, без отличий: 0. С ошибками: 0." in text_of(office.get(page))


def test_what_breaks_in_the_middle_leaves_nothing(office: Client, me: User, monkeypatch: pytest.MonkeyPatch) -> None:
    uploaded(office, HEAD + "Ким;Олег;;+79160000001;;\n")
    before = saved_rows()

    def broken(*_args: Any, **_facts: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(access_log, "record", broken)
    with pytest.raises(DatabaseError):
        importing.carry_out(PeopleImport.objects.get().pk, chosen={}, by=me, at=NOW)
    assert saved_rows() == before


def test_an_import_belongs_to_whoever_uploaded_it(office: Client, location: Location) -> None:
    page = uploaded(office, HEAD + "Ким;Олег;;+79160000001;;\n")
    other = client_of(make_member(location=location, role=Role.LOCATION_ADMINISTRATOR))
    assert [other.get(page).status_code, other.post(page).status_code] == [404, 404]
    assert other.get(f"{page}errors.xlsx").status_code == 404
    assert not User.objects.filter(phone="+79160000001").exists()


def test_rows_are_forgotten_after_a_day_or_with_their_person(office: Client) -> None:
    person = make_user(phone="+79160000001")
    page = uploaded(office, HEAD + "Ким;Олег;;+79160000001;;\n")
    assert importing.forget_rows(PeopleImport, NOW + timedelta(hours=23)) == 0
    importing.forget_person(make_user())
    assert PeopleImport.objects.get().rows
    importing.forget_person(person)
    assert PeopleImport.objects.get().rows == []
    assert "Строки этого файла уже удалены." in text_of(office.get(page))
    before = saved_rows()
    answer = text_of(office.post(page, follow=True))
    assert ("Строки этого файла уже удалены." in answer, "Люди импортированы" in answer) == (True, False)
    assert (saved_rows(), PeopleImport.objects.get().imported_at) == (before, None)
    uploaded(office, HEAD + "Ким;Олег;;+79160000001;;\n")
    assert importing.forget_rows(PeopleImport, NOW + timedelta(hours=25)) == 1


def test_more_rows_take_no_more_queries(
    office: Client, django_assert_max_num_queries: Callable[[int], CaptureQueriesContext]
) -> None:
    rows = "".join(f"Ким;Олег;;+7926000{number:04};;\n" for number in range(30))
    page = uploaded(office, HEAD + rows)
    make_user(phone="+79260000007")
    with django_assert_max_num_queries(11):
        office.get(page)
    with django_assert_max_num_queries(20):
        office.post(page)
    assert PeopleImport.objects.get().created == 29
