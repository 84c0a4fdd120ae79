"""Orders and their money."""

from orders.models.act import Act, ActSeries
from orders.models.approval import ApprovalKind, ApprovalState, MoneyApproval
from orders.models.bulk import BulkAction, BulkItem, BulkKind, BulkState
from orders.models.case import CaseKind, MoneyCase
from orders.models.company_import import CompanyImport
from orders.models.event import NEWS, EventKind, OrderEvent
from orders.models.export import Export, ExportFormat, ExportStatus
from orders.models.facet import OrderFacet
from orders.models.handover import Handover
from orders.models.invoice import IssuedInvoice
from orders.models.job import Job
from orders.models.last_look import LastLook
from orders.models.ledger import EntryKind, LedgerEntry
from orders.models.line import LineKind, OrderLine
from orders.models.link import PaymentLink
from orders.models.message import Message, MessageKind
from orders.models.month_bill import BillCorrection, BilledOrder, BillLetter, MonthBill
from orders.models.offline_scan import OfflineScan
from orders.models.order import Order, OrderStatus, PaymentStatus, shown_by, shown_methods
from orders.models.passes import Pass, PassEntry, PassEntryKind
from orders.models.payment_attempt import OffsetReceipt, PaymentAttempt, ReceiptState, Refund
from orders.models.programs import ApiRequest, ApiToken, Delivery, DeliveryStatus, Scope, Webhook
from orders.models.promo import PromoCode, PromoUse
from orders.models.provider_notification import ProviderNotification
from orders.models.provider_request import ProviderRequest
from orders.models.terms import AcceptedTerms
from orders.models.waiting import WaitedOrder, WaitingLetter, WaitingLetterKind
