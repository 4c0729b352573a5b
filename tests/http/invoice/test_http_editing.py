"""Editing over HTTP: two editors of one draft, undo, the history, late work, and the approval policy."""

from datetime import timedelta
from typing import Any

import pytest

from models.contracts.contract import DealType
from models.invoice.commands import CheckFacts
from models.invoice.effects import EffectName
from models.invoice.event_handlers import apply_event
from models.invoice.events import Compared
from models.invoice.invoice import Invoice
from models.invoice.lifecycle import apply
from tests.fixtures.invoices import contract, drafted, newest, reviewable, terms, worklog
from tests.http.callers import NOW, Caller, Rules, data_of, draft_of, error_of

REVIEW = {"four_eyes": True, "admin_above": {"UZS": "15000000.00"}}


def under_strict_review(key: str) -> Invoice:
    """Return an invoice of 15,825,000.00 UZS that was finalised by amina; an admin must approve it."""
    draft = draft_of(key)
    issuer = terms(issuer={"party": {"name": "ProximaOps"}, "review": REVIEW}).issuer
    return reviewable(draft.model_copy(update={"content": draft.content.model_copy(update={"issuer": issuer})}))


class TestTwoAtOnce:
    async def test_the_second_editor_gets_a_conflict_and_repeats_on_the_newer_revision(
        self, editor: Caller, manager: Caller, rules: Rules, key: str
    ) -> None:
        made = await rules.put(draft_of(key))
        data_of(await editor.patch(f"/invoices/{made.id}", {"expected_revision": 1, "payment_days": 30}))
        mine = {"legal_text": "As agreed.", "note": "by phone"}
        refused = await manager.patch(f"/invoices/{made.id}", {"expected_revision": 1} | mine)
        details = error_of(refused, 409, "CONFLICT")["details"]
        assert [details["expected_revision"], details["current_revision"]] == [1, 2]
        assert [details["current"]["payment_days"], details["current"]["legal_text"]] == [30, made.content.legal_text]
        again = {"expected_revision": details["current_revision"]} | mine
        data = data_of(await manager.patch(f"/invoices/{made.id}", again))
        assert [data["revision"], data["payment_days"], data["legal_text"]] == [3, 30, "As agreed."]

    @pytest.mark.parametrize("command", ["undo", "take_in"])
    async def test_a_stale_undo_or_take_in_returns_both_revisions(
        self, editor: Caller, rules: Rules, key: str, command: str
    ) -> None:
        made = compared(draft_of(key)) if command == "take_in" else draft_of(key)
        await rules.put(made)
        if command == "undo":
            data_of(await editor.patch(f"/invoices/{made.id}", {"expected_revision": 1, "payment_days": 30}))
        error = error_of(await editor.post(f"/invoices/{made.id}/{command}", {"expected_revision": 1}), 409, "CONFLICT")
        assert error["details"]["reason"] == "StaleRevision"
        assert error["details"]["current"]["revision"] == error["details"]["current_revision"] > 1


