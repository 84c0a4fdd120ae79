"""Write the icons that the stylesheet draws, after a new status or a new version of the icons."""

from typing import Any

from django.core.management.base import BaseCommand

from olvery.shared import icon_masks


class Command(BaseCommand):
    """Writes `icon-masks.css` and `calendar-icons.css`."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        for path, text in icon_masks.stylesheets().items():
            path.write_text(text)
