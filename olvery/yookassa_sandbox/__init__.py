"""A sandbox of the payment provider: its API, payer page, webhooks and faults, without money or network."""

from olvery.yookassa_sandbox.failures import Failure
from olvery.yookassa_sandbox.faults import BadRule
from olvery.yookassa_sandbox.options import BadOption
from olvery.yookassa_sandbox.sandbox import Sandbox

__all__ = ["BadOption", "BadRule", "Failure", "Sandbox"]
