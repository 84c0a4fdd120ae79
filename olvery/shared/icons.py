"""One cached file with the icons of every page, generated from the lucide wheel."""

import hashlib
from functools import cache
from importlib.resources import files
from xml.etree import ElementTree
from zipfile import ZipFile

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from olvery.shared.middleware import asks_nobody

SVG = "http://www.w3.org/2000/svg"

ICONS = """
    armchair arrow-down arrow-right arrow-up badge-percent ban bell bookmark-plus building-2 calendar-days calendar-plus
    calendar-x camera car chart-column check check-check chevron-down chevron-left chevron-right chevron-up
    chevrons-up-down circle-alert circle-check circle-dashed circle-question-mark clock cloud-off coffee columns-3 copy
    credit-card door-open download file-text gift globe history hourglass image inbox info key-round languages layers
    layout-grid link list list-filter list-ordered loader-circle lock log-out mail map map-pin map-pin-off
    message-square minus monitor moon package pencil phone plug plus presentation printer qr-code receipt-text
    rectangle-horizontal redo-2 refresh-cw repeat rotate-ccw rotate-cw scale scan-line search search-x send
    shield-alert share-2 store sunrise ticket ticket-x triangle-alert undo-2 trash-2 type user user-check user-plus
    user-x users wand-sparkles x
""".split()  # noqa: SIM905 - a list this long reads better as text

# A drawing of our own, in the colour of the text around it.
LOGO = f"""
<symbol xmlns="{SVG}" id="logo" viewBox="0 0 24 24">
  <g fill="none" stroke="currentColor" stroke-width="2.1" stroke-linecap="round">
    <circle cx="11" cy="13.2" r="6.4"/>
    <path d="M12.6 10.4c.3-4 3-6.5 7.3-6.9.2 4.3-2.6 7.1-7.3 6.9Z" fill="currentColor" stroke="none"/>
    <path d="M8.6 15.6c1-2 2.3-3.7 4-5.2" stroke-width="1.7"/>
  </g>
</symbol>
"""


@cache
def sprite() -> bytes:
    """Return all icons as symbols of one SVG file."""
    ElementTree.register_namespace("", SVG)
    root = ElementTree.Element(f"{{{SVG}}}svg")
    # The wheel's own function reopens the archive for each icon: a second in total, at every start.
    with files("lucide").joinpath("lucide.zip").open("rb") as file, ZipFile(file) as archive:
        for name in ICONS:
            symbol = ElementTree.SubElement(root, f"{{{SVG}}}symbol", id=name, viewBox="0 0 24 24")
            symbol.extend(list(ElementTree.fromstring(archive.read(f"{name}.svg"))))  # noqa: S314 - our own wheel
    root.append(ElementTree.fromstring(LOGO))  # noqa: S314 - written above
    return ElementTree.tostring(root)


@cache
def sprite_url() -> str:
    """Return the URL of the file; it changes with the content, so browsers cache it for ever."""
    return reverse("icons", args=[hashlib.sha256(sprite()).hexdigest()[:8]])


@cache
def icon_html(name: str, classes: str = "") -> SafeString:
    """Return an icon of the sprite, hidden from screen readers."""
    css = f'"icon {classes}"' if classes else "icon"
    # A page has fifty: optional quotes are left out.
    return format_html(f"<svg class={css} aria-hidden=true><use href={{}}#{{}} /></svg>", sprite_url(), name)


@asks_nobody
@login_not_required
@require_safe
def icons(request: HttpRequest, version: str) -> HttpResponse:
    response = HttpResponse(sprite(), content_type="image/svg+xml")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
