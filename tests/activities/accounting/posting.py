"""The activities of accounting, and the contract of the tests in the sandbox."""

from datetime import timedelta
from typing import Any

from activities.accounting.incomes import IncomePostings
from activities.accounting.shipments import Accounting
from activities.clients.planfact.client import PlanFact
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from tests.fixtures.issued_invoices import SETTLE
from tests.fixtures.sandboxes import HOURLY_PRODUCT_ID, SUPPORT_PRODUCT_ID, Sandbox

SHIPMENT = "operations/shipment"
INCOME = "operations/income"
UZS_ACCOUNT, USD_ACCOUNT = 90_000_000, 90_000_001  # the accounts of the sandbox


def accounting_on(
    books: PlanFact | None, store: DocumentStore, ledger: Ledger, settle: timedelta = SETTLE
) -> Accounting:
    return Accounting(
        books,
        store,
        ledger,
        hourly_product_id=HOURLY_PRODUCT_ID,
        support_product_id=SUPPORT_PRODUCT_ID,
        settle=settle,
    )


def incomes_on(
    books: PlanFact | None,
    store: DocumentStore,
    ledger: Ledger,
    settle: timedelta = SETTLE,
    account_id: int | None = UZS_ACCOUNT,
) -> IncomePostings:
    return IncomePostings(books, store, ledger, account_id=account_id, settle=settle)


def seed(
    sandbox: Sandbox,
    key: str = "APP-001",
    *,
    company_archived: bool = False,
    account_archived: bool = False,
    **flags: Any,
) -> None:
    contract = {"application_key": key, "customer_name": "Acme Corp", "tin": "123456789", **flags}
    archived = {"company_archived": company_archived, "account_archived": account_archived}
    sandbox.admin("seed", {"applications": [contract], **archived})


def creations(sandbox: Sandbox, path: str = SHIPMENT) -> int:
    """Return how many requests to create an operation reached PlanFact."""
    return sum(request["method"] == "POST" and request["path"].endswith(path) for request in sandbox.requests())
