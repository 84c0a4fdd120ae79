"""Everything a newcomer needs, with one command: database, demo data, worker, web server."""

import hashlib
import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import BaseCommand, CommandError, call_command
from django.db import OperationalError, connection

from olvery import embedded
from olvery.checks import refuse_unsafe_settings

START_SECONDS = 40
STOP_SECONDS = 12
# Templates are cached, and translations are read once.
WATCHED = ("olvery", "accounts", "coworking", "orders", "templates")


class Command(BaseCommand):
    """Runs the demo until Ctrl-C."""

    help = "Start PostgreSQL when DATABASE_URL is empty, migrate, load demo data once, run worker and web server."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--watch", action="store_true", help="start web and worker again when a file changes")

    def handle(self, *args: Any, **options: Any) -> None:
        port: int = options["port"]
        if not settings.DEMO:
            raise CommandError("The demo needs OLVERY_DEMO=1 in the environment; `make demo` sets it.")
        refuse_busy_port(port)
        try:
            refuse_unsafe_settings()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        # Also Ctrl-C: a shell starts background commands ignoring it.
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, signal.default_int_handler)
        with ExitStack() as stack:
            try:
                prepare_database(stack)
                call_command("migrate", verbosity=0)
                call_command("load_demo")
                build_static()
                connection.close()
                run(port, stack, restart_on_changes=options["watch"])
            except KeyboardInterrupt:
                self.stdout.write("Stopping.")


def refuse_busy_port(port: int) -> None:
    """Raise CommandError if something else answers on the port."""
    if not 1 <= port <= 65535:
        raise CommandError(f"{port} is no port number: use 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}). Choose another: PORT=8123 make demo"
            ) from error


def prepare_database(stack: ExitStack) -> None:
    """Start the embedded server, or check that the one in DATABASE_URL answers. Raises CommandError."""
    if not os.environ.get("DATABASE_URL"):
        try:
            url = stack.enter_context(embedded.running())
        except Exception as error:
            raise CommandError(
                f"PostgreSQL did not start in {embedded.PGDATA}; its log is in {embedded.PGDATA / 'log'}: {error}"
            ) from error
        os.environ["DATABASE_URL"] = url
        connection.settings_dict["HOST"] = embedded.socket_directory()
    try:
        connection.ensure_connection()
    except OperationalError as error:
        first_line = str(error).strip().splitlines()[0]
        raise CommandError(f"The database in DATABASE_URL cannot be reached: {first_line}") from error


def build_static() -> None:
    """Collect hashed and compressed static files, unless nothing has changed since."""
    parts = [
        f"{path.relative_to(settings.BASE_DIR)} {path.stat().st_mtime_ns}"
        for folder in ("static", "requirements")
        for path in sorted((settings.BASE_DIR / folder).rglob("*"))
        if path.is_file()
    ]
    stamp = Path(settings.VAR_DIR) / "static.stamp"
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    if Path(settings.STATIC_ROOT).exists() and stamp.exists() and stamp.read_text() == digest:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(digest)


def run(port: int, stack: ExitStack, *, restart_on_changes: bool) -> None:
    """Run worker and web server until one of them ends or the person stops them. Raises CommandError."""
    site = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "PORT": str(port), "SITE_URL": site}
    commands = {}
    if not settings.YOOKASSA_SHOP_ID:
        sandbox = SandboxProcess.beside(port)
        environment.update(sandbox.environment)
        commands["sandbox of the payment provider"] = sandbox.command(site)
    ours = {
        "web server": [sys.executable, "-m", "gunicorn", "olvery.wsgi"],
        "worker": [sys.executable, "manage.py", "work"],
    }
    commands |= {name: watched(command) for name, command in ours.items()} if restart_on_changes else ours
    running = {
        # A session of their own: Ctrl-C reaches only this process, which then ends them in order.
        name: subprocess.Popen(  # noqa: S603 - our own commands
            command, cwd=settings.BASE_DIR, env=environment, start_new_session=True
        )
        for name, command in commands.items()
    }
    stack.callback(end, list(running.values()))
    wait_until_ready(site, running["web server"])
    if not settings.YOOKASSA_SHOP_ID and is_first_start():
        subprocess.run([sys.executable, "manage.py", "load_demo_payments"], env=environment, check=True)
    print(WELCOME.format(site=site, sandbox=environment.get("DEMO_SANDBOX", "not started: a shop is set")), flush=True)
    while True:
        for name, process in running.items():
            if process.poll() is not None:
                raise CommandError(f"The {name} has ended with code {process.returncode}.")
        time.sleep(0.3)


