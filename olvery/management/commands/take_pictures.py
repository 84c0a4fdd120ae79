"""`manage.py take_pictures`: the pictures of README and guides, from a demo of its own."""

import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from olvery.demo.pictures import browser_path, take_pictures
from olvery.guide import PICTURES
from olvery.management.commands.demo import end, free_port, wait_until_ready

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"]
WANTED_PORT = 8100
LONGEST_START = 600  # the first start migrates and loads the demo


class Command(BaseCommand):
    """Starts the demo on a free port, walks its screens, and stops it."""

    help = "Take the pictures of README and guides from the demo. Needs Chromium; a demo just loaded looks best."

    def handle(self, *args: Any, **options: Any) -> None:
        """Take the pictures, and print the size of each."""
        chromium = browser_path()
        if chromium is None:
            raise CommandError("No Chromium: apt-get install chromium-headless-shell, or name one in CHROMIUM_PATH.")
        try:
            from playwright.sync_api import sync_playwright  # noqa: PLC0415 - production has no such package
        except ImportError as error:
            raise CommandError("Playwright is missing: `make pictures` installs it.") from error
        port = free_port(WANTED_PORT)
        site = f"http://127.0.0.1:{port}"
        command = [sys.executable, "manage.py", "demo", "--port", str(port)]
        demo = subprocess.Popen(command, cwd=settings.BASE_DIR)  # noqa: S603 - our own command
        try:
            wait_until_ready(site, demo, seconds=LONGEST_START)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
                sizes = take_pictures(browser, site, PICTURES)
                browser.close()
        finally:
            end([demo])
        for name, size in sizes.items():
            print(f"{name}: {size / 1024:.0f} KB")