class TestHistory:
    async def test_each_edit_is_listed_with_values_user_and_note(
        self, editor: Caller, manager: Caller, viewer: Caller, rules: Rules, key: str
    ) -> None:
        made = await rules.put(draft_of(key))
        path = f"/invoices/{made.id}"
        header = {"customer": {"tin": "305123456"}, "due_date": "2026-03-31", "note": "the client wrote"}
        data_of(await editor.patch(path, {"expected_revision": 1} | header))
        second = data_of(await manager.patch(path, {"expected_revision": 2, "base_amount": "14000000.00"}))
        assert [second["undoable"], second["customer"]["tin"], second["payment_days"]] == [2, "305123456", 30]
        undone = data_of(await manager.post(f"{path}/undo", {"expected_revision": 3, "note": "no discount"}))
        # 15,000,000 + 5.5 h above 40 at 150,000
        assert [undone["undoable"], undone["total_amount"]] == [1, "15825000.00"]
        data_of(await manager.post(f"{path}/hold", {"reason": "the client asked"}))
        history = data_of(await viewer.get(f"{path}/history"))
        assert [(e["revision"], e["action"], e["by"], e["note"], e["undone"], e["undoes"]) for e in history] == [
            (2, "edit", "lena", "the client wrote", False, None),
            (3, "edit", "marat", None, True, None),
            (4, "undo", "marat", "no discount", False, 3),
        ]
        assert history[0]["changes"] == {"customer.tin": ["123456789", "305123456"], "payment_days": ["45", "30"]}
        assert history[1]["changes"]["base_amount"] == ["15000000.00", "14000000.00"]
        assert history[2]["changes"]["base_amount"] == ["14000000.00", "15000000.00"]

    async def test_a_new_draft_has_no_history(self, viewer: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(draft_of(key))
        assert data_of(await viewer.get(f"/invoices/{made.id}/history")) == []
        error_of(await viewer.get("/invoices/nothing/history"), 404, "NOT_FOUND")


def compared(draft: Invoice) -> Invoice:
    """Return the documented draft after a check that has found 2 more hours of PROJ-456."""
    late = worklog(2, issue="PROJ-456", worklog_id="late")
    records = contract([], application_key=draft.content.subject_key)
    hours = [worklog(2, issue="PROJ-456"), worklog("43.5", issue="PROJ-457", day=worklog(1).started_on.replace(day=3))]
    fresh = drafted(records.model_copy(update={"worklogs": (*hours, late)}))
    asked = apply(draft, CheckFacts(by="lena"), NOW)
    return apply_event(
        asked, Compared(key=newest(asked, EffectName.FACTS_CHECK).key, content=fresh), NOW + timedelta(hours=1)
    )


class TestLateWork:
    async def test_late_work_is_shown_and_taken_in(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(compared(draft_of(key)))
        late = data_of(await editor.get(f"/invoices/{made.id}"))["late_work"]
        # 2 more hours above the limit: 300,000.00
        assert [late["total_before"], late["total_after"], late["hours_after"]] == [
            *("15825000.00", "16125000.00", "47.50")
        ]
        assert [late["added"], late["changed"], late["removed"], late["proposal"]] == [1, 0, 0, False]
        assert late["worklogs"] == [
            {
                "worklog_id": "late",
                "task": "PROJ-456: Summary of PROJ-456",
                "kind": "added",
                "hours_before": None,
                "hours_after": "2.00",
            }
        ]
        taken = data_of(await editor.post(f"/invoices/{made.id}/take-in", {"expected_revision": made.revision}))
        assert [taken["total_amount"], taken["late_work"], taken["undoable"]] == ["16125000.00", None, 1]

    async def test_take_in_needs_a_check_first(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(draft_of(key))
        refused = await editor.post(f"/invoices/{made.id}/take_in", {"expected_revision": 1})
        assert "check the facts first" in error_of(refused, 409, "CONFLICT")["message"]

    async def test_a_changed_deal_type_asks_to_regenerate(self, editor: Caller, rules: Rules, key: str) -> None:
        asked = apply(draft_of(key), CheckFacts(by="lena"), NOW)
        fresh = drafted(contract((), DealType.FP))
        outcome = Compared(key=newest(asked, EffectName.FACTS_CHECK).key, content=fresh)
        made = await rules.put(apply_event(asked, outcome, NOW))
        assert "regenerate" in data_of(await editor.get(f"/invoices/{made.id}"))["late_work"]["obstacle"]


class TestReview:
    async def approve(self, caller: Caller, invoice: Invoice) -> Any:
        return await caller.post(f"/invoices/{invoice.id}/approve", {"digest": invoice.digest})

    async def test_an_amount_above_the_limit_needs_an_admin(
        self, manager: Caller, admin: Caller, rules: Rules, key: str
    ) -> None:
        made = await rules.put(under_strict_review(key))
        error = error_of(await self.approve(manager, made), 403, "FORBIDDEN")
        assert "15,825,000.00 UZS" in error["message"]
        assert "15,000,000.00 UZS an admin must approve" in error["message"]
        seen = data_of(await manager.get(f"/invoices/{made.id}"))
        assert [seen["admin_above"], seen["needs_two_people"]] == ["15000000.00", True]
        assert "approve" not in seen["allowed"]
        assert "approve" in data_of(await admin.get(f"/invoices/{made.id}"))["allowed"]
        assert data_of(await self.approve(admin, made))["approved"]["by"] == "anna"

    async def test_the_user_who_finalised_may_not_approve(self, manager: Caller, rules: Rules, key: str) -> None:
        made = under_strict_review(key)
        assert made.finalized is not None
        own = made.model_copy(update={"finalized": made.finalized.model_copy(update={"by": "marat"})})
        await rules.put(own)
        error = error_of(await self.approve(manager, own), 403, "FORBIDDEN")
        assert "marat finalised this invoice" in error["message"]

    async def test_a_role_in_the_body_is_refused(self, manager: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(under_strict_review(key))
        forged = await manager.post(f"/invoices/{made.id}/approve", {"digest": made.digest, "role": "admin"})
        assert "unknown field" in error_of(forged, 400, "VALIDATION_ERROR")["message"]
