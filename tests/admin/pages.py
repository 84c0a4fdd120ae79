"""Reading and filling the pages of Django admin."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import connection
from django.db.models import Model
from django.forms import BaseForm, MultiWidget
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.domain.documents import publish
from accounts.models import (
    AccessEvent,
    ConsentEvent,
    Document,
    DocumentKind,
    Erasure,
    Membership,
    RoleEvent,
    SecurityEvent,
    SecurityKind,
    User,
)
from coworking.models import Block, Location, Service, Ticket, WaitingWish
from orders.domain.money.summary import store_summary
from orders.domain.programs.tokens import make_token
from orders.domain.programs.webhooks import make_webhook
from orders.models import (
    Act,
    ActSeries,
    ApiRequest,
    ApiToken,
    BulkAction,
    Delivery,
    EventKind,
    Export,
    IssuedInvoice,
    Job,
    LedgerEntry,
    MoneyApproval,
    MoneyCase,
    MonthBill,
    OffsetReceipt,
    Order,
    Pass,
    PassEntry,
    PaymentAttempt,
    PaymentLink,
    PromoCode,
    PromoUse,
    ProviderNotification,
    ProviderRequest,
    Refund,
    Scope,
    WaitedOrder,
    WaitingLetter,
    Webhook,
)
from tests.factories import (
    make_block,
    make_company,
    make_location,
    make_manager,
    make_order,
    make_pass,
    make_pool,
    make_promo_code,
    make_seats,
    make_tariff,
    make_ticket,
    make_user,
    make_waiting,
)
from tests.moments import NOW, hours


def address(model: type[Model], page: str, *args: Any) -> str:
    """Return the address of an admin page."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def make_one_of_each() -> dict[type[Model], Model]:
    """Save a row of every registered model, none of which shares a person or a location with another."""
    tariff = make_tariff(service=make_seats())
    order = make_order(tariff=tariff)
    EmailAddress.objects.create(user=order.customer, email=f"other-{order.pk}@example.com")
    return {
        **make_money(order),
        **make_of_place(order),
        Location: make_location(),
        Service: tariff.service,
        Block: make_block(service=make_seats(), period=hours("10", "12")),
        Ticket: Ticket.objects.latest("number"),
        User: make_user(created_by=make_user()),
        Membership: Membership.objects.latest("pk"),
        Order: order,
        EmailAddress: EmailAddress.objects.latest("pk"),
        RoleEvent: make_role_event(),
        Authenticator: Authenticator.objects.create(user=make_user(), type="totp", data={"secret": "hidden"}),
        SecurityEvent: SecurityEvent.objects.create(person=make_user(), kind=SecurityKind.SIGNED_IN, at=NOW),
        Job: Job.objects.latest("id"),
        Document: (document := publish(kind=DocumentKind.ACCOUNT, text="…", changes="", by=None, at=NOW)),
        ConsentEvent: ConsentEvent.objects.create(
            person=make_user(), purpose=document.kind, document=document, action="given", channel="profile", at=NOW
        ),
        Erasure: Erasure.objects.create(person=make_user(), asked_at=NOW),
        AccessEvent: AccessEvent.objects.create(
            by=make_user(), person=make_user(), location=make_location(), screen="order", number=1, at=NOW
        ),
    }


def make_role_event() -> RoleEvent:
    """Save the grant of a role."""
    role = {"right": "rental_manager", "location": make_location()}
    return RoleEvent.objects.create(person=make_user(), action="granted", by=make_user(), at=NOW, **role)


