"""All URLs of the site."""

from django.contrib import admin
from django.urls import include, path

from olvery.guide import guide
from olvery.health import healthz, readyz
from olvery.metrics import metrics
from olvery.shared.icons import icons
from olvery.shared.late_addresses import LateAddresses
from olvery.shared.page_parts import page_parts
from orders.admin.self_check import self_check

handler400 = "olvery.failures.bad_request"
handler500 = "olvery.failures.server_error"

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("coworking.urls")),
    path("", include("orders.urls")),
    # Loading it takes 14 MB and a fifth of the start; most processes never get a request from a program.
    LateAddresses("api/v1/", "orders.api.urls", app_name="ninja", namespace="api"),
    path("admin/self-check/", admin.site.admin_view(self_check), name="self-check"),
    path("admin/", admin.site.urls),
    path("icons.<str:version>.svg", icons, name="icons"),
    path("parts/<slug:area>.<slug:language>.<slug:version>.js", page_parts, name="page-parts"),
    path("guide/<slug:name>/", guide, name="guide"),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
]
