"""Addresses whose views are imported when the first request leads to one of them."""

from django.urls import URLResolver
from django.urls.resolvers import RoutePattern


class LateAddresses(URLResolver):
    """The addresses of a module below a route. `urlpatterns` of the module is read by who asks for one of them."""

    def __init__(self, route: str, module: str, *, app_name: str, namespace: str) -> None:
        super().__init__(RoutePattern(route), module, app_name=app_name, namespace=namespace)

    def _populate(self) -> None:
        """Leave the names alone, which Django collects of all addresses before it finds the first one by name.

        Those of a namespace are looked for once more when one of them is asked for.
        """
