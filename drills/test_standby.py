"""A primary without its standby: what is committed meanwhile is not called confirmed."""

from drills.site import Site

ASK = """
from django.db import connection
from olvery.shared.statements import RequestStatements, Unconfirmed, confirm
with connection.execute_wrapper(RequestStatements(seconds=1, address="GET /")):
    try:
        confirm()
        print("confirmed")
    except Unconfirmed:
        print("unconfirmed")
"""


def test_only_a_standby_confirms(site: Site) -> None:
    """Nobody of this name ever comes."""
    answers = []
    for names in ("nobody", ""):
        site.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        site.ask("SELECT pg_reload_conf()")
        answers.append(site.manage("shell", "-v0", "-c", ASK))
    assert answers == ["unconfirmed\n", "confirmed\n"]
