"""Access: one table has every URL of the site, and nobody gets in by accident."""

from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import DjangoDbBlocker

from accounts.models import Role, User
from orders.domain.online.links import ensure_link
from orders.models import MoneyCase, Order, PaymentLink
from tests.factories import make_manager, make_member, make_order, make_user
from tests.once import once
from tests.snapshots import saved_rows
from tests.views.pages import make_world
from tests.views.validity import faults, is_html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

SIGN_IN = "sign-in"
API = "api/v1/"  # opened by tokens, not by sessions: `tests/api/test_tokens.py` has a table of its own
# Method and URL → anonymous, customer, rental manager, location administrator.
# SIGN_IN: a redirect to sign-in, or for a form the page that keeps the typed values.
Who = tuple[int | str, int, int, int]
OWN: Who = (SIGN_IN, 200, 404, 404)  # the order is the customer's
ALL: Who = (SIGN_IN, 200, 200, 200)
ANY_STAFF: Who = (SIGN_IN, 403, 200, 200)
MANAGERS: Who = (SIGN_IN, 403, 200, 403)
ADMINISTRATORS: Who = (SIGN_IN, 403, 403, 200)
NONE_YET: Who = (SIGN_IN, 403, 404, 403)  # the order has no such thing
NO_POST: Who = (SIGN_IN, 405, 405, 405)
NO_GET: Who = (SIGN_IN, 405, 405, 405)
OPEN: Who = (200, 200, 200, 200)
OPEN_NO_POST: Who = (405, 405, 405, 405)
GONE: Who = (404, 404, 404, 404)
GUESTS: Who = (200, 302, 302, 302)  # signed-in people go on to their own pages

