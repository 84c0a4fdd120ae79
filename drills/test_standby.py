"""A primary without its standby: commits in that time do not count as confirmed."""

import time
from concurrent.futures import ThreadPoolExecutor

from drills.site import Site

ASK = """
from olvery.shared.statements import Unconfirmed, confirm
try:
    confirm()
    print("confirmed")
except Unconfirmed:
    print("unconfirmed")
"""
# As a page does, which may wait for a second.
SAVE = """
import time
from coworking.models import Location
from django.db import connection, transaction
from olvery.shared.statements import RequestStatements
began = time.monotonic()
request = RequestStatements(seconds=0.5, address="POST /")
with connection.execute_wrapper(request), transaction.atomic():
    Location.objects.update(name="Сохранено")
print(request.has_committed, request.is_unconfirmed, time.monotonic() - began < 5)
"""
CANCEL = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


def wait_for(site: Site, names: str) -> None:
    site.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
    site.ask("SELECT pg_reload_conf()")


def test_only_a_standby_confirms(site: Site) -> None:
    """The standby never comes, and PostgreSQL reports success when the wait is cancelled."""
    wait_for(site, "nobody")
    with ThreadPoolExecutor(1) as other:
        said = other.submit(site.manage, "shell", "-v0", "-c", ASK)
        while not said.done() and not site.ask(CANCEL):
            time.sleep(0.1)
        assert said.result() == "unconfirmed\n"
    wait_for(site, "")
    assert site.manage("shell", "-v0", "-c", ASK) == "confirmed\n"


def test_a_page_does_not_wait_for_a_standby_for_ever(site: Site) -> None:
    """It is saved, and the page knows that no standby has confirmed it."""
    wait_for(site, "nobody")
    assert site.manage("shell", "-v0", "-c", SAVE) == "True True True\n"
    wait_for(site, "")
    assert site.ask("SELECT DISTINCT name FROM coworking_location") == [("Сохранено",)]
