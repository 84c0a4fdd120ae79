"""The provider's reasons in words for people. Codes nobody knows yet read as a refusal without a reason."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

NO_REASON = gettext_noop("the bank gave no reason")
# As the provider lists them in its article on declined payments.
DECLINES = {
    "3d_secure_failed": gettext_noop("the code from the bank was not confirmed"),
    "call_issuer": gettext_noop("the bank asks the card holder to call"),
    "card_expired": gettext_noop("the card has expired"),
    "country_forbidden": gettext_noop("cards of this country are not accepted"),
    "fraud_suspected": gettext_noop("the payment looked suspicious"),
    "identification_required": gettext_noop("the wallet is not identified"),
    "insufficient_funds": gettext_noop("not enough money"),
    "internal_timeout": gettext_noop("the payment service did not answer in time"),
    "invalid_card_number": gettext_noop("the card number is wrong"),
    "invalid_csc": gettext_noop("the card's CVV code is wrong"),
    "issuer_unavailable": gettext_noop("the bank did not answer"),
    "loan_declined": gettext_noop("the loan was refused"),
    "payment_method_limit_exceeded": gettext_noop("the limit of the card or wallet is used up"),
    "payment_method_restricted": gettext_noop("the bank has restricted the card"),
    "permission_revoked": gettext_noop("the permission to charge was taken back"),
    "unsupported_mobile_operator": gettext_noop("payments of this mobile operator are not accepted"),
    "canceled_by_merchant": gettext_noop("the payment was cancelled on our side"),
    "expired_on_capture": gettext_noop("the payment was cancelled on our side"),
    "expired_on_confirmation": gettext_noop("the payment was not finished in time"),
}
# As the provider lists them in its article on refunds.
REFUND_DECLINES = {
    "insufficient_funds": gettext_noop("not enough money on our account at YooKassa"),
    "rejected_by_payee": gettext_noop("the receiver refused the money"),
    "rejected_by_timeout": gettext_noop("the bank did not answer in time"),
    "yoo_money_account_closed": gettext_noop("the receiver's wallet is closed"),
    "payment_expired": gettext_noop("the payment is too old to be returned"),
    # Our own: the answer was lost, and a person has seen that nothing was made.
    "not_made": gettext_noop("the refund was never made at YooKassa"),
}
# What can differ between our payment and YooKassa's, by the first word of `decisions.difference`.
DIFFERENCES = {
    "amount": gettext_noop("YooKassa names another sum"),
    "currency": gettext_noop("YooKassa names another currency"),
    "shop": gettext_noop("the payment belongs to another shop"),
    "test": gettext_noop("a test payment was mixed up with a real one"),
    "id": gettext_noop("another payment answers for this one"),
    "metadata": gettext_noop("the payment does not name this order"),
    "page": gettext_noop("the payment page is at a foreign address"),
    "unknown": gettext_noop("YooKassa does not know this payment"),
    "canceled": gettext_noop("YooKassa has cancelled what it had called paid"),
    "refund": gettext_noop("another refund answers for this one"),
}


def decline_text(reason: str) -> str:
    """Say why a payment was declined: «недостаточно средств»."""
    return _(DECLINES.get(reason, NO_REASON))


def refund_decline_text(reason: str) -> str:
    """Say why a refund was refused: «получатель отклонил перевод»."""
    return _(REFUND_DECLINES.get(reason, NO_REASON))


def difference_text(difference: str) -> str:
    """Say what differs from what we asked for: «в ЮKassa другая сумма»."""
    head = difference.partition(" ")[0]
    return _(DIFFERENCES[head]) if head in DIFFERENCES else difference
