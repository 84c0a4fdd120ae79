"""Refusals of the API, in the provider's words."""

import uuid

from olvery.yookassa_sandbox.wire import Json

CODES = {
    400: "invalid_request",
    401: "invalid_credentials",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "invalid_request",
    415: "unsupported_media_type",
    429: "too_many_requests",
    500: "internal_server_error",
    503: "internal_server_error",
}


class Failure(Exception):
    """A refusal with its HTTP status and its text; nothing has changed."""

    def __init__(
        self, status: int, description: str, parameter: str | None = None, *, retry_after: int | None = None
    ) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameter = parameter
        self.retry_after = retry_after  # milliseconds

    def body(self) -> Json:
        """Return the error object of the answer."""
        body: Json = {
            "type": "error",
            "id": str(uuid.uuid4()),
            "code": CODES[self.status],
            "description": self.description,
        }
        if self.parameter is not None:
            body["parameter"] = self.parameter
        if self.retry_after is not None:
            body["retry_after"] = self.retry_after
        return body


def illegal(description: str, parameter: str | None = None) -> Failure:
    """Return the refusal of an invalid request."""
    return Failure(400, description, parameter)


def not_found(what: str) -> Failure:
    """Return the refusal of an unknown id."""
    return Failure(404, f"{what} does not exist")