TABLE: dict[str, dict[str, Who]] = {
    "": {"GET": (SIGN_IN, 302, 302, 302), "POST": NO_POST},
    "switch/location/": {"GET": NO_GET, "POST": (SIGN_IN, 302, 302, 302)},
    "switch/language/": {"GET": OPEN_NO_POST, "POST": (302, 302, 302, 302)},
    "manage/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/orders/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/orders/new/": {"GET": MANAGERS, "POST": (SIGN_IN, 403, 422, 403)},
    "manage/orders/new/pass/": {"GET": MANAGERS, "POST": (SIGN_IN, 403, 422, 403)},
    "manage/orders/new/people/": {"GET": NO_GET, "POST": MANAGERS},
    "manage/orders/new/pick/": {"GET": NO_GET, "POST": MANAGERS},
    "manage/orders/new/bookings/": {"GET": NO_GET, "POST": MANAGERS},
    "manage/orders/new/details/": {"GET": NO_GET, "POST": MANAGERS},
    "manage/orders/new/availability/": {"GET": NO_GET, "POST": MANAGERS},
    "manage/orders/new/month/": {"GET": NO_GET, "POST": MANAGERS},
    "manage/orders/new/quote/": {"GET": NO_GET, "POST": MANAGERS},
    "manage/orders/new/person/": {"GET": (SIGN_IN, 403, 302, 302), "POST": (SIGN_IN, 403, 422, 422)},
    "manage/orders/new/person/known/": {"GET": NO_GET, "POST": ANY_STAFF},
    "manage/orders/export/": {"GET": ANY_STAFF, "POST": (SIGN_IN, 403, 422, 422)},
    "manage/orders/bulk/": {"GET": (SIGN_IN, 403, 302, 403), "POST": (SIGN_IN, 403, 302, 403)},  # nothing is ticked
    "manage/orders/bulk/<int:pk>/": {"GET": (SIGN_IN, 403, 404, 403), "POST": NO_POST},  # of nobody
    "manage/orders/<int:number>/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/orders/<int:number>/version/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/orders/<int:number>/cancel/": {"GET": MANAGERS, "POST": (SIGN_IN, 403, 422, 403)},
    "manage/orders/<int:number>/cancel/letter/": {"GET": NO_GET, "POST": MANAGERS},
    "manage/orders/<int:number>/refund/letter/": {"GET": NO_GET, "POST": MANAGERS},
    "manage/orders/<int:number>/invoices/new/letter/": {"GET": NO_GET, "POST": MANAGERS},
    "manage/orders/<int:number>/payments/new/letter/": {"GET": NO_GET, "POST": MANAGERS},
    "manage/orders/<int:number>/tickets/new/": {"GET": MANAGERS, "POST": (SIGN_IN, 403, 422, 403)},
    "manage/orders/<int:number>/tickets/new/plan/": {"GET": NO_GET, "POST": MANAGERS},
    "manage/orders/<int:number>/tickets/<int:ticket>/change/": {"GET": MANAGERS, "POST": (SIGN_IN, 403, 422, 403)},
    "manage/orders/<int:number>/tickets/<int:ticket>/change/plan/": {"GET": NO_GET, "POST": MANAGERS},
    "manage/orders/<int:number>/changes/<int:change>/undo/": {"GET": NO_GET, "POST": NONE_YET},
    "manage/orders/<int:number>/payments/new/": {"GET": MANAGERS, "POST": (SIGN_IN, 403, 422, 403)},
    "manage/orders/<int:number>/payments/<int:entry>/correct/": {"GET": NONE_YET, "POST": NONE_YET},
    "manage/orders/<int:number>/refund/": {"GET": (SIGN_IN, 403, 302, 403), "POST": (SIGN_IN, 403, 422, 403)},
    "manage/orders/<int:number>/link/": {"GET": MANAGERS, "POST": NO_POST},
    "manage/orders/<int:number>/link/send/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 422, 403)},
    "manage/orders/<int:number>/extend/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 422, 403)},
    "manage/orders/<int:number>/reactivate/": {"GET": (SIGN_IN, 403, 302, 403), "POST": (SIGN_IN, 403, 422, 403)},
    "manage/orders/<int:number>/invoices/new/": {"GET": MANAGERS, "POST": (SIGN_IN, 403, 422, 403)},
    "manage/orders/<int:number>/invoices/<int:pk>.pdf": {"GET": NONE_YET, "POST": NO_POST},
    "manage/coworking/tickets/<int:number>/visit/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 302, 403)},  # too early
    "manage/coworking/tickets/<int:number>/release/": {
        "GET": (SIGN_IN, 403, 302, 403),
        "POST": (SIGN_IN, 403, 422, 403),
    },
    "manage/coworking/tickets/<int:number>/print/": {"GET": MANAGERS, "POST": NO_POST},
    "manage/news/": {"GET": MANAGERS, "POST": NO_POST},
    "manage/news/seen/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 302, 403)},
    "manage/day-sheet/": {"GET": MANAGERS, "POST": NO_POST},
    "manage/check-in/": {"GET": MANAGERS, "POST": MANAGERS},
    "manage/check-in/worker.js": {"GET": OPEN, "POST": OPEN_NO_POST},
    "manage/check-in/list/": {"GET": MANAGERS, "POST": NO_POST},
    "manage/check-in/scans/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 422, 403)},
    "manage/check-in/scans/open/": {"GET": MANAGERS, "POST": NO_POST},
    "manage/check-in/scans/<int:pk>/settle/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 302, 403)},
    "manage/programs/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/programs/tokens/new/": {"GET": MANAGERS, "POST": (SIGN_IN, 403, 422, 403)},
    "manage/programs/tokens/<int:pk>/revoke/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 404, 404)},  # of nobody
    "manage/programs/webhooks/new/": {"GET": ADMINISTRATORS, "POST": (SIGN_IN, 403, 403, 422)},
    "manage/programs/webhooks/<int:pk>/renew/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 403, 404)},
    "manage/programs/webhooks/<int:pk>/end/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 403, 404)},
    "manage/programs/deliveries/<int:pk>/again/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 403, 404)},
    "manage/month/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/orders/<int:number>/act/": {"GET": (SIGN_IN, 403, 302, 403), "POST": (SIGN_IN, 403, 422, 403)},
    "manage/orders/<int:number>/act.pdf": {"GET": NONE_YET, "POST": NO_POST},
    "manage/money/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/money/count/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/money/day/": {"GET": MANAGERS, "POST": NO_POST},
    "manage/money/export/": {"GET": MANAGERS, "POST": NO_POST},
    "manage/money/<int:number>/check/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 302, 403)},
    "manage/money/<int:number>/refund/": {"GET": (SIGN_IN, 403, 404, 403), "POST": (SIGN_IN, 403, 302, 403)},
    "manage/money/<int:number>/send/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 302, 403)},
    "manage/money/<int:number>/settle/": {"GET": MANAGERS, "POST": (SIGN_IN, 403, 422, 403)},
    "manage/money/<int:number>/approve/": {"GET": (SIGN_IN, 403, 404, 404), "POST": (SIGN_IN, 403, 404, 404)},
    "manage/money/<int:number>/decline/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 404, 404)},
    "manage/access-log/": {"GET": (SIGN_IN, 403, 403, 200), "POST": NO_POST},
    "manage/coworking/tickets/": {"GET": MANAGERS, "POST": NO_POST},
    "manage/coworking/tickets/export/": {"GET": MANAGERS, "POST": (SIGN_IN, 403, 422, 403)},
    "manage/reports/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/reports/<slug:table>.csv": {"GET": (SIGN_IN, 403, 404, 404), "POST": NO_POST},  # no such table
    "manage/filters/<slug:name>/new/": {
        "GET": (SIGN_IN, 403, 404, 404),
        "POST": (SIGN_IN, 403, 404, 404),
    },  # of no list
    "manage/filters/<int:pk>/": {"GET": (SIGN_IN, 403, 404, 404), "POST": (SIGN_IN, 403, 404, 404)},  # of nobody
    "manage/choices/<slug:name>/<slug:filter_name>/": {"GET": (SIGN_IN, 403, 404, 404), "POST": NO_POST},  # no list
    "manage/exports/of/<slug:name>/": {"GET": (SIGN_IN, 403, 404, 404), "POST": NO_POST},  # no list
    "manage/columns/<slug:name>/": {"GET": (SIGN_IN, 403, 404, 404), "POST": (SIGN_IN, 403, 404, 404)},
    "manage/search/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/exports/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/exports/<int:pk>/file/": {"GET": (SIGN_IN, 403, 404, 404), "POST": NO_POST},
    "manage/coworking/tickets/<int:number>/": {"GET": MANAGERS, "POST": NO_POST},
    "manage/coworking/waiting/": {"GET": MANAGERS, "POST": NO_POST},
    # Of nobody; a waiting one is tested with the list.
    "manage/coworking/waiting/<int:pk>/offer/": {"GET": (SIGN_IN, 403, 404, 403), "POST": (SIGN_IN, 403, 404, 403)},
    "manage/coworking/waiting/<int:pk>/withdraw/": {
        "GET": (SIGN_IN, 403, 404, 403),
        "POST": (SIGN_IN, 403, 404, 403),
    },
    "my/passes/": {"GET": ALL, "POST": NO_POST},
    "my/waiting/": {"GET": ALL, "POST": NO_POST},
    "my/waiting/<int:pk>/": {"GET": (SIGN_IN, 404, 404, 404), "POST": NO_POST},  # of nobody; one's own is tested
    "my/waiting/<int:pk>/leave/": {"GET": (SIGN_IN, 404, 404, 404), "POST": (SIGN_IN, 404, 404, 404)},
    "services/": {"GET": OPEN, "POST": OPEN_NO_POST},
    "panel/<str:token>/": {"GET": GONE, "POST": OPEN_NO_POST},  # a token of nothing; that of a location is tested
    "services/<int:pk>/": {"GET": GONE, "POST": GONE},  # of nothing on sale; one that is sold is tested with it
    "pictures/<str:digest>/<int:width>.webp": {"GET": GONE, "POST": OPEN_NO_POST},  # of nothing that is shown
    "services/<int:pk>/month/": {"GET": OPEN_NO_POST, "POST": GONE},  # of nothing on sale, as above
    "services/<int:pk>/passes/<int:tariff>/": {"GET": GONE, "POST": GONE},  # of nothing; one on sale is tested with it
    "manage/coworking/calendar/": {"GET": MANAGERS, "POST": NO_POST},
    "manage/coworking/calendar/changes/": {"GET": MANAGERS, "POST": NO_POST},
    "manage/coworking/calendar/tickets/<int:ticket>/change/": {"GET": (SIGN_IN, 403, 302, 403), "POST": NO_POST},
    "manage/coworking/calendar/rearrange/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 404, 403)},  # no moves
    "manage/coworking/calendar/strip/": {"GET": (SIGN_IN, 403, 404, 403), "POST": NO_POST},  # of no tickets
    "manage/coworking/blocks/new/": {"GET": MANAGERS, "POST": (SIGN_IN, 403, 422, 403)},
    "manage/coworking/blocks/lift/": {"GET": MANAGERS, "POST": (SIGN_IN, 403, 422, 403)},
    "manage/coworking/services/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/coworking/services/new/": {"GET": ADMINISTRATORS, "POST": (SIGN_IN, 403, 403, 422)},
    # Of a service that is not there; one that is there is tested with its settings.
    "manage/coworking/services/<int:pk>/": {"GET": (SIGN_IN, 403, 404, 404), "POST": NO_POST},
    "manage/coworking/services/<int:pk>/sale/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 403, 404)},
    "manage/coworking/services/<int:pk>/plan/": {"GET": (SIGN_IN, 403, 403, 404), "POST": NO_POST},
    "manage/coworking/services/<int:pk>/plan/picture.webp": {"GET": (SIGN_IN, 403, 403, 404), "POST": NO_POST},
    "manage/coworking/services/<int:pk>/plan/<str:section>/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 403, 404)},
    "manage/coworking/services/<int:pk>/<str:section>/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 403, 404)},
    "manage/companies/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/companies/new/": {"GET": MANAGERS, "POST": (SIGN_IN, 403, 422, 403)},
    # Of a company that is not there; one that is there is tested with its page.
    "manage/companies/<int:pk>/": {"GET": (SIGN_IN, 403, 404, 404), "POST": NO_POST},
    "manage/companies/<int:pk>/save/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 404, 403)},
    "manage/companies/<int:pk>/people/add/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 404, 403)},
    "manage/companies/<int:pk>/people/<int:member>/end/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 404, 403)},
    "manage/companies/<int:pk>/people/<int:member>/administrator/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 404, 403)},
    "manage/companies/<int:pk>/bills/": {"GET": (SIGN_IN, 403, 404, 404), "POST": NO_POST},
    "manage/companies/<int:pk>/bills/new/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 404, 403)},
    "manage/companies/<int:pk>/bills/<int:number>/": {"GET": (SIGN_IN, 403, 404, 404), "POST": NO_POST},
    "manage/companies/<int:pk>/bills/<int:number>/payments/new/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 404, 403)},
    "manage/companies/<int:pk>/bills/<int:number>/correct/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 404, 403)},
    "manage/companies/<int:pk>/bills/<int:number>/send/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 404, 403)},
    "manage/companies/<int:pk>/bills/<int:number>/invoice.pdf": {"GET": (SIGN_IN, 403, 404, 403), "POST": NO_POST},
    "manage/companies/<int:pk>/bills/<int:number>/statement.pdf": {"GET": (SIGN_IN, 403, 404, 403), "POST": NO_POST},
    "manage/companies/<int:pk>/bills/<int:number>/act.pdf": {"GET": (SIGN_IN, 403, 404, 403), "POST": NO_POST},
    # Of another customer's company; their own is tested with its page.
    "my/companies/<int:pk>/": {"GET": (SIGN_IN, 404, 404, 404), "POST": NO_POST},
    "my/companies/<int:pk>/orders/": {"GET": (SIGN_IN, 404, 404, 404), "POST": NO_POST},
    "my/companies/<int:pk>/statement.pdf": {"GET": (SIGN_IN, 404, 404, 404), "POST": NO_POST},
    "my/companies/<int:pk>/statement.csv": {"GET": (SIGN_IN, 404, 404, 404), "POST": NO_POST},
    "my/companies/<int:pk>/bills/<int:number>/invoice.pdf": {"GET": (SIGN_IN, 404, 404, 404), "POST": NO_POST},
    "my/companies/<int:pk>/bills/<int:number>/act.pdf": {"GET": (SIGN_IN, 404, 404, 404), "POST": NO_POST},
    "manage/coworking/promo-codes/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/coworking/promo-codes/new/": {"GET": ADMINISTRATORS, "POST": (SIGN_IN, 403, 403, 422)},
    # Of a code that is not there; one that is there is tested with its settings.
    "manage/coworking/promo-codes/<int:pk>/": {"GET": (SIGN_IN, 403, 404, 404), "POST": NO_POST},
    "manage/coworking/promo-codes/<int:pk>/save/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 403, 404)},
    "manage/coworking/promo-codes/<int:pk>/sale/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 403, 404)},
    "manage/coworking/contacts/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/coworking/contacts/<str:section>/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 403, 404)},  # no such section
    "manage/coworking/seller/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/coworking/seller/<str:section>/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 403, 404)},  # of no such section
    "manage/coworking/people/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/coworking/people/new/": {"GET": ADMINISTRATORS, "POST": (SIGN_IN, 403, 403, 422)},
    "manage/coworking/people/<int:pk>/take/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 403, 404)},  # of nobody
    "manage/coworking/location/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/coworking/location/<str:section>/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 403, 404)},  # no such section
    "manage/coworking/documents/": {"GET": ANY_STAFF, "POST": NO_POST},
    # Of no such document; one that is there is tested with them.
    "manage/coworking/documents/<slug:kind>/": {"GET": (SIGN_IN, 403, 403, 404), "POST": (SIGN_IN, 403, 403, 404)},
    "manage/coworking/documents/<slug:kind>/preview/": {"GET": (SIGN_IN, 403, 403, 404), "POST": NO_POST},
    "manage/coworking/documents/<slug:kind>/publish/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 403, 404)},
    "manage/coworking/documents/<slug:kind>/discard/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 403, 404)},
    "manage/coworking/hours/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/coworking/hours/<str:section>/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 403, 404)},  # of no such section
    "my/orders/": {"GET": ALL, "POST": NO_POST},
    "my/orders/<int:number>/": {"GET": OWN, "POST": NO_POST},
    "my/orders/<int:number>/cancel/": {"GET": OWN, "POST": (SIGN_IN, 422, 404, 404)},
    "my/orders/<int:number>/tickets/cancel/": {
        "GET": (SIGN_IN, 302, 404, 404),  # has one ticket
        "POST": (SIGN_IN, 422, 404, 404),
    },
    "my/orders/<int:number>/tickets/<int:ticket>/move/": {"GET": OWN, "POST": (SIGN_IN, 422, 404, 404)},
    "my/orders/<int:number>/tickets/<int:ticket>/move/month/": {"GET": NO_GET, "POST": OWN},
    "my/orders/<int:number>/tickets/<int:ticket>/hand-over/": {"GET": OWN, "POST": (SIGN_IN, 422, 404, 404)},
    "my/orders/<int:number>/tickets/<int:ticket>/take-back/": {
        "GET": NO_GET,
        "POST": (SIGN_IN, 302, 404, 404),
    },  # is own
    "my/orders/<int:number>/calendar/": {"GET": OWN, "POST": NO_POST},
    "my/orders/<int:number>/print/": {"GET": OWN, "POST": NO_POST},
    "my/orders/<int:number>/pay/": {"GET": (SIGN_IN, 302, 404, 404), "POST": NO_POST},
    "my/orders/<int:number>/repeat/": {"GET": (SIGN_IN, 302, 404, 404), "POST": NO_POST},
    "my/orders/<int:number>/invoices/<int:invoice>/": {"GET": (SIGN_IN, 404, 404, 404), "POST": NO_POST},  # has none
    "my/orders/<int:number>/act/": {"GET": (SIGN_IN, 404, 404, 404), "POST": NO_POST},  # has none
    "menu/<slug:which>/": {"GET": ALL, "POST": NO_POST},
    "my/profile/": {"GET": ALL, "POST": NO_POST},
    "my/profile/name/": {"GET": ALL, "POST": (SIGN_IN, 422, 422, 422)},
    "my/profile/email/": {"GET": ALL, "POST": (SIGN_IN, 422, 422, 422)},
    "my/profile/phone/": {"GET": ALL, "POST": (SIGN_IN, 422, 422, 422)},
    "my/profile/code/": {"GET": (SIGN_IN, 302, 302, 302), "POST": (SIGN_IN, 422, 422, 422)},  # none was requested
    "my/profile/sessions/<int:pk>/end/": {"GET": NO_GET, "POST": (SIGN_IN, 404, 404, 404)},  # of nobody
    "my/profile/sessions/end-others/": {"GET": NO_GET},  # its POST is tested with the profile
    "my/profile/consents/<slug:kind>/": {"GET": (SIGN_IN, 404, 404, 404), "POST": (SIGN_IN, 404, 404, 404)},  # no text
    "legal/<slug:kind>/": {"GET": GONE, "POST": OPEN_NO_POST},  # not written yet; a written one is tested with it
    "legal/<slug:kind>/<int:edition>/": {"GET": GONE, "POST": OPEN_NO_POST},
    "legal/of/<int:pk>/<slug:kind>/": {"GET": GONE, "POST": OPEN_NO_POST},
    "legal/of/<int:pk>/<slug:kind>/<int:edition>/": {"GET": GONE, "POST": OPEN_NO_POST},
    "manage/coworking/tickets/bulk/": {"GET": (SIGN_IN, 403, 302, 403), "POST": (SIGN_IN, 403, 302, 403)},  # as above
    "manage/coworking/tickets/bulk/<int:pk>/": {"GET": (SIGN_IN, 403, 404, 403), "POST": NO_POST},  # of nobody
    "manage/orders/<int:number>/bulk/letter/": {"GET": (SIGN_IN, 403, 404, 403), "POST": NO_POST},  # of nothing
    "manage/companies/import/": {"GET": MANAGERS, "POST": (SIGN_IN, 403, 422, 403)},
    "manage/companies/import/sample.xlsx": {"GET": MANAGERS, "POST": NO_POST},
    "manage/companies/import/<int:pk>/": {"GET": (SIGN_IN, 403, 404, 403), "POST": (SIGN_IN, 403, 404, 403)},
    "manage/companies/import/<int:pk>/errors.xlsx": {"GET": (SIGN_IN, 403, 404, 403), "POST": NO_POST},
    "manage/people/import/": {"GET": ADMINISTRATORS, "POST": (SIGN_IN, 403, 403, 422)},
    "manage/people/import/sample.xlsx": {"GET": ADMINISTRATORS, "POST": NO_POST},
    "manage/people/import/<int:pk>/": {"GET": (SIGN_IN, 403, 403, 404), "POST": (SIGN_IN, 403, 403, 404)},  # of nobody
    "manage/people/import/<int:pk>/errors.xlsx": {"GET": (SIGN_IN, 403, 403, 404), "POST": NO_POST},
    "manage/people/<int:customer>/": {"GET": ANY_STAFF, "POST": NO_POST},
    "manage/people/merge/": {"GET": ADMINISTRATORS, "POST": NO_POST},
    # Without the keys of two people back to the search; with them it is tested with the page.
    "manage/people/merge/compare/": {"GET": (SIGN_IN, 403, 403, 302), "POST": (SIGN_IN, 403, 403, 302)},
    "manage/companies/<int:pk>/merge/": {"GET": (SIGN_IN, 403, 403, 404), "POST": NO_POST},  # no such company
    "manage/companies/<int:pk>/merge/<int:other>/": {
        "GET": (SIGN_IN, 403, 403, 404),
        "POST": (SIGN_IN, 403, 403, 404),
    },
    "manage/erasures/retention/": {"GET": ADMINISTRATORS, "POST": NO_POST},
    "manage/erasures/retention/erase/": {"GET": (SIGN_IN, 403, 403, 302), "POST": (SIGN_IN, 403, 403, 302)},  # nobody
    "manage/erasures/retention/keep/": {"GET": (SIGN_IN, 403, 403, 302), "POST": (SIGN_IN, 403, 403, 302)},
    "manage/erasures/": {"GET": (SIGN_IN, 403, 403, 200), "POST": NO_POST},
    "manage/erasures/new/": {"GET": ADMINISTRATORS, "POST": (SIGN_IN, 403, 403, 422)},  # of nobody
    "manage/erasures/<int:pk>/withdraw/": {"GET": NO_GET, "POST": (SIGN_IN, 403, 403, 404)},  # not requested
    "manage/erasures/<int:pk>/": {"GET": (SIGN_IN, 403, 403, 404), "POST": (SIGN_IN, 403, 403, 404)},  # not requested
    "my/profile/erasure/": {"GET": ALL, "POST": (SIGN_IN, 422, 422, 422)},  # an order is open, or a role is held
    "my/profile/export/": {"GET": NO_GET, "POST": ALL},
    "my/profile/calendar/": {"GET": ALL},  # its POST is tested with the calendar
    "calendar/<str:token>.ics": {"GET": GONE, "POST": OPEN_NO_POST},  # a token of nobody; that of a person is tested
    "my/bookings/": {"GET": ALL, "POST": NO_POST},
    "my/bookings/<int:number>/": {"GET": OWN, "POST": NO_POST},
    "my/bookings/<int:number>/print/": {"GET": OWN, "POST": NO_POST},
    "my/bookings/<int:number>/share/": {"GET": OWN},  # its POST is tested with the shared booking
    "booking/<str:token>/": {"GET": GONE, "POST": OPEN_NO_POST},  # a token of nothing; that of a booking is tested
    "booking/<str:token>/calendar/": {"GET": GONE, "POST": OPEN_NO_POST},
    "payments/yookassa/webhook/<str:secret>/": {"GET": OPEN_NO_POST, "POST": GONE},  # with another secret
    "pay/<str:token>/": {"GET": OPEN, "POST": OPEN_NO_POST},
    "pay/<str:token>/start/": {"GET": OPEN_NO_POST, "POST": (303, 303, 303, 303)},  # no shop: back to the page
    "pay/<str:token>/return/": {"GET": (302, 302, 302, 302), "POST": OPEN_NO_POST},
    "pay/<str:token>/state/": {"GET": (302, 302, 302, 302), "POST": OPEN_NO_POST},
    "pay/<str:token>/calendar/": {"GET": OPEN, "POST": OPEN_NO_POST},
    "icons.<str:version>.svg": {"GET": OPEN, "POST": OPEN_NO_POST},
    "parts/<slug:area>.<slug:language>.<slug:version>.js": {"GET": GONE, "POST": OPEN_NO_POST},  # of no area
    "guide/<slug:name>/": {"GET": GONE, "POST": OPEN_NO_POST},  # no such guide; the existing ones are in test_guide
    "healthz": {"GET": OPEN, "POST": OPEN_NO_POST},
    "readyz": {"GET": OPEN, "POST": OPEN_NO_POST},
    "metrics": {"GET": GONE, "POST": OPEN_NO_POST},  # without a token in the settings
    "accounts/sign-ins/": {"GET": ALL, "POST": NO_POST},
    "accounts/reminders/": {"GET": ALL},  # its POST is tested with the reminders
    "reminders/<str:token>/": {"GET": GONE, "POST": GONE},  # a token of nobody; that of a person is tested with it
    "accounts/sign-ins/end/": {"GET": NO_GET},  # its POST is tested with the sessions
    # django-allauth: pages our screens link to; e-mail and phone are changed in the profile
    "accounts/login/": {"GET": GUESTS, "POST": GUESTS},
    "accounts/login/code/": {"GET": GUESTS, "POST": GUESTS},
    "accounts/login/code/confirm/": {"GET": (302, 302, 302, 302)},  # no code was requested
    "accounts/logout/": {"GET": (302, 200, 200, 200), "POST": (302, 302, 302, 302)},
    "accounts/inactive/": {"GET": OPEN},
    "accounts/reauthenticate/": {"GET": (SIGN_IN, 403, 403, 403)},  # no password and no factor to ask for
    "accounts/factors/": {"GET": ALL},
    "accounts/factors/authenticate/": {"GET": (302, 302, 302, 302)},  # nobody is signing in
    "accounts/factors/reauthenticate/": {"GET": (SIGN_IN, 403, 403, 403)},
    "accounts/factors/app/add/": {"GET": ALL},
    "accounts/factors/app/remove/": {"GET": (SIGN_IN, 404, 404, 404)},  # has none
    "accounts/factors/codes/": {"GET": (SIGN_IN, 404, 404, 404)},
    "accounts/factors/codes/new/": {"GET": ALL},
    "accounts/factors/keys/": {"GET": (SIGN_IN, 302, 302, 302)},
    "accounts/factors/keys/add/": {"GET": ALL},
    "accounts/factors/keys/reauthenticate/": {"GET": (SIGN_IN, 403, 403, 403)},
    "accounts/factors/keys/<int:pk>/remove/": {"GET": (SIGN_IN, 404, 404, 404)},
    "accounts/signup/": {"GET": GUESTS, "POST": GUESTS},  # says that it is closed
    "accounts/password/change/": {"GET": (SIGN_IN, 302, 302, 302)},  # no password yet: to setting one
    "accounts/password/set/": {"GET": ALL},
    "accounts/password/reset/": {"GET": OPEN},
    "accounts/password/reset/done/": {"GET": OPEN},
    r"accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": {"GET": OPEN},
    "accounts/password/reset/key/done/": {"GET": OPEN},
}