def watched(command: list[str]) -> list[str]:
    """Return a command line that runs a command and restarts it when a file of the site changes."""
    watch = ["-m", "watchfiles", "--target-type", "command", "--sigint-timeout", str(STOP_SECONDS)]
    return [sys.executable, *watch, shlex.join(command), *WATCHED]


def is_first_start() -> bool:
    """Return whether nothing has been paid online yet; checked here, since another process takes a second to start."""
    try:
        return not apps.get_model("orders", "PaymentLink").objects.exists()
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class SandboxProcess:
    """The sandbox of the payment provider running with the demo, so that «Pay» can be pressed."""

    port: int
    control_token: str
    webhook_secret: str

    @classmethod
    def beside(cls, port: int) -> "SandboxProcess":
        """Return a sandbox on a port near the site's, or on any free one. Its secrets live as long as this run."""
        return cls(free_port(port + 99), secrets.token_urlsafe(16), secrets.token_urlsafe(24))

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that make the site use this sandbox."""
        address = f"127.0.0.1:{self.port}"
        return {
            "YOOKASSA_SHOP_ID": "100500",
            "YOOKASSA_SECRET_KEY": "test_sandbox",
            "YOOKASSA_API_URL": f"http://{address}/v3",
            "YOOKASSA_CHECKOUT_HOSTS": address,
            "YOOKASSA_WEBHOOK_SECRET": self.webhook_secret,
            "YOOKASSA_WEBHOOK_NETWORKS": "127.0.0.0/8,::1/128",
            "DEMO_SANDBOX": f"http://{address}/_sandbox/?token={self.control_token}",
        }

    def command(self, site: str) -> list[str]:
        """Return the command line that starts it."""
        webhook = f"{site}/payments/yookassa/webhook/{self.webhook_secret}/"
        token = f"--control-token={self.control_token}"  # as one argument: a token may begin with a dash
        options = ["--bind", f"127.0.0.1:{self.port}", "--webhook-url", webhook, token]
        return [sys.executable, "manage.py", "yookassa_sandbox", *options]


def free_port(wanted: int) -> int:
    """Return this port, or any free one if it is taken."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                continue
            return int(probe.getsockname()[1])
    raise CommandError("There is no free port for the payment sandbox.")


def wait_until_ready(site: str, server: "subprocess.Popen[bytes]", *, seconds: float = START_SECONDS) -> None:
    """Wait until the site answers. Raises CommandError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise CommandError(f"The web server has ended with code {server.returncode}.")
        try:
            urllib.request.urlopen(f"{site}/readyz", timeout=2)  # noqa: S310 - our own address
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise CommandError(f"The web server did not answer at {site} within {seconds} seconds.")


def end(processes: "list[subprocess.Popen[bytes]]") -> None:
    """Stop the processes that this command started, gracefully first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


WELCOME = """
  Olvery is running: {site}

  rental manager          manager@olvery.test
  customer                customer@olvery.test
  location administrator  location@olvery.test
  support (Django admin)  admin@olvery.test      {site}/admin/

  The password of all four: olvery-demo
  Payment sandbox, takes no money: {sandbox}
  Letters to customers appear here and in var/mail/.  Ctrl-C stops everything.
"""
