"""What a web process loads before its first request."""

import subprocess
import sys

from django.conf import settings

# Of documents, spreadsheets, calendar files and outgoing calls: together 30 MB in each process.
RARELY_USED = ("holidays", "icalendar", "markdown_it", "openpyxl", "PIL", "requests", "typst", "xlsxwriter", "yookassa")
START = f"""
import sys
from olvery.wsgi import application
from django.urls import get_resolver
get_resolver().check()
print(*[name for name in {RARELY_USED} if name in sys.modules])
"""


def test_libraries_for_rare_work_are_loaded_when_they_are_needed():
    loaded = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", START],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.split() == []
