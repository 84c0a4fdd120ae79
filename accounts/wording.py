"""Sentences for the refusals of accounts/domain, and how somebody signed in."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext_lazy

from accounts.models import SecurityEvent
from olvery.shared.sentences import Sentence

SENTENCES: dict[str, Sentence] = {
    "table_unreadable": gettext_noop("The file cannot be read. Save it anew as XLSX or CSV."),
    "table_old_excel": gettext_noop("This is a file of an old Excel or one with a password. Save it as XLSX or CSV."),
    "table_too_large": lambda most: _("The file is too large: no more than %(most)s KB.") % {"most": most // 1024},
    "table_too_long": ngettext_lazy(
        "The file is too long: no more than %(most)s line below the headings. Divide it.",
        "The file is too long: no more than %(most)s lines below the headings. Divide it.",
        "most",
    ),
    "import_overtaken": gettext_noop(
        "Somebody of this list was registered at this very moment. Nothing is imported: press once more."
    ),
    "import_forgotten": gettext_noop("The lines of this file are deleted by now. Upload it anew."),
    "nothing_to_import": gettext_noop("Nothing would be done: tick what to change, or upload another file."),
    "too_many_imports": ngettext_lazy(
        "No more than %(most)s file a day: go on tomorrow.",
        "No more than %(most)s files a day: go on tomorrow.",
        "most",
    ),
    "person_known": lambda person: _("This person is already registered: %(name)s.") % {"name": person.full_name},
    "contact_of_closed": gettext_noop(
        "Somebody whose account was closed has this contact. Take another, or ask support."
    ),
    "phone_claimed": gettext_noop("This number stands in another account, unconfirmed. Let the code go to the e-mail."),
    "contact_taken": gettext_noop("This contact cannot be yours: it stands in another account. Write to us."),
    "document_changed": gettext_noop(
        "The terms have changed since you opened the page. Read them and press the button once more."
    ),
    "edition_waits": gettext_noop("An edition that is published already begins later: choose its day or one after it."),
    "filter_name_taken": gettext_noop("You have a filter with this name: choose another."),
    "too_many_filters": ngettext_lazy(
        "No more than %(most)s filter: delete one first.", "No more than %(most)s filters: delete one first.", "most"
    ),
    "too_many_searches": ngettext_lazy(
        "You have searched very often. Searching goes on in %(minutes)s minute.",
        "You have searched very often. Searching goes on in %(minutes)s minutes.",
        "minutes",
    ),
}

METHODS = {
    "password": gettext_lazy("password"),
    "code": gettext_lazy("code from a letter"),
    "text": gettext_lazy("code from a text message"),
    "totp": gettext_lazy("code of an app"),
    "webauthn": gettext_lazy("passkey"),
    "recovery_codes": gettext_lazy("recovery code"),
}
# User agents contain the names of other browsers: the first match counts.
BROWSERS = {"YaBrowser": "Яндекс Браузер", "Edg": "Edge", "OPR": "Opera"}
BROWSERS |= {name: name for name in ("Firefox", "Chrome", "Safari")}
SYSTEMS = {name: name for name in ("Android", "iPhone", "iPad", "Windows")} | {"Mac OS": "macOS", "Linux": "Linux"}


def methods_text(event: SecurityEvent) -> str:
    """Return how somebody signed in, or what was changed: «пароль, приложение»."""
    change = event.role_event
    if change is None:
        return ", ".join(str(METHODS.get(method, method)) for method in event.method.split())
    where = change.location.name if change.location else change.group
    right = ", ".join(filter(None, [str(change.get_right_display()), where]))
    return f"{change.get_action_display()}: {right}; {change.by.short_name}"


def browser_name(client: str) -> str:
    """Return the browser and the system from a user agent: «Firefox, Windows»."""
    found = [next((name for mark, name in known.items() if mark in client), "") for known in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found)) or client[:40]
