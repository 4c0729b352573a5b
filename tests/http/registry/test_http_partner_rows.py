"""A partner invoice in the registry: it has no contract, so the contract's fields are empty."""

import csv
import io

from activities.invoice.projection import InvoiceProjection
from tests.fixtures.invoices import partner_content
from tests.http.callers import Caller, draft_of


async def test_a_partner_invoice_has_no_contract(viewer: Caller, records: InvoiceProjection, key: str) -> None:
    made = draft_of(key)
    content = partner_content(made.content)
    basis = content.basis.model_copy(update={"partner_key": key})
    await records.project(made.model_copy(update={"content": content.model_copy(update={"basis": basis})}))
    [row] = (await viewer.get("/invoices", params={"customer_key": key})).json()["data"]
    assert (row["id"], row["kind"], row["customer_key"]) == (made.id, "partner", key)
    contract_fields = ("application_key", "application_name", "deal_type", "client_type")
    assert [row[field] for field in contract_fields] == [None] * 4
    exported = await viewer.get("/invoices.csv", params={"customer_key": key})
    [exported_row] = csv.DictReader(io.StringIO(exported.content.decode("utf-8-sig")))
    assert [exported_row[field] for field in contract_fields] == [""] * 4
