"""What managers type to find a person, and who is found: compared with a scan of all people without indexes."""

from dataclasses import dataclass

from django.db import connection

from accounts.models import User
from bench.measure import plan_of, queries_of
from bench.results import Results

TABLE = User._meta.db_table
LIMIT = 8  # what the order form shows
MOST_ROWS = 100_000  # of a million: beyond that a plan walks, even when it walks along an index


@dataclass(frozen=True, slots=True)
class Typed:
    """What a manager types, and its expected meaning if the result is checked."""

    what: str
    text: str
    words: tuple[str, ...] = ()
    digits: str = ""
    email: str = ""

    @property
    def is_checked(self) -> bool:
        """Whether the result is compared with a sequential scan."""
        return bool(self.words or self.digits or self.email)


SAMPLES = (
    Typed("two letters, frequent", "пе", words=("пе",)),
    Typed("two letters, rare", "юд", words=("юд",)),
    Typed("one letter", "и"),
    Typed("family name", "петровский", words=("петровский",)),
    Typed("family name, any case", "ШеВЧенко", words=("шевченко",)),
    Typed("first name, frequent", "александр"),
    Typed("first name, rare", "ульяна", words=("ульяна",)),
    Typed("patronymic alone", "арменович"),
    Typed("second family name alone", "белинский"),
    Typed("two words", "петров иван", words=("петров", "иван")),
    Typed("two words, the other way round", "иван петров", words=("петров", "иван")),
    Typed("two words, short", "пе и", words=("пе", "и")),
    Typed("two letters with a space", "а а"),
    Typed("two words, rare", "цой анна", words=("цой", "анна")),
    Typed("two words that exclude each other", "ильич ульяна", words=("ильич", "ульяна")),
    Typed("a family name and a stranger", "иванов ъъ", words=("иванов", "ъъ")),
    Typed("three words", "петров иван андреевич", words=("петров", "иван", "андреевич")),
    Typed("three words, any order", "андреевич петров иван", words=("петров", "иван", "андреевич")),
    Typed("three initials", "п и а"),
    Typed("three words, nobody", "сухих ульяна львович", words=("сухих", "ульяна", "львович")),
    Typed("double family name", "семёнов-донской", words=("семенов", "донской")),
    Typed("with ё", "Семёнова Алёна", words=("семенова", "алена")),
    Typed("е for ё", "семенова алена", words=("семенова", "алена")),
    Typed("wrong layout, one word", "gtnhjdcrbq", words=("петровский",)),
    Typed("wrong layout, two words", "gtnhjd bdfy", words=("петров", "иван")),
    Typed("wrong layout, a sign for a letter", "<tkjdf", words=("белова",)),
    Typed("three digits", "482"),
    Typed("last four digits", "4821", digits="4821"),
    Typed("seven digits", "204-48-21", digits="2044821"),
    Typed("full phone", "+7 916 204-48-21", digits="+79162044821"),
    Typed("full phone from 8", "8 (916) 204-48-21", digits="+79162044821"),
    Typed("full phone without signs", "79162044821", digits="+79162044821"),
    Typed("full phone without +7", "9162044821", digits="+79162044821"),
    Typed("beginning of a phone", "+7 916"),
    Typed("phone of nobody", "0000000000", digits="0000000000"),
    Typed("e-mail, two letters", "iv"),
    Typed("e-mail, six letters", "sokolo"),
    Typed("e-mail, beginning", "petrov.ivan-1", email="petrov.ivan-1"),
    Typed("e-mail, whole", "customer@olvery.test", email="customer@olvery.test"),
    Typed("e-mail of nobody", "nobody@nowhere.example", email="nobody@nowhere.example"),
    Typed("name of nobody", "щщщщ", words=("щщщщ",)),
)


def compare_all(results: Results) -> None:
    """Compare what is found with a scan of all people, and check the plans."""
    for typed in SAMPLES:
        name = f"people, {typed.what} «{typed.text}»"
        plans = [plan_of(sql) for sql in queries_of(lambda typed=typed: User.objects.found_by(typed.text, limit=LIMIT))]
        read = sum(plan.rows_read for plan in plans)
        results.expect(not any(plan.scans_all_of(TABLE) for plan in plans), f"{name}: a sequential scan of {TABLE}")
        results.expect(read <= MOST_ROWS, f"{name}: {read:,} rows read, at most {MOST_ROWS:,} are expected")
        if typed.is_checked:
            _compare(results, typed, User.objects.found_by(typed.text, limit=LIMIT))


def _compare(results: Results, typed: Typed, found: list[User]) -> None:
    """Compare with a scan of the whole table; namesakes are equal, since any eight of them will do."""
    total, first_keys, keys = _reference(typed)
    shown = [person.name_key for person in found]
    results.expect(len(found) == min(LIMIT, total), f"«{typed.text}» finds {len(found)} people of {min(LIMIT, total)}")
    results.expect({person.pk for person in found} <= keys, f"«{typed.text}» finds somebody it does not mean")
    if typed.digits:  # names come likeliest first, not by the alphabet
        results.expect(shown == first_keys, f"«{typed.text}» does not find the first by name")


def _reference(typed: Typed) -> tuple[int, list[str], set[int]]:
    """Return the number of matching people, the first names, and all keys. No index can serve these conditions."""
    conditions = [f"strpos(name_key, ' {word}') > 0" for word in typed.words]
    if len(typed.words) == 1:
        [word] = typed.words
        conditions = [f"(strpos(name_key, ' {word}') = 1 OR strpos(given_key, '{word}') = 1)"]
    if typed.digits:
        conditions.append(f"strpos(phone, '{typed.digits}') > 0")
    if typed.email:
        conditions.append(f"strpos(email, '{typed.email}') = 1")
    sql = f"SELECT id, name_key FROM {TABLE} WHERE is_active AND {' AND '.join(conditions)} ORDER BY name_key, id"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows = cursor.fetchall()
    return len(rows), [name for _pk, name in rows[:LIMIT]], {pk for pk, _name in rows}
