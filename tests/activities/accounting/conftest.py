"""The activities of accounting against the sandbox."""

import pytest

from activities.accounting.shipments import Accounting
from activities.clients.planfact.client import PlanFact
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from tests.activities.accounting.posting import accounting_on


@pytest.fixture
def accounting(books: PlanFact, store: DocumentStore, ledger: Ledger) -> Accounting:
    return accounting_on(books, store, ledger)
