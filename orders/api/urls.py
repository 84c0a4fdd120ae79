"""The addresses of the API."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt

from orders.api import api, problems


def _answers_problems(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Make a URL answer an unsupported method with problem details; the library answers with plain text."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code == 405:
            return problems.of_other_method(request, allowed=response.headers["Allow"])
        return response

    return answer


urlpatterns, app_name, namespace = api.urls
for pattern in urlpatterns:
    pattern.callback = _answers_problems(cast(Any, pattern).callback)
urlpatterns.append(re_path("", csrf_exempt(problems.of_nothing), name="nothing"))
for pattern in urlpatterns:
    login_not_required(cast(Any, pattern).callback)  # authenticated by a token, not a session
