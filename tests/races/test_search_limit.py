"""Searches of one person in several processes at once are all counted."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.domain import search_limit
from accounts.models import SearchCount, User
from tests.factories import make_user
from tests.moments import NOW
from tests.races.guards import at_once

SEARCHES = 8
pytestmark = pytest.mark.usefixtures("now")


def counted(user: User) -> int:
    return SearchCount.objects.get(user=user, span=timedelta(days=1)).count


def test_searches_at_once_are_all_counted() -> None:
    user = make_user()
    search_limit.count_search(user, at=NOW)
    at_once([lambda: search_limit.count_search(user, at=timezone.now())] * SEARCHES)
    assert counted(user) == SEARCHES + 1


def test_control_a_count_that_the_statement_does_not_read_itself_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_user()
    search_limit.count_search(user, at=NOW)
    read_before = search_limit.COUNT.replace("known.count + 1", f"{counted(user)} + 1")
    monkeypatch.setattr(search_limit, "COUNT", read_before)
    at_once([lambda: search_limit.count_search(user, at=timezone.now())] * SEARCHES)
    assert counted(user) == 2
