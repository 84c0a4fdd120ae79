"""The guides as pages, and the «?» that leads from a screen to its section."""

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.views.decorators.http import require_safe

if TYPE_CHECKING:
    from markdown_it.token import Token

MANAGER, CUSTOMER = "manager", "customer"
FILES = {MANAGER: "guide.ru.md", CUSTOMER: "guide-customer.ru.md"}
# `make pictures` takes them; README shows some, too.
PICTURES = settings.BASE_DIR / "static" / "img" / "guide"
# Guide → heading → the screens it is about, by URL name.
ABOUT: dict[str, dict[str, tuple[str, ...]]] = {
    MANAGER: {
        "Сегодня": ("orders:manage", "orders:news", "orders:day-sheet"),
        "Заказ по телефону": ("orders:create", "orders:sell-pass"),
        "Списки и поиск": (
            "orders:list",
            "orders:bulk",
            "orders:tickets",
            "orders:tickets-bulk",
            "orders:ticket",
            "orders:exports",
            "orders:detail",
        ),
        "Карточка заказчика": ("orders:customer",),
        "Если время занято": ("orders:waiting", "orders:waiting-offer", "orders:waiting-withdraw"),
        "Скидка, промокод и абонемент": ("orders:promo-codes", "orders:promo-code", "orders:promo-code-new"),
        "Компании": (
            "orders:companies",
            "orders:company",
            "orders:company-new",
            "orders:company-import",
            "orders:company-import-preview",
            "orders:company-merge",
            "orders:company-merge-compare",
            "orders:company-bills",
            "orders:company-bill",
        ),
        "Оплата": ("orders:take-payment", "orders:invoice-new", "orders:link-qr", "orders:correct-entry"),
        "Отмена и возврат": ("orders:cancel", "orders:refund"),
        "Изменить бронь": ("orders:change-ticket", "orders:add-tickets"),
        "Календарь": ("orders:calendar", "orders:block-new", "orders:block-lift"),
        "Проход по билетам": ("orders:check-in", "orders:release"),
        "Сверка денег": ("orders:money", "orders:money-day", "orders:money-settle", "orders:money-refund"),
        "Услуги коворкинга": ("coworking:services", "coworking:service", "coworking:service-new"),
        "Часы работы": ("coworking:hours",),
        "Контакты": ("coworking:contacts",),
        "Настройки локации": ("coworking:location",),
        "Документы": ("coworking:documents", "coworking:document-draft", "coworking:document-preview"),
        "Реквизиты": ("coworking:seller",),
        "Сотрудники и роли": ("coworking:people", "coworking:role-new"),
        "Данные клиентов": (
            "orders:access-log",
            "orders:people-import",
            "orders:people-import-preview",
            "orders:erasures",
            "orders:erase",
            "orders:erasure-note",
            "orders:people-merge",
            "orders:people-merge-compare",
            "orders:retention",
            "orders:retention-erase",
            "orders:retention-keep",
        ),
        "Отчёты": ("orders:reports",),
        "Программы": ("orders:programs", "orders:token-new", "orders:webhook-new"),
    },
    CUSTOMER: {
        "Выбрать и забронировать": (
            "orders:services",
            "orders:service",
            "orders:my-waiting",
            "orders:my-waiting-leave",
        ),
        "Оплата": ("orders:pay",),
        "Абонементы": ("orders:buy-pass", "orders:my-passes"),
        "Мои заказы": ("orders:my-orders", "orders:my-order", "orders:my-company", "orders:my-company-orders"),
        "Мои бронирования": ("orders:my-bookings", "orders:my-booking"),
        "Отмена и возврат": ("orders:my-order-cancel",),
        "Передать билет или поделиться": ("orders:my-hand-over", "orders:my-share"),
        "Мой профиль": ("profile", "profile-name", "profile-email", "profile-phone", "reminders", "sign-ins"),
    },
}
SECTIONS = {
    name: (guide, heading) for guide, about in ABOUT.items() for heading, names in about.items() for name in names
}


@login_not_required
@require_safe
def guide(request: HttpRequest, name: str) -> HttpResponse:
    """Show a guide; it has no secrets, and people who cannot sign in may need it most."""
    if name not in FILES:
        raise Http404
    title, headings, text = rendered(name)
    context = {"title": title, "headings": headings, "text": text, "is_for_managers": name == MANAGER}
    return render(request, "guide.html", context)


@cache
def rendered(name: str) -> tuple[str, tuple[tuple[str, str], ...], SafeString]:
    """Return the title of a guide, the anchors and texts of its sections, and its HTML without the title."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - 62 modules for a page that few processes ever show

    markdown = MarkdownIt("commonmark").enable("table")
    tokens = markdown.parse((settings.BASE_DIR / "docs" / FILES[name]).read_text())
    title, headings = tokens[1].content, []
    for opened, inside in pairwise(tokens):
        if opened.type == "heading_open" and opened.tag == "h2":
            opened.attrSet("id", anchor_of(inside.content))
            headings.append((anchor_of(inside.content), inside.content))
        if opened.type == "th_open":
            opened.attrSet("scope", "col")
        for part in inside.children or ():
            if part.type == "image":
                _show_picture(part)
    text = mark_safe(markdown.renderer.render(tokens[3:], markdown.options, {}))  # noqa: S308 - our own file
    return title, tuple(headings), text


def _show_picture(image: "Token") -> None:
    """Render an image, named as a file of the repository, with its static URL and lazy loading."""
    name = Path(str(image.attrGet("src"))).name
    image.attrSet("src", static(f"img/guide/{name}"))
    for attribute, value in (("width", "1280"), ("height", "800"), ("loading", "lazy")):
        image.attrSet(attribute, value)


def anchor_of(heading: str) -> str:
    """Return the anchor of a section."""
    return slugify(heading, allow_unicode=True)


def help_address(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the URL of the guides' section about this screen."""
    match = getattr(request, "resolver_match", None)
    if match is None or request.headers.get("HX-Request"):
        return {}
    guide, heading = SECTIONS.get(match.view_name, (CUSTOMER, ""))
    if not heading and request.path.startswith("/manage/"):
        guide = MANAGER
    return {"help": reverse("guide", args=[guide]) + (f"#{anchor_of(heading)}" if heading else "")}
