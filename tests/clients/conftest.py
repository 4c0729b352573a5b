"""The clients as the worker builds them, connected to the sandboxes, which run in a process of their own."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import pytest

from activities.clients.didox import client as didox
from activities.clients.didox.client import ActDraft, ActLine, Didox
from activities.clients.planfact import client as planfact
from activities.clients.planfact.client import PlanFact
from activities.clients.planfact.records import ShipmentDraft, ShipmentLine
from tests.fixtures.sandboxes import (
    COMPANY_ID,
    PARTNER_TOKEN,
    PASSWORD,
    PLANFACT_KEY,
    SELLER_TIN,
    Sandbox,
)

# Long enough for a busy machine; tests of late answers set a shorter one.
TIMEOUT_SECONDS = 30.0
HOURLY = "b78ac753-0bbb-41aa-9408-b23700c9f2b4"
SUPPORT = "d9c144af-dd05-4f68-b136-b37100f12f8a"


@pytest.fixture
async def books(planfact_sandbox: Sandbox) -> AsyncIterator[PlanFact]:
    """The client of a PlanFact sandbox that has the contract of the prefill example."""
    contract = {"application_key": "APP-001", "customer_name": "Acme Corp", "tin": "123456789"}
    planfact_sandbox.admin("seed", {"applications": [contract]})
    async with planfact.connect(planfact_sandbox.url, PLANFACT_KEY, TIMEOUT_SECONDS) as http:
        yield PlanFact(http, COMPANY_ID)


@pytest.fixture
async def shipment(books: PlanFact) -> ShipmentDraft:
    """The prefill example: base 15 000 000.00 and 5.50 hours of overtime for 825 000.00."""
    deal, project = await books.find_deal("APP-001"), await books.find_project("APP-001")
    category = await books.find_category("Продажа услуг")
    assert deal is not None
    assert project is not None
    assert category is not None
    return ShipmentDraft(
        day=date(2026, 2, 28),
        deal_id=deal.id,
        contragent_id=deal.contragent_id,
        project_id=project.id,
        category_id=category.id,
        currency="UZS",
        comment="Акт 17 [inv:0193]",
        external_id="inv:0193",
        lines=(
            ShipmentLine(product_id=SUPPORT, count=Decimal("1"), value=Decimal("15000000.00")),
            ShipmentLine(product_id=HOURLY, count=Decimal("5.50"), value=Decimal("825000.00")),
        ),
    )


@pytest.fixture
async def operator(didox_sandbox: Sandbox) -> AsyncIterator[Didox]:
    async with didox.connect(didox_sandbox.url, PARTNER_TOKEN, TIMEOUT_SECONDS) as http:
        yield Didox(http, SELLER_TIN, PASSWORD)


@pytest.fixture
def act() -> ActDraft:
    return ActDraft(
        number="17",
        act_date=date(2026, 2, 28),
        text="Акт выполненных работ",
        contract_number="D-12",
        contract_date=date(2026, 1, 15),
        seller_name="ProximaOps",
        buyer_tin="123456789",
        buyer_name="Acme Corp",
        lines=(
            ActLine(
                name="Monthly support — February 2026",
                count=Decimal("1"),
                price=Decimal("15000000.00"),
                total=Decimal("15000000.00"),
                measure_id=1,
            ),
        ),
    )
