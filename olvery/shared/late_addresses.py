"""URLs whose views are imported by the first request to one of them."""

from django.urls import URLResolver
from django.urls.resolvers import RoutePattern


class LateAddresses(URLResolver):
    """The URLs of a module below a route. The `urlpatterns` of the module are only read on demand."""

    def __init__(self, route: str, module: str, *, app_name: str, namespace: str) -> None:
        super().__init__(RoutePattern(route), module, app_name=app_name, namespace=namespace)

    def _populate(self) -> None:
        """Skip the names, which Django collects from all URLs before it reverses the first one.

        The names of a namespace are looked up separately on demand.
        """
