"""Refusals in words: those of orders/domain here, those of the apps below in their own wording."""

from collections import ChainMap
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext, ngettext_lazy

from accounts import wording as of_accounts
from coworking import wording as of_coworking
from coworking.models import Unit
from olvery.shared.formats import DAY_AND_MONTH, format_money, weekdays_short
from olvery.shared.refusals import Refusal
from olvery.shared.sentences import Sentence, say
from orders.models import OrderStatus
from orders.wording_passes import given_back_text, terms_text, units_text

SENTENCES: dict[str, Sentence] = {
    # Erasing a person
    "erasure_elsewhere": gettext_noop("This person has booked elsewhere alone: the request is noted where they book."),
    "erasure_over": gettext_noop("This request was withdrawn or is done already."),
    "erasure_rights": gettext_noop("Rights in the management interface are held: they are taken away first."),
    "erasure_open_orders": ngettext_lazy(
        "%(count)s order is not over yet: finish or cancel it first.",
        "%(count)s orders are not over yet: finish or cancel them first.",
        "count",
    ),
    "erasure_open_tickets": ngettext_lazy(
        "%(count)s ticket is still valid: use, hand over or cancel it first.",
        "%(count)s tickets are still valid: use, hand over or cancel them first.",
        "count",
    ),
    "erasure_passes": ngettext_lazy(
        "%(count)s pass is not over yet: wait until it is, or have its sale cancelled.",
        "%(count)s passes are not over yet: wait until they are, or have their sales cancelled.",
        "count",
    ),
    "erasure_debts": ngettext_lazy(
        "%(count)s order is not paid in full.", "%(count)s orders are not paid in full.", "count"
    ),
    "erasure_refunds": ngettext_lazy(
        "%(count)s refund is on its way to you.", "%(count)s refunds are on their way to you.", "count"
    ),
    "erasure_cases": ngettext_lazy(
        "%(count)s question about the money of an order is not settled.",
        "%(count)s questions about the money of orders are not settled.",
        "count",
    ),
    "retention_over": gettext_noop("This person was here meanwhile, is erased or left until a day."),
    "retention_until_past": gettext_noop("Give a day after today."),
    "retention_until_far": ngettext_lazy(
        "At most %(years)s year from today.", "At most %(years)s years from today.", "years"
    ),
    # Merging
    "merge_same": gettext_noop("This is one and the same record."),
    "merge_over": gettext_noop("One of the two is merged or erased already."),
    "merge_companies_over": gettext_noop("One of the two companies is merged already."),
    "merge_own": gettext_noop("Somebody else merges your own record."),
    "merge_rights": gettext_noop("%(name)s has rights in the management interface: they are taken away first."),
    "merge_factor": gettext_noop(
        "The record that goes has a second factor: let it stay, or have the person switch the factor off first."
    ),
    "merge_erasure": gettext_noop("One of the two has asked to be erased: that is done or withdrawn first."),
    "merge_companies_elsewhere": gettext_noop(
        "Nothing was ordered for either of the two at this location: they are merged where they order."
    ),
    "merge_elsewhere": gettext_noop("Neither of the two has booked at this location: it is merged where they book."),
    "merge_changed": gettext_noop("One of the records has changed meanwhile: look at both once more."),
    "merge_unsure": gettext_noop("Confirm that both records are of one person: somebody has signed in to each."),
    # The waiting list
    "waiting_is_for_one_period": gettext_noop(
        "The waiting list is for one service and one period, without repetition, discount or promo code."
    ),
    "waiting_for_every_seat": gettext_noop("Choose a seat for each place to wait for these alone."),
    "waiting_without_pass": gettext_noop("Nobody waits for a place with a pass: choose none."),
    "waiting_for_a_person": gettext_noop("A person waits for a place, no company: choose “themselves”."),
    "waiting_without_email": gettext_noop("Give an e-mail: we write there as soon as a place is free."),
    "waiting_too_late": gettext_noop("It begins too soon to wait for a place."),
    "places_are_free": gettext_noop("Places are free again: book them."),
    "waiting_of_closed": gettext_noop("The account of the customer or a visitor is closed: there can be no order."),
    "waiting_already": gettext_noop("This person stands in line for this time already."),
    "too_many_waiting": ngettext_lazy(
        "You stand in line %(most)s time: leave one line first.",
        "You stand in line %(most)s times: leave one line first.",
        "most",
    ),
    # Programs of others
    "token_unknown": gettext_noop("There is no such token, it is over, or its holder is no rental manager here."),
    "token_busy": gettext_noop("No more than %(most)s requests a minute."),
    "too_many_tokens": gettext_noop("No more than %(most)s tokens at a time: revoke one first."),
    "scope_missing": gettext_noop("The token is not good for this: it lacks «%(scope)s»."),
    "idempotency_key_reused": gettext_noop("This idempotency key came before, with another request."),
    "too_many_webhooks": gettext_noop("No more than %(most)s webhooks at a time: remove one first."),
    # Placing an order
    "token_used": gettext_noop("This form was already sent. Open a new one."),
    "tariff_missing": gettext_noop("Choose a tariff."),
    "tariff_not_on_sale": gettext_noop("This tariff is not on sale here."),
    "person_not_chosen": gettext_noop("Choose a person from the list."),
    "company_not_of_customer": gettext_noop("This person does not order for this company."),
    "companies_overtaken": gettext_noop(
        "A company of this list was added at this very moment. Nothing is imported: press once more."
    ),
    "credit_exceeded": lambda left: (
        _("Beyond the limit of the company: %(sum)s more can be ordered on account.") % {"sum": format_money(left)}
    ),
    "company_known": lambda company: _("There is a company with this INN: %(name)s.") % {"name": company.name},
    "company_merged": gettext_noop("This company was merged into another: change that one."),
    "company_member_known": lambda person: _("%(name)s belongs to this company already.") % {"name": person.short_name},
    "no_places": gettext_noop("Book at least one place."),
    "too_many_tickets": ngettext_lazy(
        "At most %(most)s ticket in an order, here there would be %(count)s.",
        "At most %(most)s tickets in an order, here there would be %(count)s.",
        "most",
    ),
    "extra_not_on_sale": gettext_noop("This extra is not on sale here."),
    "extra_beyond_limit": gettext_noop("“%(extra)s”: at most %(most)s in an order."),
    "extra_taken": lambda extra, free: (
        _("“%(extra)s”: none is free at this time.") % {"extra": extra}
        if not free
        else ngettext(
            "“%(extra)s”: only %(count)s is free at this time.",
            "“%(extra)s”: only %(count)s are free at this time.",
            free,
        )
        % {"extra": extra, "count": free}
    ),
    "extra_just_taken": gettext_noop("An extra has just been taken at this time."),
    "discount_unexplained": gettext_noop("Say why the discount is given."),
    "discount_beyond_limit": lambda percent, most: (
        _("Your limit is %(percent)s%% of the price, here %(sum)s.") % {"percent": percent, "sum": format_money(most)}
    ),
    # Passes
    "pass_unknown": gettext_noop("The customer has no such pass here."),
    "pass_over": gettext_noop("This pass is over."),
    "pass_unpaid": gettext_noop("This pass is not paid in full: take the rest of its price first."),
    "pass_over_by_then": lambda day: _("This pass is good until %(day)s.") % {"day": date_format(day, DAY_AND_MONTH)},
    "pass_other_service": lambda services: _("This pass is for “%(services)s”.") % {"services": ", ".join(services)},
    "pass_other_unit": lambda unit: (
        _("This pass pays by the hour: choose such a tariff.")
        if unit == Unit.HOUR
        else _("This pass pays by the day: choose such a tariff.")
    ),
    "pass_too_little": lambda left, needed, unit: (
        _("The pass is not enough: %(needed)s are needed, %(left)s left.")
        % {"needed": units_text(needed, unit), "left": units_text(left, unit)}
    ),
    "pass_left_changed": lambda left, unit: (
        _("The pass was used meanwhile: %(left)s would be left of it. Check it and save again.")
        % {"left": units_text(left, unit)}
    ),
    "pass_terms_changed": lambda old, new, unit: (
        _("The pass has changed: it was %(old)s, now it is %(new)s. Check it and save again.")
        % {"old": terms_text(old, unit), "new": terms_text(new, unit)}
    ),
    "pass_services_changed": lambda services: (
        _("The pass has changed: now it pays for “%(services)s”. Check it and save again.")
        % {"services": ", ".join(services)}
    ),
    "pass_beside_discount": gettext_noop("An order from a pass has no discount and no promo code."),
    "pass_adds_no_tickets": gettext_noop("This order is paid from a pass: make another one for more places."),
    "pass_has_no_tickets": gettext_noop("A pass is sold here, there are no tickets to change."),
    "undo_pass_used": gettext_noop("What came back to the pass is used since: the change stays."),
    # Promo codes
    "promo_unknown": gettext_noop("There is no such promo code here. Check how it is written."),
    "promo_over": gettext_noop("This promo code is over."),
    "promo_too_early": lambda day: (
        _("This promo code can be used from %(day)s on.") % {"day": date_format(day, DAY_AND_MONTH)}
    ),
    "promo_other_services": lambda services: (
        _("This promo code is not for “%(services)s”.") % {"services": ", ".join(services)}
    ),
    "promo_other_days": lambda weekdays: (
        _("This promo code is for bookings on %(days)s.") % {"days": weekdays_short(weekdays)}
    ),
    "promo_used_up": gettext_noop("This promo code has been used as often as it may be."),
    "promo_used_by_customer": ngettext_lazy(
        "This promo code is used already: %(most)s time by one customer.",
        "This promo code is used already: %(most)s times by one customer.",
        "most",
    ),
    "promo_beside_discount": gettext_noop("An order has a promo code or a discount by hand, one of them."),
    "promo_gives_nothing": gettext_noop("This promo code changes nothing here: remove it."),
    "promo_guessed_too_often": gettext_noop("Too many wrong promo codes. Book without one, or wait an hour."),
    "promo_code_taken": gettext_noop("There is such a code already, perhaps in the archive."),
    "promo_fewer_than_used": ngettext_lazy(
        "It has been used %(used)s time already: no fewer, or archive it.",
        "It has been used %(used)s times already: no fewer, or archive it.",
        "used",
    ),
    "method_missing": gettext_noop("Choose how the order is paid."),
    "method_not_offered": gettext_noop("This service is not paid this way."),
    "shop_not_connected": gettext_noop("The YooKassa shop is not connected yet."),
    "email_missing": gettext_noop("Needed for the YooKassa receipt, or choose another way to pay."),
    "too_many_open_orders": ngettext_lazy(
        "%(most)s of your orders waits for its payment: pay it or cancel it first.",
        "%(most)s of your orders wait for their payment: pay or cancel one of them first.",
        "most",
    ),
    "price_changed": lambda old, new: (
        _("The price has changed: it was %(old)s, now it is %(new)s. Check it and save again.")
        % {"old": format_money(old), "new": format_money(new)}
    ),
    # A series
    "weeks_not_repeated": gettext_noop("Weeks and months are not repeated: give their number."),
    "last_repetition_missing": gettext_noop("Give the last day of the repetition."),
    "repetition_too_long": gettext_noop("The repetition ends after its first day, within a year."),
    "no_such_weekday": gettext_noop("No such weekday comes until that day."),
    "days_not_free": lambda days: (
        _("These days cannot be had: %(days)s. Leave them out by «only free days».")
        % {"days": ", ".join(f"{day:%d.%m}" for day in days)}
    ),
    "days_changed": gettext_noop("Other days are free by now. Look at them and save again."),
    # An existing order
    "transition_not_allowed": lambda status: (
        _("The order is “%(status)s”: this cannot be done any more.") % {"status": OrderStatus(status).label}
    ),
    "no_deadline": gettext_noop("Only an order that waits for its payment has a deadline."),
    "deadline_at_its_longest": gettext_noop("The deadline cannot be moved further: the service sets the longest."),
    "time_has_begun": gettext_noop("The booked time has begun: make a new order."),
    "customer_erased": gettext_noop("The data of the customer are erased: make a new order for somebody else."),
    "money_goes_back": gettext_noop("The money of this order is on its way back: make a new order."),
    "tickets_gone": gettext_noop("The tickets of this order cannot be restored."),
    # A change of tickets
    "nothing_changed": gettext_noop("Nothing is changed yet."),
    "plan_stale": gettext_noop("This comes to something else than was shown: look at it, then save again."),
    "ticket_not_changeable": gettext_noop("This ticket cannot be changed any more."),
    "ticket_is_over": gettext_noop("The time of this ticket is over: it cannot be changed any more."),
    "ticket_has_begun": gettext_noop("The time of this ticket has begun: it cannot begin at another."),
    "move_not_offered": gettext_noop("This booking is moved by a manager only: call us."),
    "move_too_late": ngettext_lazy(
        "A booking is moved until %(hours)s hour before its start: call us.",
        "A booking is moved until %(hours)s hours before its start: call us.",
        "hours",
    ),
    "ticket_is_passed_on": gettext_noop("This ticket is passed on: take it back first."),
    # Passing a ticket on
    "ticket_not_passed_on": gettext_noop("A ticket is passed on while it is valid: paid for, and not over."),
    "visitor_has_come": gettext_noop("Somebody has come on this ticket: it stays with its visitor."),
    "ticket_is_elsewhere": gettext_noop("The ticket was passed on or taken back meanwhile: see whose it is now."),
    "contact_takes_no_ticket": gettext_noop("A ticket cannot be passed on to this contact: give another one."),
    "booking_not_shared": gettext_noop("A booking is shared while it stands and is not over."),
    "end_is_over": gettext_noop("This end is already over."),
    "tickets_added": gettext_noop("The order has got other tickets meanwhile: nothing is cancelled, look once more."),
    "ticket_not_valid": gettext_noop("The ticket is not valid: there is nothing to send."),
    "ticket_without_email": gettext_noop("There is no e-mail to send it to: print the ticket."),
    "letter_just_sent": gettext_noop("The letter was sent less than a minute ago."),
    "last_ticket": gettext_noop("This is the last ticket of the order: cancel the order."),
    "undo_too_late": gettext_noop("The change can be undone for ten minutes, until its letter is sent."),
    "undo_overtaken": gettext_noop("The order has changed since: this change cannot be undone any more."),
    "undo_visitor_came": gettext_noop("Somebody has come in on a changed ticket since: the change stays."),
    "undo_money_moved": gettext_noop("Money has moved since: change the tickets back instead."),
    "returned_unexplained": gettext_noop("Say why another sum goes back than the terms say."),
    "time_is_over": gettext_noop("The booked time is over: there is nothing to cancel."),
    "pass_is_granted": gettext_noop("The pass can be used already: call us."),
    "booking_has_begun": gettext_noop("The booking has begun: call us."),
    "pass_back_changed": lambda back, unit: (
        _("The cancellation terms have changed meanwhile, now: %(what)s.") % {"what": given_back_text(back, unit)}
    ),
    "money_moved": lambda at_hand: (
        _("Money has moved meanwhile: %(sum)s is here now. Look once more.") % {"sum": format_money(at_hand)}
    ),
    "terms_changed": lambda new: (
        _("The cancellation terms have changed meanwhile: %(sum)s goes back now.") % {"sum": format_money(new)}
    ),
    "refund_needs_person": lambda most: (
        _("More than %(sum)s goes back: a person confirms that on the order's page.") % {"sum": format_money(most)}
    ),
    "cancelling_unexplained": gettext_noop("Say why the order is cancelled."),
    "nothing_to_pay": gettext_noop("There is nothing to pay on this order."),
    "too_many_attempts": gettext_noop("Too many payments were started in ten minutes. Wait a little, or call us."),
    "order_without_email": gettext_noop("The order has no e-mail: read the link out or show the QR code."),
    "link_just_sent": gettext_noop("The link was sent less than a minute ago."),
    "pay_by_in_past": gettext_noop("The day to pay by has passed."),
    "nothing_rendered": gettext_noop("An act is for a completed order that cost something."),
    "act_of_the_month": gettext_noop("The company pays by the month: the act of the month has this order."),
    "billed_by_month": gettext_noop("Invoice %(number)s of the month has this order."),
    "month_not_over": gettext_noop("This month is not over yet."),
    "nothing_on_account": gettext_noop("Nothing that is on account was completed by the end of this month."),
    "bill_is_right": gettext_noop("Nothing on this invoice and act has changed: there is nothing to correct."),
    "requisites_missing": gettext_noop("The requisites of the location are not filled in: ask the administrator."),
    # Money by hand
    "sum_not_above_zero": gettext_noop("Give a sum above zero."),
    "order_takes_no_money": lambda status: _("The order is “%(status)s”.") % {"status": OrderStatus(status).label},
    "more_than_due": lambda due: _("%(sum)s is left to pay.") % {"sum": format_money(due)},
    "beyond_the_bill": lambda due: (
        _("%(sum)s of the invoice is left to pay: say so if more came in.") % {"sum": format_money(due)}
    ),
    "rest_undecided": lambda left: (
        _("%(sum)s is left to pay: say whether the order is confirmed with a debt or goes on waiting.")
        % {"sum": format_money(left)}
    ),
    "owed_until_the_past": gettext_noop("The day until which the rest is owed must not be over."),
    "came_in_future": gettext_noop("Money cannot have come in the future."),
    "returned_in_future": gettext_noop("Money cannot have been given back in the future."),
    "correction_unexplained": gettext_noop("Say what was wrong."),
    "not_recorded_by_hand": gettext_noop("Only what was written down by hand can be corrected."),
    "sum_below_zero": gettext_noop("Give the right sum, or 0 to take the entry back."),
    "sum_unchanged": gettext_noop("This is the sum that is written down."),
    "correction_beyond_due": lambda most: (
        _("At most %(sum)s: no more than the order costs.") % {"sum": format_money(most)}
    ),
    "approval_waits": gettext_noop("A request of this order waits for a second person: it is decided first."),
    "more_returned_than_paid": gettext_noop("More would be returned than was ever paid."),
    "refund_unexplained": gettext_noop("Say why money is returned."),
    "more_than_refundable": lambda most: _("At most %(sum)s can be returned.") % {"sum": format_money(most)},
    "refund_not_sendable": gettext_noop("YooKassa cannot take this refund: return the money in its cabinet."),
    "rest_too_small": gettext_noop("Less than 1 ₽ cannot be left: return all of it, or leave at least 1 ₽."),
    # Cases
    "resolution_missing": gettext_noop("Say how it was settled."),
    "case_closed": gettext_noop("Somebody has settled this already."),
    "own_request": gettext_noop("You have asked for this yourself: a second person approves it."),
    "nothing_to_decide": gettext_noop("There is nothing to approve here."),
    "decided_not_settled": gettext_noop("This is approved or turned down."),
    "nothing_to_ask": gettext_noop("There is nothing to ask YooKassa about."),
    "no_failed_refund": gettext_noop("No refund of this line has failed."),
    "money_is_gone": gettext_noop("This money is not here any more: it went back in another way."),
    "not_waiting_for_settings": gettext_noop("This line does not wait for the settings of the shop."),
    "key_refused": gettext_noop("YooKassa refuses our key: nothing can be asked until it is right."),
    "provider_knows_nothing": gettext_noop("YooKassa does not know it."),
    "provider_silent": gettext_noop("YooKassa does not answer. Try again in a minute."),
}


def refusal_text(refusal: Refusal) -> str:
    """Return why something was refused: «Вернуть можно не больше 200 ₽.»"""
    return reason_text(refusal.reason, **refusal.facts)


def reason_text(reason: str, **facts: Any) -> str:
    """Return a reason in words, with its facts."""
    return say(ChainMap(SENTENCES, of_coworking.SENTENCES, of_accounts.SENTENCES)[reason], facts)
