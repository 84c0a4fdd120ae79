"""What time alone changes: payments lapse, holds end, receipts get registered."""

from orders.gateways.sandbox import paying, receipts
from orders.gateways.sandbox.till import Till


def follow_the_clock(till: Till) -> None:
    """Bring everything up to the till's time, the longest due first."""
    with till.change():
        while thing := till.store.first_due(till.now()):
            if thing.kind == "payment":
                paying.look(till, thing)
            else:
                receipts.register(till, thing)
