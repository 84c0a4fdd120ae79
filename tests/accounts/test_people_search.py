import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from accounts import people_query
from accounts.models import User
from accounts.models import people as people_model
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def people() -> None:
    for last_name, first_name, middle_name, phone, email in (
        ("Петров", "Иван", "Андреевич", "+79162044821", "petrov@example.com"),
        ("Петрова", "Алёна", "", "+79031112233", None),
        ("Семёнов", "Пётр", "Ильич", "+74951234567", "ps@example.com"),
        ("Жуков", "Олег", "", None, "oleg@example.com"),
        ("Римский-Корсаков", "Николай", "", "+79990000001", None),
    ):
        make_user(last_name=last_name, first_name=first_name, middle_name=middle_name, phone=phone, email=email)
    make_user(last_name="Петренко", first_name="Глеб", phone="+79160000000", email="gone@example.com", is_active=False)


def found(text: str, limit: int = 8) -> list[str]:
    return [person.short_name for person in User.objects.found_by(text, limit=limit)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("петр", ["Петров Иван", "Петрова Алёна", "Семёнов Пётр"]),
        ("ПЕТРОВ", ["Петров Иван", "Петрова Алёна"]),
        ("ив", ["Петров Иван"]),
        ("п", ["Петров Иван", "Петрова Алёна", "Семёнов Пётр"]),
        ("иван петр", ["Петров Иван"]),
        ("петр иван", ["Петров Иван"]),
        ("п и", ["Петров Иван", "Семёнов Пётр"]),
        ("андреевич петров", ["Петров Иван"]),
        ("римский-корс", ["Римский-Корсаков Николай"]),
        ("корсаков николай", ["Римский-Корсаков Николай"]),
        ("етров", []),
        ("сидоров", []),
    ],
)
def test_people_are_found_by_the_first_letters_of_their_names_in_any_order(text: str, names: list[str]) -> None:
    assert found(text) == names


@pytest.mark.parametrize("text", ["семенов", "семёнов", "СЕМЁНОВ петр", "  семенов  "])
def test_e_with_and_without_dots_is_one_letter(text: str) -> None:
    assert found(text) == ["Семёнов Пётр"]


@pytest.mark.parametrize("text", ["gtnhjd bdfy", "Gtnhjd Bdfy", "bdfy"])
def test_the_wrong_keyboard_layout_is_understood(text: str) -> None:
    assert found(text) == ["Петров Иван"]


@pytest.mark.parametrize("text", [";erjd", ":erjd"])
def test_the_wrong_layout_is_understood_for_letters_on_keys_of_signs(text: str) -> None:
    assert found(text) == ["Жуков Олег"]


@pytest.mark.parametrize(
    "text", ["+79162044821", "8 (916) 204-48-21", "9162044821", "+7 916 204", "916204", "4821", "204-48"]
)
def test_people_are_found_by_a_part_of_the_phone(text: str) -> None:
    assert found(text) == ["Петров Иван"]


@pytest.mark.parametrize("text", ["8 916 2", "8 (916) 204", "8916204482"])
def test_a_number_being_typed_from_the_eight_is_found_before_its_last_digit(text: str) -> None:
    assert found(text) == ["Петров Иван"]


def test_a_foreign_number_is_found_at_its_eleventh_digit_where_a_russian_one_ends() -> None:
    make_user(last_name="Ким", phone="+8613912345678")
    assert found("86139123456") == ["Ким Иван"]


@pytest.mark.parametrize("text", ["petrov@", "PETROV@example.com", " petrov@example.com "])
def test_people_are_found_by_the_beginning_of_the_e_mail(text: str) -> None:
    assert found(text) == ["Петров Иван"]


