"""Who asked, for what money."""

from orders.models.event import EventKind, OrderEvent
from orders.models.line import LineKind, OrderLine
from orders.models.message import Message, MessageKind
from orders.models.order import Order, OrderStatus, PaymentStatus

__all__ = [
    "EventKind",
    "LineKind",
    "Message",
    "MessageKind",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderStatus",
    "PaymentStatus",
]
