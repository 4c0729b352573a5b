"""The activities that make drafts, with their client of ClickHouse."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.billing.cloud_costs import CloudCostReader
from activities.billing.drafting import Drafting
from activities.billing.existing_invoices import ExistingInvoices
from activities.billing.partner_drafting import PartnerDrafting
from activities.billing.prepared_drafts import PreparedDrafts
from activities.billing.ready_orders import ReadyOrderActivities
from activities.clients.clickhouse.warehouse import Warehouse
from activities.contracts.terms_reader import ContractTermsReader
from activities.invoice.billed_work import BilledWorkReader
from settings import Settings


def activities(settings: Settings, engine: AsyncEngine, stack: AsyncExitStack) -> list[Callable[..., Any]]:
    """Return the activities of this domain; `stack` closes their client."""
    clickhouse = settings.clickhouse
    warehouse = Warehouse.at(clickhouse.url.get_secret_value(), clickhouse.timeout_seconds)
    stack.callback(warehouse.close)
    drafting = Drafting(
        warehouse,
        ContractTermsReader(engine),
        BilledWorkReader(engine),
        PreparedDrafts(engine),
        CloudCostReader(engine),
    )
    ready = ReadyOrderActivities(engine)
    return [
        drafting.fetch_draft,
        drafting.prepare_batch,
        drafting.active_contracts,
        PartnerDrafting(engine).draft_orders,
        ready.due,
        ready.close,
        ready.place_ready,
        ExistingInvoices(engine).invoiced,
    ]
