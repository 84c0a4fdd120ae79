"""A sandbox of the payment provider: its API, payer page, webhooks and faults, without money or network."""

from orders.gateways.sandbox.failures import Failure
from orders.gateways.sandbox.faults import BadRule
from orders.gateways.sandbox.options import BadOption
from orders.gateways.sandbox.sandbox import Sandbox

__all__ = ["BadOption", "BadRule", "Failure", "Sandbox"]
