"""Write the icons that the stylesheet draws, after a new status or a new version of the icons."""

from typing import Any

from django.core.management.base import BaseCommand

from olvery.shared import icon_masks


class Command(BaseCommand):
    """Writes `icon-masks.css`."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        icon_masks.FILE.write_text(icon_masks.stylesheet())
