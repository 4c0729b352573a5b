"""Every command over HTTP: what is sent to the workflow, the answer, and the refusals."""

from datetime import date
from typing import Any

import pytest

from models.invoice.bounces.recording import record_bounce
from models.invoice.bounces.report import BounceReport
from models.invoice.commands import COMMANDS, Command, Edit, Finalize
from models.invoice.content.basis import Overlap
from models.invoice.effects import EffectName
from models.invoice.lifecycle import apply
from models.invoice.status import Status
from models.values.period import Period
from tests.fixtures.invoices import approved, newest, reviewable, sent
from tests.http.callers import NOW, Caller, Rules, data_of, draft_of, error_of
from tests.http.invoice.command_examples import ADDED_LINE, GOOD, send
from workflows.client.errors import CommandRefused, OutcomeUnknown, TemporalUnavailable, WorkflowClosed


class TestSent:
    @pytest.mark.parametrize("command", COMMANDS)
    async def test_each_command_is_sent_with_user_role_and_key(
        self, manager: Caller, rules: Rules, key: str, command: type[Command]
    ) -> None:
        """Only the sent command is compared. The rules may refuse it in this status."""
        made, name = await rules.put(draft_of(key)), command.name.value
        await send(manager, made.id, name, GOOD.get(name), headers={"Idempotency-Key": "k-1"})
        asked = command.model_validate(
            GOOD.get(name, {}) | {"by": "marat", "role": "manager", "idempotency_key": f"{name}:k-1"}
        )
        assert rules.sent == [(asked, asked.request_fingerprint)]
        assert asked.request_fingerprint.startswith(f"{name}:k-1:")

    @pytest.mark.parametrize(
        "name",
        [
            *("mark-uploaded", "record-payment", "reverse-payment", "retry-effect", "resolve-effect"),
            *("sync-planfact", "submit-signature"),
        ],
    )
    async def test_kebab_case_paths_are_accepted(self, manager: Caller, rules: Rules, key: str, name: str) -> None:
        made = await rules.put(draft_of(key))
        await manager.post(f"/invoices/{made.id}/{name}", GOOD.get(name.replace("-", "_")))
        assert [command.name for command, _ in rules.sent] == [name.replace("-", "_")]

    async def test_requests_without_a_key_get_different_keys(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(draft_of(key))
        for _ in range(2):
            await send(editor, made.id, "finalize")
        assert len({update_id for _, update_id in rules.sent}) == 2

    @pytest.mark.parametrize("body", [{}, None])
    async def test_an_empty_body_is_accepted_when_no_field_is_required(
        self, editor: Caller, rules: Rules, key: str, body: Any
    ) -> None:
        made = await rules.put(draft_of(key))
        assert data_of(await send(editor, made.id, "finalize", body))["finalized"]["by"] == "lena"


class TestAnswered:
    async def test_the_answer_is_the_changed_invoice(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(draft_of(key))
        body = {"expected_revision": 1, "line_changes": [ADDED_LINE], "toggles": {"show_task_pricing": True}}
        data = data_of(await send(editor, made.id, "edit", body))
        assert [data["revision"], data["total_amount"]] == [2, "15825001.00"]
        assert data["line_items"][-1]["source"] == "manual"
        assert data["toggles"]["show_task_pricing"] is True

    async def test_a_part_payment(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(sent(draft_of(key)))
        body = GOOD["record_payment"] | {"amount": 825000.5}  # a JSON number stays exact
        data = data_of(await send(editor, made.id, "record_payment", body))
        assert [data["status"], data["paid_amount"], data["balance"]] == ["accepted", "825000.50", "14999999.50"]
        assert data["payments"] == [
            {**GOOD["record_payment"], "amount": "825000.50", "surplus": "0.00", "bank_slip": None, "reversed": None}
        ]

    async def test_a_rest_is_written_off_within_the_limit(
        self, editor: Caller, manager: Caller, rules: Rules, key: str
    ) -> None:
        made = await rules.put(sent(draft_of(key)))
        data_of(await send(editor, made.id, "record_payment", GOOD["record_payment"] | {"amount": "15824999.50"}))
        body = GOOD["write_off"] | {"amount": "0.50"}
        assert "write_off" not in data_of(await editor.get(f"/invoices/{made.id}"))["allowed"]
        assert "0.50 UZS" in error_of(await send(editor, made.id, "write_off", body), 403, "FORBIDDEN")["message"]
        wrong = error_of(await send(manager, made.id, "write_off", body | {"amount": "0.60"}), 400, "VALIDATION_ERROR")
        assert [each["path"] for each in wrong["details"]] == ["amount"]
        data = data_of(await send(manager, made.id, "write_off", body))
        assert [data[name] for name in ("status", "paid_amount", "written_off_amount", "balance")] == [
            "paid",
            "15824999.50",
            "0.50",
            "0.00",
        ]
        assert [[each["kind"], each["amount"], each["stamp"]["by"]] for each in data["write_offs"]] == [
            ["fee", "0.50", "marat"]
        ]
        [row] = (await editor.get("/invoices", params={"application_key": key})).json()["data"]
        assert [row["written_off_amount"], row["balance"]] == ["0.50", "0.00"]

    async def test_money_for_a_paid_invoice_is_credit(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(sent(draft_of(key)))
        data_of(await send(editor, made.id, "record_payment", GOOD["record_payment"] | {"amount": "15825000.00"}))
        more = GOOD["record_payment"] | {"payment_id": "p-2", "amount": "25.00", "reference": "act 7 again"}
        data = data_of(await send(editor, made.id, "record_payment", more))
        assert [data["status"], data["credit_amount"], data["balance"]] == ["paid", "25.00", "0.00"]
        [row] = (await editor.get("/invoices", params={"application_key": key, "has_credit": True})).json()["data"]
        assert row["credit_amount"] == "25.00"

    async def test_a_letter_that_came_back_is_shown(self, editor: Caller, rules: Rules, key: str) -> None:
        delivered = sent(draft_of(key))
        gone = {"recipient": "nodira@example.com", "status": "5.1.1", "reason": "550 No such user"}
        letter = newest(delivered, EffectName.EMAIL).key
        report = {"notice": "n1", "effect": letter, "permanent": True, "recipients": [gone]}
        made = await rules.put(record_bounce(delivered, BounceReport.model_validate(report), NOW))
        data = data_of(await editor.get(f"/invoices/{made.id}"))
        assert data["bounced"] is True
        assert [[each["notice"], each["effect"], each["recipients"]] for each in data["bounces"]] == [
            ["n1", letter, [gone]]
        ]
        assert (data["cc"], data["bcc"]) == ([], [])
        [row] = (await editor.get("/invoices", params={"application_key": key, "bounced": True})).json()["data"]
        assert row["bounced"] is True
        found = await editor.get("/invoices", params={"application_key": key, "bounced": False})
        assert found.json()["data"] == []

    async def test_a_repeated_key_executes_the_command_once(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(draft_of(key))
        headers, body = {"Idempotency-Key": "once"}, {"expected_revision": 1, "payment_days": 10}
        first = data_of(await send(editor, made.id, "edit", body, headers=headers))
        again = data_of(await send(editor, made.id, "edit", body, headers=headers))
        assert [first["revision"], again["revision"]] == [2, 2]

    async def test_the_same_key_with_another_body_is_refused(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(draft_of(key))
        headers, body = {"Idempotency-Key": "once"}, {"expected_revision": 1, "payment_days": 10}
        data_of(await send(editor, made.id, "edit", body, headers=headers))
        other = await send(editor, made.id, "edit", body | {"payment_days": 20}, headers=headers)
        error = error_of(other, 409, "CONFLICT")
        assert "used before for another edit" in error["message"]
        assert error["details"]["reason"] == "KeyReused"
        assert data_of(await editor.get(f"/invoices/{made.id}"))["payment_days"] == 10

    async def test_the_same_key_for_another_command_is_another_request(
        self, manager: Caller, rules: Rules, key: str
    ) -> None:
        made, headers = await rules.put(draft_of(key)), {"Idempotency-Key": "careless"}
        data_of(await send(manager, made.id, "hold", GOOD["hold"], headers=headers))
        assert data_of(await send(manager, made.id, "release", headers=headers))["held"] is None


class TestRefused:
    async def test_a_wrong_status_lists_the_allowed_commands(self, manager: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(approved(draft_of(key)))
        error = error_of(await send(manager, made.id, "finalize"), 409, "CONFLICT")
        assert "finalize is not possible" in error["message"]
        assert error["details"]["reason"] == "Refused"
        # docs/specification/lifecycle.md 3 allows these commands in the status approved.
        allowed = ["regenerate", "check_facts", "reopen", "deliver", "void", "hold", "sync_planfact"]
        assert error["details"]["allowed"] == allowed

    async def test_a_stale_edit_returns_both_revisions(self, editor: Caller, rules: Rules, key: str) -> None:
        edit = Edit(by="marat", expected_revision=1, payment_days=30)
        made = await rules.put(apply(draft_of(key), edit, NOW))
        response = await send(editor, made.id, "edit", {"expected_revision": 1, "payment_days": 10})
        details = error_of(response, 409, "CONFLICT")["details"]
        assert [details["reason"], details["expected_revision"], details["current_revision"]] == ["StaleRevision", 1, 2]
        assert details["current"] == data_of(await editor.get(f"/invoices/{made.id}"))
        assert details["current"]["payment_days"] == 30

    async def test_a_stale_review(self, manager: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(reviewable(draft_of(key)))
        error = error_of(await send(manager, made.id, "approve", GOOD["approve"]), 409, "CONFLICT")
        assert error["details"]["reason"] == "StaleReview"
        assert "current" not in error["details"]

    async def test_unconfirmed_warnings_are_listed_with_their_codes(
        self, editor: Caller, rules: Rules, key: str
    ) -> None:
        made = draft_of(key)
        days = Period(start=date(2026, 2, 1), end=date(2026, 2, 15))
        overlap = Overlap(invoice_id="i-9", invoice="ACT-9, approved", days=days)
        await rules.put(made.model_copy(update={"content": made.content.with_service(overlaps=(overlap,))}))
        details = error_of(await send(editor, made.id, "finalize"), 409, "CONFLICT")["details"]
        assert [details["reason"], [each["code"] for each in details["warnings"]]] == [
            "NeedsConfirmation",
            ["DaysInvoiced"],
        ]
        assert "ACT-9, approved" in details["warnings"][0]["message"]
        error = error_of(
            await send(editor, made.id, "finalize", {"confirmed_warnings": ["X"]}), 400, "VALIDATION_ERROR"
        )
        assert [each["path"] for each in error["details"]] == ["confirmed_warnings"]
        data_of(await send(editor, made.id, "finalize", {"confirmed_warnings": ["DaysInvoiced"]}))

    async def test_finalize_asks_about_a_due_date_in_the_past(self, editor: Caller, rules: Rules, key: str) -> None:
        """NOW is 1 March 2026. Dated 1 January with 45 days, the invoice was due on 15 February."""
        made = await rules.put(draft_of(key))
        early = {"expected_revision": 1, "invoice_date": "2026-01-01"}
        data_of(await editor.patch(f"/invoices/{made.id}", early))
        details = error_of(await send(editor, made.id, "finalize"), 409, "CONFLICT")["details"]
        assert [each["code"] for each in details["warnings"]] == ["DueDatePassed"]
        assert "2026-02-15" in details["warnings"][0]["message"]
        moved = data_of(await send(editor, made.id, "finalize", {"issue_today": True}))
        assert moved["invoice_date"] == "2026-03-01"

    async def test_a_payment_like_a_booked_one(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(sent(draft_of(key)))
        data_of(await send(editor, made.id, "record_payment", GOOD["record_payment"]))
        other = GOOD["record_payment"] | {"payment_id": "p-2"}
        details = error_of(await send(editor, made.id, "record_payment", other), 409, "CONFLICT")["details"]
        assert [details["reason"], [w["code"] for w in details["warnings"]]] == ["NeedsConfirmation", ["PaymentBooked"]]
        unknown = other | {"confirmed_warnings": ["PaymentPosted"]}
        error = error_of(await send(editor, made.id, "record_payment", unknown), 400, "VALIDATION_ERROR")
        assert [each["path"] for each in error["details"]] == ["confirmed_warnings"]
        confirmed = other | {"confirmed_warnings": ["PaymentBooked"]}
        assert len(data_of(await send(editor, made.id, "record_payment", confirmed))["payments"]) == 2

    async def test_a_payment_id_with_another_amount(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(sent(draft_of(key)))
        data_of(await send(editor, made.id, "record_payment", GOOD["record_payment"]))
        other = GOOD["record_payment"] | {"amount": "2.00"}
        error = error_of(await send(editor, made.id, "record_payment", other), 409, "CONFLICT")
        assert error["details"]["reason"] == "PaymentMismatch"

    async def test_a_payment_date_in_the_future(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(sent(draft_of(key)))
        future = GOOD["record_payment"] | {"paid_on": "2031-01-01"}
        error = error_of(await send(editor, made.id, "record_payment", future), 400, "VALIDATION_ERROR")
        assert error["details"] == [{"path": "paid_on", "message": "2031-01-01 is in the future."}]

    @pytest.mark.parametrize(
        ("failure", "status", "code", "message"),
        [
            (WorkflowClosed("w"), 409, "INVOICE_STOPPED", "The invoice is open, but its workflow is gone"),
            (OutcomeUnknown("w"), 504, "OUTCOME_UNKNOWN", "outcome unknown, repeat with the same Idempotency-Key"),
            (TemporalUnavailable("refused"), 503, "UNAVAILABLE", "Temporal does not answer; try again"),
            (CommandRefused("Refused", "not now", ("void",), 4), 409, "CONFLICT", "not now"),
            (CommandRefused("InvalidChange", "the change is invalid"), 400, "VALIDATION_ERROR", "the change"),
        ],
    )
    async def test_failures_of_the_workflow_are_translated(
        self, editor: Caller, rules: Rules, key: str, failure: Exception, status: int, code: str, message: str
    ) -> None:
        made = await rules.put(draft_of(key))
        rules.failures = [failure]
        assert error_of(await send(editor, made.id, "finalize"), status, code)["message"].startswith(message)

    @pytest.mark.parametrize("command", COMMANDS)
    async def test_an_unknown_invoice(self, manager: Caller, rules: Rules, command: type[Command]) -> None:
        name = command.name.value
        error_of(await send(manager, "nothing", name, GOOD.get(name)), 404, "NOT_FOUND")
        assert rules.sent == []

    async def test_an_unknown_command(self, manager: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(draft_of(key))
        error_of(await manager.post(f"/invoices/{made.id}/sign", {}), 404, "NOT_FOUND")
        error_of(await manager.get(f"/invoices/{made.id}/approve"), 405, "METHOD_NOT_ALLOWED")


async def test_allowed_lists_only_what_the_role_permits(viewer: Caller, editor: Caller, rules: Rules, key: str) -> None:
    made = await rules.put(reviewable(draft_of(key)))
    assert made.status is Status.NEEDS_REVIEW
    assert data_of(await viewer.get(f"/invoices/{made.id}"))["allowed"] == []
    assert data_of(await editor.get(f"/invoices/{made.id}"))["allowed"] == ["check_facts"]
    assert Finalize.name.value not in data_of(await editor.get(f"/invoices/{made.id}"))["allowed"]