def area_of(route: str) -> str:
    """Return the part of the site that a URL belongs to."""
    return route.partition("/")[0]


AREAS = sorted({area_of(route) for route in TABLE})


def routes(patterns: Any = None, prefix: str = "") -> Iterator[str]:
    """Return every URL pattern of the site."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + str(pattern.pattern)


ADMIN = sorted({route for route in routes() if route.startswith("admin/")} - {"admin/login/", "admin/logout/"})


def address(route: str, *, number: int = 1, token: str = "") -> str:
    """Return a URL that matches a pattern."""
    known = {
        r"accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "accounts/password/reset/key/1-abc/",
        "admin/^(?P<app_label>auth|accounts|coworking|orders|account|procrastinate)/$": "admin/orders/",
        "admin/(?P<url>.*)$": "admin/anything/",
        "admin/autocomplete/": "admin/autocomplete/?app_label=accounts&model_name=membership&field_name=location",
    }
    path = known.get(route, route).replace("<str:token>", token)
    path = (
        path.replace("<slug:kind>", "account")
        .replace("<str:section>", "about")
        .replace("<slug:table>", "nothing")
        .replace("<slug:name>", "nothing")
        .replace("<slug:filter_name>", "status")
        .replace("<slug:which>", "me")
        .replace("<slug:area>.<slug:language>.<slug:version>", "nowhere.ru.1")
    )
    for part in (
        "<int:number>",
        "<int:invoice>",
        "<int:entry>",
        "<int:change>",
        "<int:pk>",
        "<int:member>",
        "<int:other>",
        "<int:edition>",
        "<str:secret>",
        "<path:object_id>",
        "<path:content_type_id>",
        "<id>",
        "<str:version>",
        "<str:digest>",
        "<int:width>",
    ):
        path = path.replace(part, str(number))
    return f"/{path}"


def arrived(response: Any) -> int | str:
    """Return the status, or SIGN_IN when the person is asked to sign in."""
    if response.status_code == 302 and response.headers["Location"].startswith("/accounts/login/?next="):
        return SIGN_IN
    context = response.context or {}  # JSON has none
    if response.status_code == 422 and "location" not in context and "typed" in context:
        return SIGN_IN
    return int(response.status_code)


def enter(client: Client, method: str, path: str) -> Any:
    """Request a URL."""
    return client.get(path) if method == "GET" else client.post(path)


def make_people() -> tuple[Order, list[SimpleCookie]]:
    """Save an order, and used sessions of its customer, a manager and an administrator."""
    world = make_world()
    order = make_order(tariff=world.tariff, customer=make_user(), by=world.manager)
    administrator = make_member(location=order.location, role=Role.LOCATION_ADMINISTRATOR)
    clients = [client_of(one) for one in (order.customer, make_manager(location=order.location), administrator)]
    for client in clients:
        assert client.get("/menu/me/").status_code == 200
    return order, [client.cookies for client in clients]


@pytest.fixture(scope="module")
def _people(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Callable[[], tuple[Order, list[SimpleCookie]]]]:
    yield from once(django_db_blocker, make_people)


@pytest.fixture
def order(_people: Callable[[], tuple[Order, list[SimpleCookie]]], db: None) -> Order:
    return _people()[0]


@pytest.fixture
def sessions(_people: Callable[[], tuple[Order, list[SimpleCookie]]], db: None) -> list[SimpleCookie]:
    return _people()[1]


def client_of(user: User) -> Client:
    """Return a browser in which this person is signed in."""
    client = Client()
    client.force_login(user)
    return client


def give_back(sessions: list[SimpleCookie], browsers: list[Client]) -> None:
    """Restore the sessions of the browsers; in the first one nobody is signed in."""
    for browser, session in zip(browsers, (SimpleCookie(), *sessions), strict=True):
        browser.cookies = SimpleCookie(session)


def pages(answers: list[Any]) -> list[Any]:
    """Return the pages shown to the four; the manager's also stands for the administrator's."""
    guest, customer, manager, administrator = answers
    staff = manager if manager.status_code == 200 else administrator
    return [answer for answer in (guest, customer, staff) if answer.status_code == 200 and is_html(answer)]


def test_every_address_stands_in_the_table() -> None:
    elsewhere = ("admin/", API)
    assert {route for route in routes() if not route.startswith(elsewhere)} == set(TABLE)
    assert len(ADMIN) > 40


@pytest.mark.parametrize("area", AREAS)
def test_an_address_lets_in_whom_the_table_says_to_valid_pages(
    order: Order, sessions: list[SimpleCookie], area: str
) -> None:
    token = ensure_link(order, at=order.created_at).token
    PaymentLink.objects.update(resent_at=order.created_at)  # this minute: it is not sent again
    MoneyCase.objects.create(pk=order.number, kind="debt", order=order)
    ticket = order.lines.get().ticket_id
    clients = [Client() for _browser in range(4)]
    before = saved_rows()
    for route, methods in TABLE.items():
        if area_of(route) != area:
            continue
        is_of_ticket = "orders/" not in route and ("ticket" in route or "booking" in route)
        number = ticket if is_of_ticket else order.number
        own = route.replace("<int:ticket>", str(ticket)).replace("<int:customer>", str(order.customer_id))
        path = address(own, number=number or 0, token=token)
        give_back(sessions, clients)
        with transaction.atomic():  # some URLs end or change a session
            for method, expected in methods.items():
                answers = [enter(client, method, path) for client in clients]
                assert tuple(map(arrived, answers)) == expected, (route, method)
                assert saved_rows() == before, (route, method)
                assert [fault for page in pages(answers) for fault in faults(page)] == [], (route, method)
            transaction.set_rollback(True)


def test_support_pages_let_nobody_else_in(order: Order) -> None:
    """One door leads to all of them, so the stranger who may most tries every page and the others the first."""
    administrator = make_member(location=order.location, role=Role.LOCATION_ADMINISTRATOR)
    known = [*map(client_of, (order.customer, order.created_by, administrator))]
    asked = [(stranger, "GET", "/admin/") for stranger in (Client(), *known)]
    asked += [(known[-1], method, address(route, number=order.number)) for route in ADMIN for method in ("GET", "POST")]
    for stranger, method, path in asked:
        answer = enter(stranger, method, path)
        assert answer.status_code == 302, (method, path)
        assert answer.headers["Location"].startswith(("/admin/login/?next=", "/accounts/login/?next=")), (method, path)
    for stranger in known:
        assert stranger.get("/admin/login/").status_code == 403


def test_support_without_permissions_sees_nothing_that_belongs_to_anybody(order: Order) -> None:
    helper = client_of(make_user(is_staff=True))
    shown = {route for route in ADMIN if helper.get(address(route, number=order.number)).status_code == 200}
    assert shown == {"admin/", "admin/jsi18n/", "admin/password_change/done/"}


def test_an_inactive_person_is_signed_out(order: Order) -> None:
    client = client_of(order.created_by)
    User.objects.filter(pk=order.created_by_id).update(is_active=False)
    assert arrived(client.get("/manage/orders/")) == SIGN_IN


def test_a_forbidden_page_names_its_role(order: Order) -> None:
    administrator = make_member(location=order.location, role=Role.LOCATION_ADMINISTRATOR)
    kept_out = [
        (order.customer, "/manage/check-in/", "Менеджер по аренде"),
        (administrator, "/manage/check-in/", "Менеджер по аренде"),
        (administrator, f"/manage/orders/{order.pk}/cancel/", "Менеджер по аренде"),
        (order.created_by, "/manage/access-log/", "Администратор локации"),
    ]
    for who, path, role in kept_out:
        answer = client_of(who).get(path)
        text = " ".join(answer.content.decode().split())
        assert answer.status_code == 403, path
        assert f"Для этой страницы нужна роль «{role}». Доступ даёт администратор локации." in text, path
