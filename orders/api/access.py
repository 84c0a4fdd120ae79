"""Authentication: a token in the Authorization header, and its scopes."""

from typing import cast

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from orders.domain.programs import tokens
from orders.models import ApiToken, Scope


class TokenRequest(HttpRequest):
    """A request with a valid token."""

    auth: ApiToken


class Bearer(HttpBearer):
    """Admits a request whose token has the scope. Raises TokenUnknown, TokenBusy, ScopeMissing."""

    openapi_description = "A token made under «Программы»."

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        """Return the token of the request."""
        return tokens.use(token, scope=self.scope, at=timezone.now())


def token_of(request: HttpRequest) -> ApiToken:
    return cast(TokenRequest, request).auth
