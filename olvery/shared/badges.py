"""How statuses and methods of payment look."""

# Status → tone, icon. The words come from the status itself.
BADGES: dict[str, dict[str, tuple[str, str]]] = {
    "ticket": {
        "held": ("warn", "circle-dashed"),
        "active": ("ok", "circle-check"),
        "used": ("mute", "check-check"),
        "no_show": ("mute", "user-x"),
        "cancelled": ("bad", "ban"),
    },
    "order": {
        "awaiting_payment": ("warn", "hourglass"),
        "confirmed": ("ok", "circle-check"),
        "completed": ("mute", "check-check"),
        "cancelled": ("bad", "ban"),
        "expired": ("mute", "clock"),
    },
    "waiting": {
        "waiting": ("warn", "hourglass"),
        "offered": ("ok", "circle-check"),
        "withdrawn": ("mute", "ban"),
        "ended": ("mute", "clock"),
    },
    "payment": {
        "not_required": ("mute", "minus"),
        "unpaid": ("warn", "circle-alert"),
        "pending": ("info", "hourglass"),
        "partly_paid": ("warn", "circle-dashed"),
        "paid": ("ok", "check"),
        "partly_refunded": ("mute", "undo-2"),
        "refunded": ("mute", "undo-2"),
    },
}

METHOD_ICONS = {"online": "credit-card", "on_site": "store", "invoice": "file-text", "free": "gift"}

# Of tickets and blocks in the calendar; `here` is a ticket whose visitor is on site.
BAR_ICONS = {
    "held": "hourglass",
    "active": "circle-check",
    "here": "user-check",
    "used": "check-check",
    "no_show": "user-x",
    "blocked": "lock",
}
