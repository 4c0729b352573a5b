"""Generate: the new draft, repeated requests, edits of the prefill result, bad bodies and failures."""

from typing import Any

import pytest

from api.invoice.bodies import Generate
from api.invoice.prefill_schemas import LineView, PrefillView
from models.contracts.contract import DealType
from models.invoice.commands import Discard
from models.invoice.lifecycle import apply
from models.values.failure_codes import Failure
from tests.http.callers import NOW, Caller, Rules, data_of, draft_of, error_of, seed_contract
from tests.http.invoice.prefill_example import DATES, SEED, SEED_TASK, has
from workflows.client.errors import OutcomeUnknown, RequestFailed, TemporalUnavailable, WorkflowClosed


class TestGenerate:
    async def test_a_repeated_request_returns_the_existing_draft(self, editor: Caller, rules: Rules, key: str) -> None:
        body = {"application_key": key, **DATES}
        made = data_of(await editor.post("/invoices/generate", body), 201)
        assert has(made, SEED | {"application_key": key, "status": "draft", "revision": 1, "display_number": None})
        assert made["created"]["by"] == "lena"
        again = data_of(await editor.post("/invoices/generate", body), 200)
        assert again["id"] == made["id"]
        assert len(rules.made) == 1

    async def test_a_repeat_with_the_same_key_is_also_answered_with_201(
        self, editor: Caller, rules: Rules, key: str
    ) -> None:
        headers = {"Idempotency-Key": "k-1"}
        body = {"application_key": key, **DATES, "total_amount": "16000000.00"}
        first = data_of(await editor.post("/invoices/generate", body, headers=headers), 201)
        second = data_of(await editor.post("/invoices/generate", body, headers=headers), 201)
        assert first == second
        [draft] = rules.made
        assert (draft.request.request_fingerprint or "").startswith("generate:k-1:")
        history = data_of(await editor.get(f"/invoices/{first['id']}/events"))
        assert history["chain_intact"] is True
        assert [(event["action"], event["by"]) for event in history["events"]] == [("create", "lena"), ("edit", "lena")]

    async def test_a_repeat_does_not_undo_later_edits(self, editor: Caller, rules: Rules, key: str) -> None:
        headers = {"Idempotency-Key": "k-1"}
        body = {"application_key": key, **DATES, "total_amount": "16000000.00"}
        made = data_of(await editor.post("/invoices/generate", body, headers=headers), 201)
        edit = {"expected_revision": made["revision"], "total_amount": "17000000.00"}
        edited = data_of(await editor.patch(f"/invoices/{made['id']}", edit))
        repeated = data_of(await editor.post("/invoices/generate", body, headers=headers), 201)
        assert [repeated["revision"], repeated["total_amount"]] == [edited["revision"], "17000000.00"]

    async def test_the_untouched_prefill_result_makes_no_edit(self, editor: Caller, rules: Rules, key: str) -> None:
        prefilled = data_of(await editor.post("/invoices/prefill", {"application_key": key, **DATES}))
        made = data_of(await editor.post("/invoices/generate", prefilled), 201)
        assert made["revision"] == 1
        del prefilled["prefill_digest"]
        assert has(made, prefilled)

    async def test_the_documented_rows_are_recognised_without_ids(self, editor: Caller, rules: Rules, key: str) -> None:
        prefilled = data_of(await editor.post("/invoices/prefill", {"application_key": key, **DATES}))
        rows = [{name: row[name] for name in SEED_TASK if name in row} for row in prefilled["line_items"]]
        made = data_of(await editor.post("/invoices/generate", prefilled | {"line_items": rows}), 201)
        assert made["revision"] == 1

    async def test_an_edited_prefill_result_becomes_one_edit(self, editor: Caller, rules: Rules, key: str) -> None:
        prefilled = data_of(await editor.post("/invoices/prefill", {"application_key": key, **DATES}))
        support, overtime, dashboard, _ = prefilled["line_items"]
        new = {"line_type": "other", "description": "Licence", "unit_price": "100000.00", "quantity": "2"}
        changed = dashboard | {"description": "PROJ-456: User dashboard"}
        wanted = prefilled | {"base_amount": "14000000.00", "line_items": [new, support, changed, overtime]}
        made = data_of(await editor.post("/invoices/generate", wanted), 201)
        assert [line["description"] for line in made["line_items"]] == [
            "Licence",
            "Monthly support — February 2026",
            "PROJ-456: User dashboard",
            "Overtime",
        ]
        # 14,000,000 base + 825,000 overtime + 2 x 100,000 licence; the task row is not summed
        assert made["total_amount"] == "15025000.00"
        assert made["total_is_manual"] is False
        assert made["revision"] == 2

    @pytest.mark.usefixtures("rules")
    async def test_a_total_typed_by_hand_is_kept(self, editor: Caller, key: str) -> None:
        body = {"application_key": key, **DATES, "total_amount": 15500000.55}  # a JSON number stays exact
        made = data_of(await editor.post("/invoices/generate", body), 201)
        assert [made["total_amount"], made["total_is_manual"]] == ["15500000.55", True]

    @pytest.mark.usefixtures("rules")
    async def test_overtime_typed_by_hand(self, editor: Caller, key: str) -> None:
        body = {"application_key": key, **DATES, "overtime_hours": "2.00", "overtime_amount": "250000.00"}
        made = data_of(await editor.post("/invoices/generate", body), 201)
        assert [made["overtime_hours"], made["overtime_amount"], made["total_amount"]] == [
            "2.00",
            "250000.00",
            "15250000.00",
        ]

    async def test_an_existing_invoice_with_other_content_is_a_conflict(
        self, editor: Caller, rules: Rules, key: str
    ) -> None:
        made = await rules.put(draft_of(key))
        body = {"application_key": key, **DATES, "base_amount": "1.00"}
        error = error_of(await editor.post("/invoices/generate", body), 409, "CONFLICT")
        assert error["details"]["reason"] == "AlreadyInvoiced"
        assert error["details"]["invoice_id"] == made.id
        assert rules.made == []

    async def test_a_period_outside_the_contract_must_be_confirmed(
        self, editor: Caller, rules: Rules, key: str
    ) -> None:
        """The contract of the tests starts on 1 January 2025."""
        body = {"application_key": key, "period_start": "2024-02-01", "period_end": "2024-02-29"}
        prefilled = data_of(await editor.post("/invoices/prefill", body))
        assert any("starts on 2025-01-01" in warning for warning in prefilled["warnings"])
        details = error_of(await editor.post("/invoices/generate", body), 409, "CONFLICT")["details"]
        assert [details["reason"], [each["code"] for each in details["warnings"]]] == [
            "NeedsConfirmation",
            ["OutsideContract"],
        ]
        assert "2025-01-01" in details["warnings"][0]["message"]
        wrong = body | {"confirmed_warnings": ["Everything"]}
        error = error_of(await editor.post("/invoices/generate", wrong), 400, "VALIDATION_ERROR")
        assert [each["path"] for each in error["details"]] == ["confirmed_warnings"]
        assert rules.made == []
        sure = body | {"confirmed_warnings": ["OutsideContract"]}
        made = data_of(await editor.post("/invoices/generate", sure), 201)
        history = data_of(await editor.get(f"/invoices/{made['id']}/events"))
        assert history["events"][0]["details"]["confirmed_warnings"] == "OutsideContract"

    def test_the_fingerprint_of_a_plain_request_is_that_of_earlier_releases(self) -> None:
        body = {"application_key": "A", **DATES}
        assert "confirmed_warnings" not in Generate.model_validate(body).fingerprinted
        sure = Generate.model_validate(body | {"confirmed_warnings": ["OutsideContract"]})
        assert "OutsideContract" in sure.fingerprinted

    async def test_a_new_draft_can_follow_a_discarded_one(self, editor: Caller, rules: Rules, key: str) -> None:
        dropped = await rules.put(apply(draft_of(key), Discard(by="lena"), NOW))
        made = data_of(await editor.post("/invoices/generate", {"application_key": key, **DATES}), 201)
        assert made["id"] != dropped.id
        assert made["workflow_id"].endswith(".2026-02.2")

    @pytest.mark.parametrize(
        ("change", "path", "message"),
        [
            ({"currency": "USD"}, "currency", "UZS"),
            ({"currency": "RUB"}, "currency", "the contract has UZS"),
            ({"currency": "XAU"}, "currency", "must be one of 165 values such as AED"),
            ({"deal_type": "HR"}, "deal_type", "SUP"),
            ({"customer_key": "CUST-9"}, "customer_key", "CUST-001"),
            ({"base_amount": "-1"}, "base_amount", "must be 0 or more"),
            ({"base_amount": "1.005"}, "base_amount", "can mean 1.0050 or 1005.00"),
            ({"base_amount": "much"}, "base_amount", 'such as "1250000.00"'),
            ({"base_amount": "1" * 20}, "base_amount", "digits"),
            ({"base_amount": "NaN"}, "base_amount", 'such as "1250000.00"'),
            ({"total_amount": "-0.01"}, "total_amount", "must be 0 or more"),
            ({"overtime_hours": "-1"}, "overtime_hours", "must be 0 or more"),
            ({"discount": "1"}, "discount", "unknown field; known are period_start, period_end, application_key"),
            ({"line_items": {}}, "line_items", "must be a list"),
            ({"line_items": [{"description": "x"}]}, "line_items.0.unit_price", "is required"),
            ({"line_items": [{"unit_price": "1"}]}, "line_items.0.description", "is required"),
            ({"line_items": [{"description": "x", "unit_price": "1", "qty": 1}]}, "line_items.0.qty", "unknown field"),
            (
                {"line_items": [{"description": "x", "unit_price": "2", "quantity": "3", "line_total": "7"}]},
                "line_items.0.line_total",
                "3 × 2.00 × 1.0 is 6.00, not 7.00",
            ),
            ({"line_items": [{"id": "L99", "description": "x", "unit_price": "1"}]}, "line_items.0.id", "no row L99"),
            ({"line_items": [{"description": "a\u0000b", "unit_price": "1"}]}, "line_items.0", "NUL character"),
        ],
    )
    async def test_a_bad_change_creates_nothing(
        self, editor: Caller, rules: Rules, key: str, change: dict[str, Any], path: str, message: str
    ) -> None:
        response = await editor.post("/invoices/generate", {"application_key": key, **DATES} | change)
        details = error_of(response, 400, "VALIDATION_ERROR")["details"]
        assert details[0]["path"] == path
        assert message in details[0]["message"]
        assert rules.made == []

    async def test_a_change_that_the_rules_refuse_creates_nothing(self, editor: Caller, rules: Rules, key: str) -> None:
        rules.contract_of = lambda key: seed_contract(key, DealType.HR)
        body = {"application_key": key, **DATES, "base_amount": "5.00"}
        error = error_of(await editor.post("/invoices/generate", body), 400, "VALIDATION_ERROR")
        assert error["details"] == [
            {"path": "base_amount", "message": "an hourly contract has no base amount; add a line instead."}
        ]
        assert rules.made == []

    @pytest.mark.parametrize(
        ("failure", "status", "code"),
        [
            (RequestFailed(Failure.ALREADY_INVOICED, "there is one"), 409, "CONFLICT"),
            (WorkflowClosed("w"), 409, "CONFLICT"),
            (OutcomeUnknown("w"), 504, "OUTCOME_UNKNOWN"),
            (TemporalUnavailable("connection refused"), 503, "UNAVAILABLE"),
        ],
    )
    async def test_failures_of_the_workflow_are_translated(
        self, editor: Caller, rules: Rules, key: str, failure: Exception, status: int, code: str
    ) -> None:
        rules.failures = [failure]
        error_of(await editor.post("/invoices/generate", {"application_key": key, **DATES}), status, code)

    @pytest.mark.parametrize("value", ["", " ", "x" * 151, "tab\there"])
    @pytest.mark.usefixtures("rules")
    async def test_a_bad_idempotency_key(self, editor: Caller, key: str, value: str) -> None:
        response = await editor.post("/invoices/generate", {"application_key": key}, headers={"Idempotency-Key": value})
        [detail] = error_of(response, 400, "VALIDATION_ERROR")["details"]
        assert detail == {"path": "Idempotency-Key", "message": "must be 1 to 150 printable ASCII characters"}


def test_generate_accepts_every_field_of_prefill() -> None:
    assert PrefillView.model_fields.keys() <= Generate.model_fields.keys()
    rows = Generate.model_fields["line_items"].annotation
    assert rows is not None
    wanted = rows.__args__[0].__args__[0]
    assert LineView.model_fields.keys() <= wanted.model_fields.keys()
