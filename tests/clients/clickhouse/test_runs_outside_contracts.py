"""A billing run makes no draft for a contract whose dates lie outside the period."""

from typing import cast

from clickhouse_connect.driver.client import Client

from activities.billing.drafting import Drafting
from activities.billing.prepared_drafts import PreparedDrafts
from activities.clients.clickhouse.warehouse import Warehouse
from activities.contracts.terms_reader import ContractTermsReader
from models.billing.ports import Batch
from tests.clients.clickhouse.test_empty_values import NOTHING_ELSE, SameTerms, StoredDrafts, contract, insert
from tests.fixtures.invoices import FEBRUARY, ISSUED_ON


async def test_a_run_refuses_contracts_outside_their_dates(tables: Client, warehouse: Warehouse) -> None:
    insert(tables, "cdm.jira_customers", customer_key="CUST-1", company_name="Acme")
    fixed = {"application_name": "Acme", "description": "", "deal_type": "FP", "deal_amount": 1000}
    dates = {
        "ENDED": {"start_date": "2024-01-01", "finish_date": "2025-12-31"},
        "FUTURE": {"start_date": "2026-03-01"},
        "ENDING": {"start_date": "2024-01-01", "finish_date": "2026-02-14"},
        "RUNNING": {"start_date": "2024-01-01"},
    }
    for key, changes in dates.items():
        contract(tables, key, **fixed, **changes)
    stored = StoredDrafts()
    same_terms = cast(ContractTermsReader, SameTerms())
    drafting = Drafting(warehouse, same_terms, NOTHING_ELSE, cast(PreparedDrafts, stored))
    batch = Batch(billing_run_id="r", period=FEBRUARY, invoice_date=ISSUED_ON, application_keys=tuple(dates))
    result = await drafting.prepare_batch(batch)
    assert result.prepared == ("ENDING", "RUNNING")
    assert {each.application_key: each.code for each in result.refused} == {
        "ENDED": "OutsideContract",
        "FUTURE": "OutsideContract",
    }
    assert all("2025-12-31" in each.message or "2026-03-01" in each.message for each in result.refused)
    assert any("14 of the 28 days" in warning for warning in stored.drafts["ENDING"].warnings)
