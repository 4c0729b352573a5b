"""The activities of accounting, with their client of PlanFact."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.accounting.incomes import IncomePostings
from activities.accounting.revenue import RevenueActivities
from activities.accounting.shipments import Accounting
from activities.accounting.snapshots import DailySnapshot
from activities.clients.planfact import client as planfact
from activities.clients.planfact.client import PlanFact
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from settings import Settings


async def activities(
    settings: Settings, engine: AsyncEngine, store: DocumentStore, ledger: Ledger, stack: AsyncExitStack
) -> list[Callable[..., Any]]:
    """Return the activities of this domain; `stack` closes their client. Without an address there is no client."""
    configured = settings.planfact
    client = None
    if configured.url:
        http = planfact.connect(configured.url, configured.api_key, configured.timeout_seconds)
        client = PlanFact(await stack.enter_async_context(http), configured.company_id)
    settle = timedelta(seconds=configured.settle_seconds)
    accounting = Accounting(
        client,
        store,
        ledger,
        hourly_product_id=configured.hourly_product_id,
        support_product_id=configured.support_product_id,
        category=configured.income_category,
        settle=settle,
        books_payments=configured.book_payments,
    )
    postings = IncomePostings(
        client,
        store,
        ledger,
        account_id=configured.account_id if configured.book_payments else None,
        category=configured.income_category,
        settle=settle,
    )
    revenue = RevenueActivities(engine)
    return [
        accounting.post,
        accounting.reverse,
        postings.post,
        postings.reverse,
        revenue.recognise,
        revenue.reverse,
        DailySnapshot(engine).take,
    ]
