"""The addresses of the API."""

from typing import Any, cast

from django.contrib.auth.decorators import login_not_required

from orders.api import api

urlpatterns, app_name, namespace = api.urls
for pattern in urlpatterns:
    login_not_required(cast(Any, pattern).callback)  # a token lets a request in, not a session
