"""Queries whose SQL is compiled once."""

from contextlib import closing
from datetime import timedelta

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends import db
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership, Role, User
from accounts.sessions import SessionStore
from olvery.shared.replica import _default_is
from olvery.shared.written import Written, hand_over
from tests.factories import make_location, make_member, make_user

pytestmark = pytest.mark.django_db


def test_a_written_query_gives_for_each_value_what_the_orm_gives_for_it() -> None:
    location = make_location()
    people = [make_member(location=location, role=role) for role in Role]
    held = Written(Membership.objects.at_work, user_id=-1)
    for person in people:
        written = held(user_id=person.pk)
        assert written == list(Membership.objects.at_work(person.pk)) != []
        assert [(one.user, one.location.name) for one in written] == [(person, location.name)]


def test_a_written_query_takes_its_relations_along() -> None:
    person = make_member(location=make_location(), role=Role.RENTAL_MANAGER)
    held = Written(Membership.objects.at_work, user_id=-1)
    with CaptureQueriesContext(connection) as sent:
        [membership] = held(user_id=person.pk)
        assert membership.user.full_name + membership.location.name
    assert len(sent) == 1


def test_a_query_is_sent_by_the_connection_of_its_caller_wherever_it_was_written() -> None:
    person = make_member(location=make_location(), role=Role.RENTAL_MANAGER)
    held = Written(Membership.objects.at_work, user_id=-1)
    with closing(connection.copy()) as other:
        with _default_is(other):
            assert held(user_id=person.pk) == []  # what this transaction has not committed yet
        assert len(held(user_id=person.pk)) == 1


def test_a_value_that_stands_nowhere_in_the_query_is_a_mistake_of_whoever_wrote_it() -> None:
    everybody = Written(lambda user_id: User.objects.filter(is_active=True), user_id=-1)
    with pytest.raises(AssertionError):
        everybody(user_id=make_user().pk)


def test_keys_are_one_value_however_many_they_are() -> None:
    one, other = make_user(), make_user()
    people = Written(lambda keys: User.objects.filter(pk__any=keys), keys=[-1])
    for known in ([], [one], [one, other]):
        assert sorted(people(keys=[person.pk for person in known]), key=lambda person: person.pk) == known


def test_values_of_the_query_itself_stand_in_its_text() -> None:
    wanted, other = make_user(last_name="100 %s"), make_user(last_name="100 %")
    people = Written(lambda user_id: User.objects.filter(pk=user_id, last_name="100 %s", is_active=True), user_id=-1)
    with CaptureQueriesContext(connection) as sent:
        assert (people(user_id=wanted.pk), people(user_id=other.pk)) == ([wanted], [])
    assert [sql["sql"].count("'100 %s'") for sql in sent] == [1, 1]


def test_a_session_is_read_by_either_store_until_it_ends() -> None:
    kept = {SESSION_KEY: "1", BACKEND_SESSION_KEY: "b", HASH_SESSION_KEY: "h"}
    stored = db.SessionStore()
    stored.update(kept)
    stored.save()
    key = stored.session_key
    assert (SessionStore(key).load(), db.SessionStore(key).load()) == (kept, kept)
    db.SessionStore.get_model_class().objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    ended = SessionStore(key)
    assert (ended.load(), ended.session_key) == ({}, None)


def test_a_query_with_further_queries_is_none_to_be_written_once() -> None:
    people = Written(lambda user_id: User.objects.filter(pk=user_id).prefetch_related("memberships"), user_id=-1)
    with pytest.raises(AssertionError):
        people(user_id=1)


def test_rows_that_were_read_are_handed_over_to_whom_they_belong() -> None:
    person = make_member(location=make_location(), role=Role.RENTAL_MANAGER)
    rows = list(Membership.objects.filter(user=person))
    hand_over(person, memberships=rows)
    with CaptureQueriesContext(connection) as sent:
        assert list(person.memberships.all()) == rows
        assert all(one.user is person for one in person.memberships.all())
    assert len(sent) == 0
