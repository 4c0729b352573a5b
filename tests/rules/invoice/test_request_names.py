"""JSON has the field names of histories and PostgreSQL, although the code uses other names."""

import json
from datetime import date

from pydantic_core import to_json

from models.billing.ports import Batch, DraftInput
from models.invoice.commands import Hold
from models.invoice.content.draft_request import DraftRequest
from models.invoice.invoice import Invoice
from tests.fixtures.invoices import FEBRUARY, new_invoice

OLD = {
    "application_key": "APP-001",
    "period": FEBRUARY.model_dump(mode="json"),
    "by": "lena",
    "request_id": "generate:k:1",
}


def test_a_command() -> None:
    typed = Hold.model_validate({"reason": "a reason", "request_id": "hold:k"})
    assert typed == Hold(reason="a reason", idempotency_key="hold:k")
    assert json.loads(typed.model_dump_json())["request_id"] == "hold:k"
    assert Hold.model_validate(typed.model_dump()) == typed


def test_the_digest_of_a_request_does_not_depend_on_the_key() -> None:
    one, other = (Hold(reason="a reason", idempotency_key=key) for key in ("a", "b"))
    assert one.request_fingerprint.removeprefix("a:") == other.request_fingerprint.removeprefix("b:")


def test_a_request_for_a_draft_inside_another_message() -> None:
    """Temporal's converter calls `to_json`."""
    drafting = DraftInput.model_validate({"request": OLD, "invoice_date": "2026-03-01"})
    assert drafting.request.request_fingerprint == "generate:k:1"
    assert json.loads(to_json(drafting))["request"]["request_id"] == "generate:k:1"
    assert json.loads(drafting.model_dump_json())["request"]["request_id"] == "generate:k:1"
    assert DraftRequest.model_validate(OLD).billing_run_id is None


def test_an_invoice_of_the_record() -> None:
    kept = new_invoice().model_copy(update={"request_fingerprints": ("edit:k:1",)})
    stored = kept.model_dump(mode="json")
    assert stored["request_ids"] == ["edit:k:1"]
    assert Invoice.model_validate(stored) == kept


def test_a_batch() -> None:
    batch = Batch(billing_run_id="r", period=FEBRUARY, invoice_date=date(2026, 3, 1), application_keys=())
    assert json.loads(to_json(batch))["run_id"] == "r"
    assert Batch.model_validate_json(to_json(batch)) == batch
