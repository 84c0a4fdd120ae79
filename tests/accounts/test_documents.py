"""Documents with editions, and a person's consents to them."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.domain import documents
from accounts.domain.documents import DocumentChanged, publish
from accounts.domain.security import Origin
from accounts.models import ConsentEvent, Document, DocumentKind, User
from tests.factories import make_user
from tests.moments import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

ADS = DocumentKind.ADVERTISING
PAGE = "/my/profile/consents/advertising/"


@pytest.fixture
def person(client: Client) -> User:
    person = make_user()
    client.force_login(person)
    return person


def edition(kind: DocumentKind = ADS, text: str = "Первый текст.", changes: str = "") -> Document:
    return publish(kind=kind, text=text, changes=changes, by=None, at=NOW)


def events(person: User) -> list[tuple[str, int, str, str | None, str]]:
    rows = ConsentEvent.objects.filter(person=person).select_related("document").order_by("pk")
    return [(str(one.action), one.document.edition, str(one.channel), one.address, one.client) for one in rows]


def standing(person: User) -> documents.Consent:
    return next(documents.consents_of(person))


def test_anybody_reads_the_latest_edition_and_those_before(client: Client) -> None:
    edition(DocumentKind.OFFER, "Старый текст.\n\nВторой абзац <b>.")
    edition(DocumentKind.OFFER, "Новый текст.", "Срок возврата")
    latest = client.get("/legal/offer/").content.decode()
    assert "<p>Новый текст.</p>" in latest
    assert "Редакция 2 от 24.11.2026" in latest
    former = client.get("/legal/offer/1/").content.decode()
    assert "<p>Второй абзац &lt;b&gt;.</p>" in former
    assert "больше не действует" in former
    assert [client.get(f"/legal/{path}/").status_code for path in ("offer/3", "policy", "nothing")] == [404] * 3


def test_a_consent_is_given_to_a_text_and_withdrawn_by_the_person_alone(client: Client, person: User) -> None:
    edition()
    page = client.get(PAGE).content.decode()
    assert "Первый текст." in page
    assert 'type="checkbox" name=' not in page
    assert events(person) == []  # viewing is no consent
    browser = {"REMOTE_ADDR": "192.0.2.7", "HTTP_USER_AGENT": "Firefox"}
    for _twice in range(2):
        client.post(PAGE, {"edition": "1"}, **browser)  # type: ignore[arg-type]
    assert standing(person).is_given
    assert "Дано" in client.get("/my/profile/").content.decode()
    for _twice in range(2):
        client.post(PAGE, {"withdraw": "1"}, **browser)  # type: ignore[arg-type]
    assert not standing(person).is_given
    where = ("profile", "192.0.2.7", "Firefox")
    assert events(person) == [("given", 1, *where), ("withdrawn", 1, *where)]
    assert [text in client.get(PAGE).content.decode() for text in ("Дано</b>", "Отозвано</b>")] == [True, True]


def test_a_new_edition_needs_a_new_consent(client: Client, person: User) -> None:
    edition()
    client.post(PAGE, {"edition": "1"})
    edition(text="Второй текст.", changes="Добавлены письма о событиях")
    assert (standing(person).is_given, standing(person).is_outdated) == (False, True)
    assert "Добавлены письма о событиях" in client.get(PAGE).content.decode()
    answer = client.post(PAGE, {"edition": "1"}, follow=True)  # read before the second one was published
    assert "Прочитайте новую редакцию" in answer.content.decode()
    with pytest.raises(DocumentChanged):
        documents.consent(person, purpose=ADS, edition=1, origin=Origin(None, ""), at=NOW)
    client.post(PAGE, {"edition": "2"})
    assert [(action, number) for action, number, *_ in events(person)] == [("given", 1), ("given", 2)]


@pytest.mark.parametrize("path", ["advertising", "offer", "nothing"])
def test_there_is_no_consent_without_a_text_and_none_to_an_offer(client: Client, person: User, path: str) -> None:
    edition(DocumentKind.OFFER)
    for method in (client.get, client.post):
        assert method(f"/my/profile/consents/{path}/", {"edition": "1"}).status_code == 404
    assert events(person) == []


def test_the_profile_says_nothing_of_consents_there_is_no_text_for(client: Client, person: User) -> None:
    assert "Согласия" not in client.get("/my/profile/").content.decode()


REWRITING = [
    "UPDATE accounts_document SET text = '…'",
    "DELETE FROM accounts_document",
    "TRUNCATE accounts_document CASCADE",
    "UPDATE accounts_consentevent SET action = 'withdrawn'",
    "DELETE FROM accounts_consentevent",
    "TRUNCATE accounts_consentevent",
]


@pytest.mark.parametrize("statement", REWRITING)
def test_what_was_read_and_consented_to_is_not_rewritten(person: User, statement: str) -> None:
    edition()
    documents.consent(person, purpose=ADS, edition=1, origin=Origin(None, ""), at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(statement)


def test_a_consent_is_to_a_document_of_its_purpose(person: User) -> None:
    offer, event = edition(DocumentKind.OFFER), {"person": person, "action": "given", "channel": "profile", "at": NOW}
    for purpose, constraint in (("advertising", "of_its_purpose"), ("offer", "that_needs_one")):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            ConsentEvent.objects.create(purpose=purpose, document=offer, **event)


def test_support_publishes_the_next_edition(client: Client) -> None:
    boss = User.objects.create_superuser("boss@example.com", last_name="Ким", first_name="Ольга")
    client.force_login(boss)
    edition(DocumentKind.OFFER)
    answer = client.post("/admin/accounts/document/add/", {"kind": "offer", "text": "Ещё текст.", "changes": "Цены"})
    published = Document.objects.latest("pk")
    assert answer.status_code == 302
    assert (published.kind, published.edition, published.text, published.published_by) == (
        "offer",
        2,
        "Ещё текст.",
        boss,
    )
    page = f"/admin/accounts/document/{published.pk}/change/"
    assert client.post(page, {"text": "Иначе"}).status_code == 403
