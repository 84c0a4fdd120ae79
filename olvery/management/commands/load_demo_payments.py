"""`manage.py load_demo_payments`: orders paid online at the sandbox that runs with `make demo`."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from coworking.models import Location
from olvery.demo.places import LOCATION_NAME
from olvery.demo.sandbox_control import SandboxControl
from orders.domain.money.audit import check_balances
from orders.gateways import gateway
from orders.models import PaymentLink

DASHBOARD = "DEMO_SANDBOX"


class Command(BaseCommand):
    """Loads the payments once; a second time it changes nothing."""

    help = "Place orders of the demo that are paid online, at the sandbox named in DEMO_SANDBOX. Run by `make demo`."
    requires_system_checks: list[str] = []  # loading it takes longer than checking that everything exists

    def handle(self, *args: Any, **options: Any) -> None:
        """Load the payments, or do nothing if there are any. Raises CommandError."""
        if not settings.DEMO:
            raise CommandError("This pays with money that does not exist: set OLVERY_DEMO=1.")
        if PaymentLink.objects.exists():
            return
        location = Location.objects.filter(name=LOCATION_NAME).first()
        if location is None:
            raise CommandError("There is no demo to pay for: run load_demo first.")
        try:
            sandbox = SandboxControl.at(os.environ.get(DASHBOARD, ""))
        except ValueError as error:
            raise CommandError(f"{DASHBOARD} must hold the dashboard's address with its token: {error}") from error
        from olvery.demo.online import Scenes  # noqa: PLC0415 - loads the provider's SDK: the first start only

        loaded = Scenes(location=location, sandbox=sandbox, gateway=gateway(), now=timezone.now).play()
        check_balances(at=timezone.now())
        self.stdout.write(f"Paid online, or about to be: {loaded} orders.")
