"""Addresses whose views are imported late."""

import sys
from types import ModuleType

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import get_resolver, path
from django.urls.resolvers import RegexPattern, URLResolver

from olvery.shared.late_addresses import LateAddresses


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def test_a_module_is_read_when_a_request_leads_there_and_not_for_other_names(monkeypatch: pytest.MonkeyPatch) -> None:
    late = LateAddresses("late/", "late_addresses_of_a_test", app_name="late", namespace="late")
    site = URLResolver(RegexPattern("^/"), [path("near/", page, name="near"), late])
    assert site.reverse("near") == "near/"
    with pytest.raises(ModuleNotFoundError):
        site.resolve("/late/far/")

    module = ModuleType("late_addresses_of_a_test")
    module.urlpatterns = [path("far/", page, name="far")]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert site.resolve("/late/far/").view_name == "late:far"


def test_the_api_is_read_late() -> None:
    found = [one for one in get_resolver().url_patterns if isinstance(one, LateAddresses)]
    assert [str(one.urlconf_name) for one in found] == ["orders.api.urls"]
