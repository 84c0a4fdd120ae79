"""A payment provider in one object: start it, point a client at it, stop it."""

from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from olvery.yookassa_sandbox import api, control, html, pages, payments
from olvery.yookassa_sandbox.clockwork import follow_the_clock
from olvery.yookassa_sandbox.controls import Controls
from olvery.yookassa_sandbox.courier import Courier
from olvery.yookassa_sandbox.dashboard import ROOT
from olvery.yookassa_sandbox.options import Options
from olvery.yookassa_sandbox.provider import Provider
from olvery.yookassa_sandbox.server import Server
from olvery.yookassa_sandbox.wire import Answer, Request, html_answer


class Sandbox(Controls):
    """An emulator of YooKassa on a local port; the methods of Controls play payer, bank and clock.

    It takes the fields of Options. One object runs once: make another with the same `db` to try a restart. Raises
    BadOption.
    """

    _server: Server | None = None
    _port = 0  # known once it is bound

    def __init__(self, **options: Any) -> None:
        self.options = Options(**options)
        provider = Provider(self.options)
        super().__init__(provider, Courier(provider, lambda: follow_the_clock(provider)))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen and answer, in threads. Raises OSError when the port is taken."""
        self.open_port()
        self._courier.start()

    def stop(self) -> None:
        """End all threads, including those that simulate a slow provider, and close the store."""
        self._provider.stopping.set()
        self.close_port()
        self._courier.stop()
        self._provider.store.close()

    def open_port(self) -> None:
        """Listen, on the same port as before after `close_port`."""
        if self._server is not None:
            return
        self._server = Server(
            (self.options.host, self._port or self.options.port), self._respond, self._provider.stopping
        )
        self._port = self._server.server_address[1]
        self._provider.public_url = self.options.public_url or self.base_url
        self._server.start()

    def close_port(self) -> None:
        """Refuse connections, like a provider that is down; everything else goes on."""
        server, self._server = self._server, None
        if server is not None:
            server.close()

    @property
    def base_url(self) -> str:
        """Return the URL without a path, once started."""
        host = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        return f"http://{host}:{self._port}"

    @property
    def api_url(self) -> str:
        """Return the URL of the API, as the SDK expects it."""
        return f"{self.base_url}{api.PREFIX}"

    @property
    def webhook_url(self) -> str | None:
        """Return the URL notifications are sent to."""
        return self._provider.webhook_url

    def _respond(self, request: Request) -> Answer:
        if request.path == api.PREFIX or request.path.startswith(f"{api.PREFIX}/"):
            return api.handle(self._provider, request)
        if request.method == "HEAD":  # the same as GET, without the body, which the server leaves out
            request = replace(request, method="GET")
        if request.path == payments.PAGE:
            return pages.handle(self._provider, request)
        if request.path == ROOT or request.path.startswith(f"{ROOT}/"):
            return control.handle(self._provider, self, request)
        return html_answer(html.page("Нет такой страницы", "<p>API находится по адресу /v3.</p>"), 404)
