"""Changes caused by time: payments expire, holds end, receipts get registered."""

from olvery.yookassa_sandbox import paying, receipts
from olvery.yookassa_sandbox.provider import Provider


def follow_the_clock(provider: Provider) -> None:
    """Apply everything due by the till's time, the longest overdue first."""
    with provider.change():
        while thing := provider.store.first_due(provider.now()):
            if thing.kind == "payment":
                paying.look(provider, thing)
            else:
                receipts.register(provider, thing)
