"""All tables: Alembic and the tests import this module to find every table.

`migrations/` creates the tables; a test compares the two. No workflow imports this module.
"""

from sqlmodel import SQLModel

from models.access import tables as access
from models.accounting import tables as accounting
from models.billing import tables as billing
from models.contracts import tables as contracts
from models.documents import tables as documents
from models.events import tables as events
from models.invoice import tables as invoice
from models.invoice.signing import tables as signing
from models.issuer import tables as issuer
from models.notifications import tables as notifications
from models.settings import tables as settings

METADATA = SQLModel.metadata

__all__ = [
    "METADATA",
    "access",
    "accounting",
    "billing",
    "contracts",
    "documents",
    "events",
    "invoice",
    "issuer",
    "notifications",
    "settings",
    "signing",
]