def make_money(order: Order) -> dict[type[Model], Model]:
    """Save one row of everything about money, all of this order."""
    number = PaymentAttempt.objects.count() + 1
    attempt = PaymentAttempt.objects.create(
        **{"order": order, "number": number, "amount": 600, "status": "succeeded", "settled_at": NOW},
        **{"provider_id": f"30000000-000f-5000-8000-{number:012}"},
    )
    refund = Refund.objects.create(
        **{"attempt": attempt, "amount": 200, "source": "staff", "requested_by": make_user(), "status": "succeeded"},
        **{"settled_at": NOW, "provider_id": f"30000000-0015-5000-8000-{number:012}"},
    )
    receipt = OffsetReceipt.objects.create(attempt=attempt, amount=600, provider_id=f"rt-{number}")
    link, _made = PaymentLink.objects.get_or_create(order=order)
    body = f'{{"confirmation": {{"return_url": "https://olvery.test/pay/{link.token}/return/"}}}}'
    charge = LedgerEntry.objects.create(
        **{"order": order, "kind": "charge", "method": "online", "amount": 600, "at": NOW, "attempt": attempt}
    )
    LedgerEntry.objects.create(
        **{"order": order, "kind": "refund", "method": "online", "amount": -200, "at": NOW, "by": make_user()},
        **{"attempt": attempt, "refund": refund},
    )
    store_summary(order)
    ProviderRequest.objects.create(refund=refund, path="/refunds", body=body)
    return {
        PaymentAttempt: attempt,
        Refund: refund,
        LedgerEntry: charge,
        OffsetReceipt: receipt,
        PaymentLink: link,
        ProviderRequest: ProviderRequest.objects.create(attempt=attempt, path="/payments", body=body),
        ProviderNotification: ProviderNotification.objects.create(
            event="payment.succeeded", object_id=attempt.provider_id, remote_address="185.71.76.5", body=body
        ),
        MoneyCase: MoneyCase.objects.create(kind="debt", order=order, attempt=attempt, closed_by=make_user()),
        MoneyApproval: MoneyApproval.objects.create(
            **{"order": order, "kind": "refund", "method": "on_site", "amount": 600, "reason": "Просили вернуть"},
            **{"asked_by": make_user(), "asked_at": NOW},
            **{"state": "declined", "decided_by": make_user(), "decided_at": NOW},
        ),
        IssuedInvoice: IssuedInvoice.objects.create(
            **{"order": order, "amount": 600, "buyer_name": "ООО «Лад»", "buyer_inn": "5260998767"},
            **{"contents": {}, "issued_by": make_user()},
        ),
        Act: Act.objects.get_or_create(
            order=order,
            defaults={
                **{"number": order.pk, "issued_on": NOW.date(), "amount": 600, "contents": {}},
                "series": ActSeries.objects.get_or_create(inn="5260998767", year=2026, defaults={"last": 1})[0],
            },
        )[0],
        MonthBill: MonthBill.objects.get_or_create(
            number=order.pk,
            defaults={
                **{"company": make_company(), "location": order.location, "month": NOW.date().replace(day=1)},
                **{"amount": 600, "rendered": 600, "act_number": 10**6 + order.pk, "pay_by": NOW.date()},
                **{"contents": {}, "issued_at": NOW},
                "act_series": ActSeries.objects.get_or_create(inn="5260998767", year=2026, defaults={"last": 1})[0],
            },
        )[0],
    }


def make_of_place(order: Order) -> dict[type[Model], Model]:
    """Save one row of everything else that belongs to a location, all about this order."""
    at = {"location": order.location, "at": NOW}
    owner, manager = order.customer, make_manager(location=order.location)
    own = make_pass(service=make_pool(location=order.location), customer=owner, by=manager)
    code = make_promo_code(location=order.location, code=f"ОСЕНЬ-{order.pk}")
    Order.objects.filter(pk=order.pk).update(from_pass=own, promo_code=code)
    used = PassEntry.objects.create(of_pass=own, kind="used", units=-2, order=order, by=manager, at=NOW)
    token, _secret = make_token(holder=manager, name="Сайт", scopes=Scope, expires_at=None, **at)
    hook, _signer = make_webhook(address="https://crm.example.org/", kinds=[EventKind.CREATED], by=manager, **at)
    full = make_pool(location=order.location, capacity=1)
    make_ticket(service=full, period=hours("10", "12", zone=order.location.zone))
    wish = make_waiting(tariff=make_tariff(service=full), customer=owner)
    WaitedOrder.objects.create(wish=wish, order=order, at=NOW)
    WaitingLetter.objects.get_or_create(wish=wish, kind="joined", defaults={"to": wish.email, "created_at": NOW})
    asked = {"by": manager, "location": order.location, "language": "ru", "asked_at": NOW, "query": "text=петров"}
    action = BulkAction.objects.create(**asked, kind="cancel", reason="Закрыты")
    action.items.create(order=order, tickets=list(order.lines.values_list("ticket", flat=True)), amount=600)
    return {
        Pass: own,
        PassEntry: used,
        PromoCode: code,
        PromoUse: PromoUse.objects.create(code=code, order=order, count=1, by=manager, at=NOW),
        WaitingWish: wish,
        ApiToken: token,
        ApiRequest: ApiRequest.objects.create(
            token=token, key=f"key-{order.pk}", digest="0" * 64, form_token=order.form_token, at=order.created_at
        ),
        Webhook: hook,
        Delivery: Delivery.objects.create(webhook=hook, event=order.events.earliest("pk"), next_at=NOW),
        Export: Export.objects.create(**asked, what="orders", format="xlsx"),
        BulkAction: action,
    }


def queries_of(client: Client, url: str) -> int:
    """Return how many queries a page takes."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def filled(page: Any, **changes: Any) -> dict[str, Any]:
    """Return what a browser would send from this page, with some values changed."""
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    values = {name: value for form in forms for name, value in _typed(form).items()}
    return {**values, **changes}


def _typed(form: BaseForm) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in form:
        value, widget = field.value(), field.field.widget
        if isinstance(widget, MultiWidget):
            parts = widget.decompress(value)
            values |= {f"{field.html_name}_{n}": "" if part is None else str(part) for n, part in enumerate(parts)}
        elif value is not False:
            values[field.html_name] = "" if value is None else value
    return values


def errors_of(page: Any) -> dict[str, list[str]]:
    """Return the errors of the main form."""
    assert page.status_code == 200
    return dict(page.context["adminform"].form.errors)
