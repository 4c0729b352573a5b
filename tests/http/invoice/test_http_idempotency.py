"""Repeated keys of `generate`: with the same body nothing is done twice, with another body the request is refused."""

from typing import Any

import httpx
import pytest

from models.invoice.commands import Discard, Finalize
from models.invoice.lifecycle import apply
from tests.fixtures.invoices import contract
from tests.http.callers import NOW, Caller, Rules, data_of, draft_of, error_of
from workflows.client import invoices
from workflows.client.errors import OutcomeUnknown

DATES = {"period_start": "2026-02-01", "period_end": "2026-02-28"}
KEY = {"Idempotency-Key": "k-1"}


async def generate(caller: Caller, body: dict[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
    return await caller.post("/invoices/generate", DATES | body, headers=headers)


async def prefilled(caller: Caller, key: str) -> dict[str, Any]:
    found: dict[str, Any] = data_of(await caller.post("/invoices/prefill", {"application_key": key} | DATES))
    return found


async def generate_without_answer(caller: Caller, rules: Rules, body: dict[str, Any]) -> None:
    """Create the draft, and answer 504 as if the workflow's answer had been lost."""

    async def lost(*given: Any, **options: Any) -> None:
        await rules.generate(*given, **options)
        raise OutcomeUnknown("w")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(invoices, "generate", lost)
        error_of(await generate(caller, body, KEY), 504, "OUTCOME_UNKNOWN")


@pytest.mark.parametrize("first", [{}, {"total_amount": "100.00"}])
async def test_another_body_with_the_same_key_is_refused(
    editor: Caller, rules: Rules, key: str, first: dict[str, Any]
) -> None:
    made = data_of(await generate(editor, {"application_key": key} | first, KEY), 201)
    other = {"application_key": key, "total_amount": "200.00"}
    error = error_of(await generate(editor, other, KEY), 409, "CONFLICT")
    assert error["details"]["reason"] == "KeyReused"
    assert error["details"]["invoice_id"] == made["id"]
    assert "Idempotency-Key" in error["message"]
    assert len(rules.made) == 1
    assert data_of(await editor.get(f"/invoices/{made['id']}")) == made


async def test_a_key_with_colons_is_not_confused_with_a_shorter_key(editor: Caller, rules: Rules, key: str) -> None:
    made = data_of(await generate(editor, {"application_key": key}, {"Idempotency-Key": "a:b"}), 201)
    met = data_of(await generate(editor, {"application_key": key}, {"Idempotency-Key": "a"}), 200)
    assert met["id"] == made["id"]


async def test_the_longest_key_fits(editor: Caller, rules: Rules, key: str) -> None:
    body = {"application_key": key, "total_amount": "100.00"}
    made = data_of(await generate(editor, body, {"Idempotency-Key": "x" * 150}), 201)
    assert made["total_amount"] == "100.00"


async def test_an_edit_with_the_key_of_the_draft_is_another_request(editor: Caller, rules: Rules, key: str) -> None:
    made = data_of(await generate(editor, {"application_key": key, "total_amount": "100.00"}, KEY), 201)
    edit = {"expected_revision": made["revision"], "payment_days": 10}
    edited = data_of(await editor.patch(f"/invoices/{made['id']}", edit, headers=KEY))
    assert [edited["payment_days"], edited["total_amount"]] == [10, "100.00"]


async def test_a_repeat_may_name_rows_that_its_first_request_removed(editor: Caller, rules: Rules, key: str) -> None:
    """An overtime amount typed by hand replaces the overtime rows, which the repeated body still contains."""
    body = await prefilled(editor, key) | {"overtime_hours": "3.00", "overtime_amount": "1000.00"}
    made = data_of(await generate(editor, body, KEY), 201)
    assert made["overtime_amount"] == "1000.00"
    assert data_of(await generate(editor, body, KEY), 201) == made
    assert len(rules.made) == 1


async def test_a_repeat_returns_the_draft_with_later_edits(editor: Caller, rules: Rules, key: str) -> None:
    """The first request was executed, so a repeat changes nothing."""
    body = await prefilled(editor, key)
    made = data_of(await generate(editor, body, KEY), 201)
    change = {"op": "remove", "id": body["line_items"][-1]["id"]}
    edit = {"expected_revision": made["revision"], "line_changes": [change]}
    edited = data_of(await editor.patch(f"/invoices/{made['id']}", edit))
    assert data_of(await generate(editor, body, KEY), 201) == edited
    assert len(rules.made) == 1


async def test_informative_fields_do_not_change_the_fingerprint(editor: Caller, rules: Rules, key: str) -> None:
    body: dict[str, Any] = {"application_key": key}
    made = data_of(await generate(editor, body, KEY), 201)
    again = await generate(editor, body | {"customer": {"name": "\ud800"}, "total_hours": "1.00"}, KEY)
    assert data_of(again, 201) == made


async def test_a_repeat_does_not_read_the_contract_again(editor: Caller, rules: Rules, key: str) -> None:
    body = await prefilled(editor, key) | {"total_amount": "100.00"}
    made = data_of(await generate(editor, body, KEY), 201)
    rules.contract_of = lambda key: contract(application_key=key)  # the contract has no worklogs any more
    assert data_of(await generate(editor, body, KEY), 201) == made


async def test_a_repeat_after_a_lost_answer_returns_the_draft(editor: Caller, rules: Rules, key: str) -> None:
    body = {"application_key": key, "total_amount": "100.00"}
    await generate_without_answer(editor, rules, body)
    made = data_of(await generate(editor, body, KEY), 201)
    assert [made["total_amount"], made["revision"]] == ["100.00", 2]
    assert len(rules.made) == 1


async def test_a_repeat_after_a_lost_answer_keeps_later_edits(editor: Caller, rules: Rules, key: str) -> None:
    body = {"application_key": key, "total_amount": "100.00"}
    await generate_without_answer(editor, rules, body)
    [draft] = rules.made
    edit = {"expected_revision": 2, "total_amount": "300.00"}
    edited = data_of(await editor.patch(f"/invoices/{draft.id}", edit))
    assert data_of(await generate(editor, body, KEY), 201) == edited


async def test_a_repeat_after_finalize_returns_the_invoice(editor: Caller, rules: Rules, key: str) -> None:
    body = {"application_key": key, "total_amount": "100.00"}
    made = data_of(await generate(editor, body, KEY), 201)
    await rules.put(apply(rules.invoices[made["workflow_id"]], Finalize(by="lena"), NOW))
    assert data_of(await generate(editor, body, KEY), 201)["id"] == made["id"]


async def test_another_users_draft_with_other_rows_is_a_conflict(editor: Caller, rules: Rules, key: str) -> None:
    body = await prefilled(editor, key)
    standing = await rules.put(draft_of(key))
    change = {"op": "remove", "id": body["line_items"][-1]["id"]}
    edit = {"expected_revision": 1, "line_changes": [change]}
    edited = data_of(await editor.patch(f"/invoices/{standing.id}", edit))
    error = error_of(await generate(editor, body), 409, "CONFLICT")
    assert error["details"]["reason"] == "AlreadyInvoiced"
    assert [error["details"]["invoice_id"], error["details"]["current_revision"]] == [standing.id, edited["revision"]]


async def test_a_key_may_be_used_again_after_a_discard(editor: Caller, rules: Rules, key: str) -> None:
    made = data_of(await generate(editor, {"application_key": key}, KEY), 201)
    await rules.put(apply(rules.invoices[made["workflow_id"]], Discard(by="lena"), NOW))
    other = data_of(await generate(editor, {"application_key": key, "total_amount": "100.00"}, KEY), 201)
    assert other["id"] != made["id"]


async def test_generate_bulk_takes_no_idempotency_key(http: httpx.AsyncClient) -> None:
    """A run is identified by its period and contracts, so the route has no such header."""
    described = (await http.get("/openapi.json")).json()["paths"]
    bulk, one = (described[f"/api/v1/invoices/{path}"]["post"] for path in ("generate-bulk", "generate"))
    named = [{parameter["name"] for parameter in each.get("parameters", ())} for each in (bulk, one)]
    assert named == [set(), {"Idempotency-Key"}]
    assert "Idempotency-Key" in bulk["description"]
