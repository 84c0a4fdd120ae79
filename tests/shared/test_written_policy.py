"""The security policy rendered once by the middleware equals that of django-csp."""

import pytest
from csp.constants import HEADER, HEADER_REPORT_ONLY
from csp.decorators import csp_exempt, csp_replace, csp_update
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from olvery.shared.middleware import WrittenPolicy


def plain(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("text")


def missing(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("text", status=404)


def of_its_own(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("text", headers={HEADER: "default-src 'none'"})


def with_a_nonce(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.csp_nonce))  # type: ignore[attr-defined]


def said(middleware: type[CSPMiddleware], view: object) -> list[str | None]:
    request = RequestFactory().get("/")
    response = middleware(view)(request)  # type: ignore[arg-type]
    nonce = getattr(request, "_csp_nonce", "?")
    return [value and value.replace(nonce, "?") for value in map(response.get, (HEADER, HEADER_REPORT_ONLY))]


@pytest.mark.parametrize(
    "view",
    [
        plain,
        missing,
        of_its_own,
        with_a_nonce,
        csp_exempt()(plain),  # type: ignore[arg-type]
        csp_update({"form-action": ["https://yoomoney.ru"]})(plain),
        csp_replace({"script-src": ["'none'"]})(plain),
    ],
)
def test_every_answer_has_the_policy_that_django_csp_would_give_it(view: object) -> None:
    assert said(WrittenPolicy, view) == said(CSPMiddleware, view)


def test_the_policy_is_written_once_and_sent_with_every_answer() -> None:
    middleware = WrittenPolicy(plain)
    sent = [middleware(RequestFactory().get("/"))[HEADER] for _request in range(2)]
    assert sent[0] == sent[1]
    assert "default-src 'none'" in sent[0]
    assert "script-src 'self'" in sent[0]
