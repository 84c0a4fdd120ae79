"""Icons of extras, each with its label."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

EXTRA_ICONS: dict[str, Any] = {
    "package": pgettext_lazy("icon", "Box"),
    "monitor": pgettext_lazy("icon", "Monitor"),
    "presentation": pgettext_lazy("icon", "Whiteboard"),
    "lock": pgettext_lazy("icon", "Lock"),
    "key-round": pgettext_lazy("icon", "Key"),
    "car": pgettext_lazy("icon", "Car"),
    "coffee": pgettext_lazy("icon", "Cup"),
    "printer": pgettext_lazy("icon", "Printer"),
    "globe": pgettext_lazy("icon", "Globe"),
    "gift": pgettext_lazy("icon", "Gift"),
    "armchair": pgettext_lazy("icon", "Armchair"),
    "door-open": pgettext_lazy("icon", "Door"),
    "qr-code": pgettext_lazy("icon", "QR code"),
    "mail": pgettext_lazy("icon", "Letter"),
    "phone": pgettext_lazy("icon", "Telephone"),
    "users": pgettext_lazy("icon", "People"),
    "ticket": pgettext_lazy("icon", "Ticket"),
    "calendar-days": pgettext_lazy("icon", "Calendar"),
    "sunrise": pgettext_lazy("icon", "Sunrise"),
    "moon": pgettext_lazy("icon", "Moon"),
}


def icon_choices(stored: str = "") -> list[tuple[str, Any]]:
    """Return the icons to choose from, including the stored one if support has set another."""
    known = list(EXTRA_ICONS.items())
    return known if stored in ("", *EXTRA_ICONS) else [*known, (stored, _("Another one"))]
