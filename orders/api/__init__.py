"""The API for external programs, under `/api/v1/`: the same use cases and refusals as the screens."""

from typing import Any

from django.http import Http404
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from olvery.shared.refusals import Refusal, Refused
from orders.api import asking, description, orders, people, problems, services, tickets


class Api(NinjaAPI):
    """Documents refusals with the media type of problem details."""

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        described = super().get_openapi_schema(**kwargs)
        for path in described["paths"].values():
            for operation in path.values():
                for status, response in operation["responses"].items():
                    if int(status) >= 400:
                        response["content"] = {"application/problem+json": response["content"].pop("application/json")}
        described["components"]["schemas"] |= description.schemas()
        described["webhooks"] = description.webhooks()
        return described


api = Api(
    title="Olvery",
    version="1",
    description=description.HOW,
    urls_namespace="api",
    docs_url=None,  # the page would load from a foreign host
)
api.add_decorator(asking.refuse_unknown)
for part in (services, orders, tickets, people):
    api.add_router("", part.router)
api.add_exception_handler(Refused, problems.of_refused)
api.add_exception_handler(Refusal, problems.of_refusal)
api.add_exception_handler(ValidationError, problems.of_shape)
api.add_exception_handler(AuthenticationError, problems.of_stranger)
api.add_exception_handler(HttpError, problems.of_unreadable)
api.add_exception_handler(Http404, problems.of_nothing)