@pytest.mark.parametrize("text", ["петренко", "gone@example.com", "+79160000000"])
def test_somebody_switched_off_is_not_found(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("text", ["", " ", "-", "%", "_", "\\", "'"])
def test_a_text_without_letters_finds_nobody(text: str) -> None:
    assert found(text) == []


def test_the_answer_is_limited_and_sorted_by_name() -> None:
    assert found("п", limit=2) == ["Петров Иван", "Петрова Алёна"]


@pytest.mark.parametrize("looked_at", [people_model.NEARBY, 4])
def test_three_digits_find_the_first_by_name_near_or_far(monkeypatch: pytest.MonkeyPatch, looked_at: int) -> None:
    monkeypatch.setattr(people_model, "NEARBY", looked_at)
    for number, name in enumerate("ЖДГВБА"):
        make_user(last_name=f"{name}ков", first_name="Лев", phone=f"+7920555482{number}", is_active=name != "В")

    assert found("482", limit=3) == ["Аков Лев", "Бков Лев", "Гков Лев"]
    assert found("482") == ["Аков Лев", "Бков Лев", "Гков Лев", "Дков Лев", "Жков Лев", "Петров Иван"]


def test_four_digits_are_the_last_four_though_they_begin_with_an_eight() -> None:
    make_user(last_name="Ким", phone="+79050008221")
    assert found("8221") == ["Ким Иван"]


def test_a_search_costs_one_query_and_a_second_where_few_are_found(django_assert_num_queries) -> None:
    for text, queries in (("петр", 1), ("916204", 1), ("89162044821", 1), ("ps@example.com", 1), ("иван петр", 2)):
        with django_assert_num_queries(queries):
            assert found(text)


@pytest.mark.parametrize("text", ["петров ильич иван", "иван петров ильич", "ильич иван петров", "gtnhjd bkmbx bdfy"])
def test_three_words_are_looked_for_in_every_order_by_one_index(text: str) -> None:
    make_user(last_name="Петров", first_name="Иван", middle_name="Ильич")
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as sent:
        assert found(text) == ["Петров Иван"]
        cursor.execute("SET LOCAL enable_seqscan = off")  # of a table this small
        cursor.execute(f"EXPLAIN {sent.captured_queries[1]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Bitmap Index Scan on user_name_beginnings" in plan, plan


def test_whom_names_mean_is_read_from_indexes_alone() -> None:
    for text, ways in (("петр", 2), ("петров иван", 2), ("п и а", 2), ("семёнов-донской", 3)):
        with connection.cursor() as cursor, CaptureQueriesContext(connection) as sent:
            found(text)
            cursor.execute("SET LOCAL enable_seqscan = off")  # of a table this small
            cursor.execute("SET LOCAL enable_bitmapscan = off")  # its content differs between runs
            cursor.execute(f"EXPLAIN {sent.captured_queries[0]['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert plan.count("Index Only Scan using user_by_") == ways, plan


def test_a_whole_number_is_looked_up_as_it_is_stored() -> None:
    with CaptureQueriesContext(connection) as sent:
        assert found("8 916 204-48-21") == ["Петров Иван"]
    assert "LIKE" not in sent.captured_queries[0]["sql"]


def read_behind(text: str) -> bool:
    """Return whether names are read and discarded while searching a text."""
    with CaptureQueriesContext(connection) as sent:
        found(text)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {sent.captured_queries[0]['sql']}")
        return any("Rows Removed by Filter" in line for (line,) in cursor.fetchall())


def test_a_text_ending_in_a_certain_letter_reads_no_later_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not read_behind("римп")

    monkeypatch.setattr(people_query, "begins_with", lambda field, text: Q((f"{field}__startswith", text)))
    assert read_behind("римп"), "control: LIKE reads the names from «римр» on"


def test_a_double_family_name_is_found_from_the_index_alone(django_assert_num_queries) -> None:
    for given in ("Иван", "Лев", "Пётр"):
        make_user(last_name="Семёнов-Донской", first_name=given)
    make_user(last_name="Донской", first_name="Семён")
    with django_assert_num_queries(1):
        assert found("семёнов-донской", limit=2) == ["Семёнов-Донской Иван", "Семёнов-Донской Лев"]
    assert found("семенов-донской п") == ["Семёнов-Донской Пётр"]


def test_the_likeliest_people_come_first() -> None:
    make_user(last_name="Абрамов", first_name="Иван", middle_name="Петрович")
    make_user(last_name="Петров", first_name="Иван", middle_name="Сергеевич")
    make_user(last_name="Иванов", first_name="Пётр")
    assert found("петров иван") == ["Петров Иван", "Петров Иван", "Абрамов Иван"]
    assert found("пет ива") == ["Петров Иван", "Петров Иван", "Иванов Пётр", "Абрамов Иван"]
    assert found("ива пет") == ["Иванов Пётр", "Петров Иван", "Петров Иван", "Абрамов Иван"]
