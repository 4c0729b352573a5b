"""All tables: Alembic and the tests import this module to find every table.

`migrations/` creates the tables; a test compares the two. No workflow imports this module.
"""

from sqlmodel import SQLModel

from models.access import tables as access
from models.accounting import tables as accounting
from models.billing import tables as billing
from models.bills import tables as bills
from models.bills.allocation import tables as bill_allocation
from models.bills.finance import tables as finance
from models.bills.matching import tables as bill_matching
from models.contracts import tables as contracts
from models.documents import tables as documents
from models.events import tables as events
from models.invoice import tables as invoice
from models.invoice.acts import tables as acts
from models.invoice.bounces import tables as bounces
from models.invoice.portal import tables as portal
from models.invoice.signing import tables as signing
from models.issuer import tables as issuer
from models.notifications import tables as notifications
from models.partners import tables as partners
from models.partners.batches import tables as batches
from models.partners.kpi import tables as kpi
from models.partners.orders import tables as orders
from models.quotes import tables as quotes
from models.quotes.quote import tables as quote_records
from models.quotes.rates import tables as quote_rates
from models.settings import tables as settings

METADATA = SQLModel.metadata

__all__ = [
    "METADATA",
    "access",
    "accounting",
    "acts",
    "batches",
    "bill_allocation",
    "bill_matching",
    "billing",
    "bills",
    "bounces",
    "contracts",
    "documents",
    "events",
    "finance",
    "invoice",
    "issuer",
    "kpi",
    "notifications",
    "orders",
    "partners",
    "portal",
    "quote_rates",
    "quote_records",
    "quotes",
    "settings",
    "signing",
]
