"""A prefill result that was edited: what `generate` would make of it, and its refusal when the contract has changed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models.contracts.contract import ContractRecords
from models.contracts.rate_rule import Tier
from models.invoice.content.content import prefill_digest
from models.invoice.content.lines import LineType
from models.invoice.editing.inputs import AddLine, ChangeLine, LineChange, LineInput, RemoveLine
from models.invoice.editing.prefill_edit import EditedPrefill, edited_content, prefill_lines
from models.invoice.errors import PrefillChanged
from tests.fixtures.invoices import contract, drafted, worklog
from tests.http.callers import Caller, Rules, data_of, error_of, seed_contract
from tests.http.invoice.prefill_example import DATES


def one_more_hour(key: str) -> ContractRecords:
    """Return the contract of the tests after somebody has logged another hour."""
    before = seed_contract(key)
    return before.model_copy(update={"worklogs": (*before.worklogs, worklog(1, issue="PROJ-458"))})


@pytest.mark.usefixtures("rules")
class TestPreview:
    async def test_the_edit_is_computed_and_nothing_is_stored(self, editor: Caller, rules: Rules, key: str) -> None:
        prefilled = data_of(await editor.post("/invoices/prefill", {"application_key": key, **DATES}))
        support, overtime, dashboard, deploy = prefilled["line_items"]
        new = {"description": "Licence", "unit_price": "100000.00", "quantity": "2"}
        body = prefilled | {"base_amount": "14000000.00", "line_items": [support, overtime, dashboard, deploy, new]}
        found = data_of(await editor.post("/invoices/generate/preview", body))
        result = found["result"]
        # 14,000,000 base + 825,000 overtime + 2 x 100,000 licence
        assert result["total_amount"] == "15025000.00"
        assert result["prefill_digest"] == prefilled["prefill_digest"]
        assert found["changes"]["base_amount"] == ["15000000.00", "14000000.00"]
        assert found["changes"]["line L5"] == [None, "Licence: 2 × 100000.00 × 1.0 = 200000.00"]
        assert found["warnings_to_confirm"] == []
        assert rules.made == []
        made = data_of(await editor.post("/invoices/generate", body), 201)
        same = set(result) - {"prefill_digest"}
        assert {name: made[name] for name in same} == {name: result[name] for name in same}

    async def test_an_untouched_result_changes_nothing(self, editor: Caller, key: str) -> None:
        prefilled = data_of(await editor.post("/invoices/prefill", {"application_key": key, **DATES}))
        found = data_of(await editor.post("/invoices/generate/preview", prefilled))
        assert found == {"result": prefilled, "changes": {}, "warnings_to_confirm": []}

    async def test_what_generate_would_refuse(self, editor: Caller, key: str) -> None:
        body = {"application_key": key, **DATES, "line_items": [{"id": "L99", "description": "x", "unit_price": "1"}]}
        details = error_of(await editor.post("/invoices/generate/preview", body), 400, "VALIDATION_ERROR")["details"]
        assert [each["path"] for each in details] == ["line_items.0.id"]
        unknown = {"application_key": "NONE-1", **DATES}
        error_of(await editor.post("/invoices/generate/preview", unknown), 404, "NOT_FOUND")
        assert (await editor.post("/invoices/generate/preview-html", unknown)).status_code == 404

    async def test_warnings_that_must_be_confirmed(self, editor: Caller, key: str) -> None:
        """The contract of the tests starts on 1 January 2025."""
        body = {"application_key": key, "period_start": "2024-02-01", "period_end": "2024-02-29"}
        found = data_of(await editor.post("/invoices/generate/preview", body))
        assert [each["code"] for each in found["warnings_to_confirm"]] == ["OutsideContract"]

    async def test_the_page_of_the_edited_draft(self, editor: Caller, key: str) -> None:
        line = {"description": "Лицензия на год", "unit_price": "100000.00"}
        body = {"application_key": key, **DATES, "line_items": [line]}
        response = await editor.post("/invoices/generate/preview-html", body)
        assert response.status_code == 200, response.text
        assert response.headers["Content-Type"].startswith("text/html")
        assert "sandbox" in response.headers["Content-Security-Policy"]
        assert "Лицензия на год" in response.text

    async def test_a_viewer_may_not_ask(self, viewer: Caller, key: str) -> None:
        for path in ("preview", "preview-html"):
            response = await viewer.post(f"/invoices/generate/{path}", {"application_key": key, **DATES})
            error_of(response, 403, "FORBIDDEN")


class TestContractChanged:
    @pytest.mark.parametrize("path", ["preview", "preview-html"])
    async def test_a_preview_of_other_data_is_refused(self, editor: Caller, rules: Rules, key: str, path: str) -> None:
        prefilled = data_of(await editor.post("/invoices/prefill", {"application_key": key, **DATES}))
        rules.contract_of = one_more_hour
        error = error_of(await editor.post(f"/invoices/generate/{path}", prefilled), 409, "CONFLICT")
        assert error["details"]["reason"] == "PrefillChanged"

    async def test_no_draft_is_made_that_was_not_previewed(self, editor: Caller, rules: Rules, key: str) -> None:
        prefilled = data_of(await editor.post("/invoices/prefill", {"application_key": key, **DATES}))
        rules.contract_of = one_more_hour
        error = error_of(await editor.post("/invoices/generate", prefilled), 409, "CONFLICT")
        assert error["details"]["reason"] == "PrefillChanged"
        assert rules.made == []
        without: dict[str, Any] = {"application_key": key, **DATES}
        data_of(await editor.post("/invoices/generate", without), 201)

    async def test_an_edited_draft_is_repeated_without_a_conflict(self, editor: Caller, rules: Rules, key: str) -> None:
        """Once the draft is there, the digest of what it was made from no longer matters."""
        prefilled = data_of(await editor.post("/invoices/prefill", {"application_key": key, **DATES}))
        body = prefilled | {"base_amount": "14000000.00"}
        headers = {"Idempotency-Key": "k-1"}
        made = data_of(await editor.post("/invoices/generate", body, headers=headers), 201)
        rules.contract_of = one_more_hour
        again = data_of(await editor.post("/invoices/generate", body, headers=headers), 201)
        assert [again["id"], again["revision"]] == [made["id"], 2]

    async def test_an_unreadable_digest(self, editor: Caller, rules: Rules, key: str) -> None:
        body = {"application_key": key, **DATES, "prefill_digest": "today"}
        details = error_of(await editor.post("/invoices/generate", body), 400, "VALIDATION_ERROR")["details"]
        assert [each["path"] for each in details] == ["prefill_digest"]
        assert rules.made == []


def test_the_digest_is_that_of_the_contract_and_not_of_the_day() -> None:
    computed = drafted(contract([worklog(2)]))
    later = computed.model_copy(update={"invoice_date": date(2026, 3, 9)})
    assert prefill_digest(later) == prefill_digest(computed)
    assert prefill_digest(drafted(contract([worklog(3)]))) != prefill_digest(computed)
    with pytest.raises(PrefillChanged):
        edited_content(computed, EditedPrefill(prefill_digest="0" * 64))
    assert edited_content(computed, EditedPrefill(prefill_digest=prefill_digest(computed))) == (computed, {})


def test_rows_from_changes_of_lines() -> None:
    computed = drafted(seed_contract("APP-001"))
    changes: list[LineChange] = [
        RemoveLine(op="remove", id="L2"),
        ChangeLine(op="change", id="L3", quantity=Decimal("3.00")),
        AddLine(op="add", line=LineInput(description="Licence", unit_price=Decimal(10)), before="L3"),
    ]
    rows = prefill_lines(computed, changes)
    assert [row.id for row in rows] == ["L1", None, "L3", "L4"]
    assert [rows[1].description, rows[1].line_type, rows[1].rate_tier] == ["Licence", LineType.OTHER, Tier.STANDARD]
    assert rows[2].quantity == Decimal("3.00")
    after, _ = edited_content(computed, EditedPrefill(line_items=rows))
    assert [line.description for line in after.lines] == [row.description for row in rows]
    assert after.totals.total_amount == Decimal("15000010.00")  # the base and the licence; the tasks only inform
