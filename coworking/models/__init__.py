"""What can be occupied, and when."""

from coworking.models.block import Block
from coworking.models.document_draft import DocumentDraft
from coworking.models.location import Location, OpeningHours
from coworking.models.picture import MOST_PHOTOS, Photo, Picture, PictureFile
from coworking.models.policy import CancellationStep
from coworking.models.price import TariffPrice
from coworking.models.seat import PlanItem, Seat
from coworking.models.seller import Seller, SellerTax, Subject, TaxSystem, Vat, free_of_vat
from coworking.models.service import PAYING_METHODS, Extra, PaymentMethod, Rule, Service, Tariff, Unit
from coworking.models.settings_event import Section, SettingsEvent
from coworking.models.share import TicketShare
from coworking.models.ticket import BLOCKING, Ticket, TicketFacet, TicketStatus
from coworking.models.visit import Lateness, Visit, VisitSource
from coworking.models.waiting import WaitingStatus, WaitingVisitor, WaitingWish, WaitingWishQuerySet
