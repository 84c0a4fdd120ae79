"""What can be occupied, and when."""

from coworking.models.block import Block
from coworking.models.document_draft import DocumentDraft
from coworking.models.location import Location, OpeningHours
from coworking.models.picture import MOST_PHOTOS, Photo, Picture, PictureFile
from coworking.models.policy import CancellationStep
from coworking.models.price import TariffPrice
from coworking.models.seat import PlanItem, Seat
from coworking.models.seller import Seller, SellerTax, Subject, TaxSystem, Vat
from coworking.models.service import PAYING_METHODS, Extra, PaymentMethod, Rule, Service, Tariff, Unit
from coworking.models.settings_event import Section, SettingsEvent
from coworking.models.share import TicketShare
from coworking.models.ticket import BLOCKING, Ticket, TicketFacet, TicketStatus
from coworking.models.visit import Lateness, Visit, VisitSource
from coworking.models.waiting import WaitingStatus, WaitingVisitor, WaitingWish, WaitingWishQuerySet

__all__ = [
    "BLOCKING",
    "MOST_PHOTOS",
    "PAYING_METHODS",
    "Block",
    "CancellationStep",
    "DocumentDraft",
    "Extra",
    "Lateness",
    "Location",
    "OpeningHours",
    "PaymentMethod",
    "Photo",
    "Picture",
    "PictureFile",
    "PlanItem",
    "Rule",
    "Seat",
    "Section",
    "Seller",
    "SellerTax",
    "Service",
    "SettingsEvent",
    "Subject",
    "Tariff",
    "TariffPrice",
    "TaxSystem",
    "Ticket",
    "TicketFacet",
    "TicketShare",
    "TicketStatus",
    "Unit",
    "Vat",
    "Visit",
    "VisitSource",
    "WaitingStatus",
    "WaitingVisitor",
    "WaitingWish",
    "WaitingWishQuerySet",
]
