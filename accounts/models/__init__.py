"""People, their roles, and records of what they did."""

from accounts.models.access import AccessEvent, Screen, SearchCount
from accounts.models.calendar_feed import CalendarFeed
from accounts.models.company import Company, CompanyAction, CompanyEvent, CompanyMember
from accounts.models.documents import (
    ACCEPTED,
    CONSENTS,
    OF_LOCATIONS,
    Channel,
    ConsentAction,
    ConsentEvent,
    Document,
    DocumentKind,
)
from accounts.models.erasure import Erasure, ErasureGround, RetentionHold
from accounts.models.lists import ListName, SavedFilter
from accounts.models.merge import CompanyMerge, PersonMerge
from accounts.models.people import User
from accounts.models.people_import import Basis, PeopleImport, UploadedList
from accounts.models.rights import Membership, Right, Role, RoleAction, RoleEvent
from accounts.models.security import SecurityEvent, SecurityKind
