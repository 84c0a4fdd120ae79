"""`manage.py yookassa_sandbox`: an emulated provider without money, in a process of its own."""

import json
import secrets
import signal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from olvery.yookassa_sandbox import BadOption, BadRule, Sandbox
from olvery.yookassa_sandbox.dashboard import ROOT


class Command(BaseCommand):
    """Runs the sandbox until Ctrl-C; the database of the product is not needed."""

    help = "Run a sandbox of the payment provider: API, payer page, webhooks and faults on a local port."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--bind", default="127.0.0.1:8099", help="HOST:PORT to listen on, port 0 for any")
        parser.add_argument("--public-url", help="the URL in the payer's browser")
        parser.add_argument("--webhook-url", help="the URL of notifications; none are sent without it")
        parser.add_argument("--shop", default="100500", help="shop number the API accepts")
        parser.add_argument("--secret", default="test_sandbox", help="secret key the API accepts")
        parser.add_argument("--db", default=str(Path(settings.VAR_DIR) / "sandbox.sqlite3"), help="file, or :memory:")
        parser.add_argument("--time-scale", type=float, default=1, help="divides the intervals between webhooks")
        parser.add_argument("--faults", help="JSON file with a list of fault rules")
        parser.add_argument("--control-token", help="opens the control API; generated and printed if omitted")
        parser.add_argument("--replay", choices=["stored", "current"], default="stored", help="answer to a known key")
        parser.add_argument("--ffd12", action="store_true", help="demand a measure in receipts")
        parser.add_argument("--xff", help="address to put into X-Forwarded-For of webhooks")
        parser.add_argument("--i-know", action="store_true", help="allow listening where other machines reach it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until stopped. Raises CommandError."""
        # Also Ctrl-C: a shell starts background commands ignoring it.
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, signal.default_int_handler)
        token = options["control_token"] or secrets.token_urlsafe(16)
        rules = read_rules(options["faults"])
        names = ("bind", "public_url", "webhook_url", "shop", "secret", "db", "time_scale", "replay", "ffd12", "xff")
        sandbox = None
        try:
            sandbox = Sandbox(control_token=token, i_know=options["i_know"], **{name: options[name] for name in names})
            for rule in rules:
                sandbox.add_fault(rule)
            sandbox.start()
            dashboard = f"{sandbox.base_url}{ROOT}/?token={token}"
            self.stdout.write(f"YooKassa sandbox: {sandbox.api_url}  dashboard: {dashboard}")
            self.stdout.flush()
            signal.pause()
        except KeyboardInterrupt:
            pass
        except (BadOption, BadRule) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"Cannot listen on {options['bind']}: {error.strerror}.") from error
        finally:
            if sandbox is not None:
                sandbox.stop()


def read_rules(path: str | None) -> list[Any]:
    """Return the fault rules of a file. Raises CommandError."""
    if path is None:
        return []
    try:
        rules = json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise CommandError(f"The fault rules in {path} cannot be read: {error}") from error
    if not isinstance(rules, list):
        raise CommandError(f"The fault rules in {path} are no list.")
    return rules
