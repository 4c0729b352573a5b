"""Every command over HTTP: its body, its key, its refusals, and what is answered."""

from typing import Any

import pytest

from models.invoice.commands import COMMANDS, Command, Edit, Finalize
from models.invoice.lifecycle import apply
from models.invoice.status import Status
from tests.fixtures.invoices import approved, reviewable, sent
from tests.http.callers import NOW, Caller, Rules, data_of, draft_of, error_of
from workflows.client.errors import CommandRefused, OutcomeUnknown, TemporalUnavailable, WorkflowClosed

GOOD: dict[str, dict[str, Any]] = {
    "edit": {"expected_revision": 1},
    "undo": {"expected_revision": 1},
    "take_in": {"expected_revision": 1},
    "approve": {"digest": "a" * 64},
    "decline": {"reason": "too many hours"},
    "mark_uploaded": {"uploaded_at": "2026-03-02T10:00:00+05:00"},
    "reject": {"reason": "wrong order"},
    "record_payment": {"payment_id": "p-1", "paid_on": "2026-03-01", "amount": "1.00", "reference": "act 7"},
    "void": {"reason": "wrong company"},
    "hold": {"reason": "the client asked"},
    "retry_effect": {"effect_id": "x:1:archive"},
    "resolve_effect": {"effect_id": "x:1:archive", "outcome": "done", "note": "found it there"},
}
ADDED_LINE = {"op": "add", "line": {"description": "Licence", "unit_price": "1"}}


async def give(caller: Caller, invoice_id: str, command: str, body: Any = None, **options: Any) -> Any:
    if command == "edit":
        return await caller.patch(f"/invoices/{invoice_id}", body, **options)
    return await caller.post(f"/invoices/{invoice_id}/{command}", body, **options)


class TestSent:
    @pytest.mark.parametrize("command", COMMANDS)
    async def test_each_arrives_as_its_model_with_who_and_key(
        self, manager: Caller, rules: Rules, key: str, command: type[Command]
    ) -> None:
        """The rules may refuse it; what matters is what was asked."""
        made, name = await rules.put(draft_of(key)), command.name.value
        await give(manager, made.id, name, GOOD.get(name), headers={"Idempotency-Key": "k-1"})
        asked = command.model_validate(
            GOOD.get(name, {}) | {"by": "marat", "role": "manager", "idempotency_key": f"{name}:k-1"}
        )
        assert rules.sent == [(asked, asked.request_fingerprint)]
        assert asked.request_fingerprint.startswith(f"{name}:k-1:")

    @pytest.mark.parametrize("name", ["mark-uploaded", "record-payment", "retry-effect", "resolve-effect"])
    async def test_kebab_case_is_understood(self, manager: Caller, rules: Rules, key: str, name: str) -> None:
        made = await rules.put(draft_of(key))
        await manager.post(f"/invoices/{made.id}/{name}", GOOD[name.replace("-", "_")])
        assert [command.name for command, _ in rules.sent] == [name.replace("-", "_")]

    async def test_without_a_key_each_request_has_its_own(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(draft_of(key))
        for _ in range(2):
            await give(editor, made.id, "finalize")
        assert len({update_id for _, update_id in rules.sent}) == 2

    @pytest.mark.parametrize("body", [{}, None])
    async def test_an_empty_body_will_do_where_nothing_is_needed(
        self, editor: Caller, rules: Rules, key: str, body: Any
    ) -> None:
        made = await rules.put(draft_of(key))
        assert data_of(await give(editor, made.id, "finalize", body))["finalized"]["by"] == "lena"


class TestAnswered:
    async def test_the_invoice_as_it_is_then(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(draft_of(key))
        body = {"expected_revision": 1, "line_changes": [ADDED_LINE], "toggles": {"show_task_pricing": True}}
        data = data_of(await give(editor, made.id, "edit", body))
        assert [data["revision"], data["total_amount"]] == [2, "15825001.00"]
        assert data["line_items"][-1]["source"] == "manual"
        assert data["toggles"]["show_task_pricing"] is True

    async def test_a_part_payment(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(sent(draft_of(key)))
        body = GOOD["record_payment"] | {"amount": 825000.5}  # a JSON number stays exact
        data = data_of(await give(editor, made.id, "record_payment", body))
        assert [data["status"], data["paid_amount"], data["balance"]] == ["accepted", "825000.50", "14999999.50"]
        assert data["payments"] == [
            {**GOOD["record_payment"], "amount": "825000.50", "surplus": "0.00", "bank_slip": None}
        ]

    async def test_the_same_key_acts_once(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(draft_of(key))
        headers, body = {"Idempotency-Key": "once"}, {"expected_revision": 1, "payment_days": 10}
        first = data_of(await give(editor, made.id, "edit", body, headers=headers))
        again = data_of(await give(editor, made.id, "edit", body, headers=headers))
        assert [first["revision"], again["revision"]] == [2, 2]

    async def test_the_same_key_with_another_body_is_refused(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(draft_of(key))
        headers, body = {"Idempotency-Key": "once"}, {"expected_revision": 1, "payment_days": 10}
        data_of(await give(editor, made.id, "edit", body, headers=headers))
        other = await give(editor, made.id, "edit", body | {"payment_days": 20}, headers=headers)
        error = error_of(other, 409, "CONFLICT")
        assert "used before for another edit" in error["message"]
        assert error["details"]["reason"] == "KeyReused"
        assert data_of(await editor.get(f"/invoices/{made.id}"))["payment_days"] == 10

    async def test_the_same_key_for_another_command_is_another_request(
        self, manager: Caller, rules: Rules, key: str
    ) -> None:
        made, headers = await rules.put(draft_of(key)), {"Idempotency-Key": "careless"}
        data_of(await give(manager, made.id, "hold", GOOD["hold"], headers=headers))
        assert data_of(await give(manager, made.id, "release", headers=headers))["held"] is None


class TestRefused:
    async def test_a_wrong_state_says_what_is_possible(self, manager: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(approved(draft_of(key)))
        error = error_of(await give(manager, made.id, "finalize"), 409, "CONFLICT")
        assert "finalize is not possible" in error["message"]
        assert error["details"]["reason"] == "Refused"
        # docs/specification/lifecycle.md 3: from approved one may regenerate, reopen, deliver, void, hold; and look
        # whether work came late
        assert error["details"]["allowed"] == ["regenerate", "check_facts", "reopen", "deliver", "void", "hold"]

    async def test_a_stale_edit_shows_both_versions(self, editor: Caller, rules: Rules, key: str) -> None:
        edit = Edit(by="marat", expected_revision=1, payment_days=30)
        made = await rules.put(apply(draft_of(key), edit, NOW))
        response = await give(editor, made.id, "edit", {"expected_revision": 1, "payment_days": 10})
        details = error_of(response, 409, "CONFLICT")["details"]
        assert [details["reason"], details["expected_revision"], details["current_revision"]] == ["StaleRevision", 1, 2]
        assert details["current"] == data_of(await editor.get(f"/invoices/{made.id}"))
        assert details["current"]["payment_days"] == 30

    async def test_a_stale_review(self, manager: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(reviewable(draft_of(key)))
        error = error_of(await give(manager, made.id, "approve", GOOD["approve"]), 409, "CONFLICT")
        assert error["details"]["reason"] == "StaleReview"
        assert "current" not in error["details"]

    async def test_a_payment_id_used_otherwise(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(sent(draft_of(key)))
        data_of(await give(editor, made.id, "record_payment", GOOD["record_payment"]))
        other = GOOD["record_payment"] | {"amount": "2.00"}
        error = error_of(await give(editor, made.id, "record_payment", other), 409, "CONFLICT")
        assert error["details"]["reason"] == "PaymentMismatch"

    async def test_values_that_make_no_correct_invoice(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(sent(draft_of(key)))
        future = GOOD["record_payment"] | {"paid_on": "2031-01-01"}
        error = error_of(await give(editor, made.id, "record_payment", future), 400, "VALIDATION_ERROR")
        assert error["details"] == [{"path": "paid_on", "message": "2031-01-01 is in the future."}]

    @pytest.mark.parametrize(
        ("failure", "status", "code", "message"),
        [
            (WorkflowClosed("w"), 409, "CONFLICT", "This invoice is closed"),
            (OutcomeUnknown("w"), 504, "OUTCOME_UNKNOWN", "outcome unknown, repeat with the same Idempotency-Key"),
            (TemporalUnavailable("refused"), 503, "UNAVAILABLE", "Temporal does not answer; try again"),
            (CommandRefused("Refused", "not now", ("void",), 4), 409, "CONFLICT", "not now"),
            (CommandRefused("InvalidChange", "the whole makes no sense"), 400, "VALIDATION_ERROR", "the whole"),
        ],
    )
    async def test_what_can_happen_on_the_way(
        self, editor: Caller, rules: Rules, key: str, failure: Exception, status: int, code: str, message: str
    ) -> None:
        made = await rules.put(draft_of(key))
        rules.failures = [failure]
        assert error_of(await give(editor, made.id, "finalize"), status, code)["message"].startswith(message)

    @pytest.mark.parametrize("command", COMMANDS)
    async def test_an_unknown_invoice(self, manager: Caller, rules: Rules, command: type[Command]) -> None:
        name = command.name.value
        error_of(await give(manager, "nothing", name, GOOD.get(name)), 404, "NOT_FOUND")
        assert rules.sent == []

    async def test_an_unknown_command(self, manager: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(draft_of(key))
        error_of(await manager.post(f"/invoices/{made.id}/sign", {}), 404, "NOT_FOUND")
        error_of(await manager.get(f"/invoices/{made.id}/approve"), 405, "METHOD_NOT_ALLOWED")


BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("edit", {"expected_revision": None}, "expected_revision", "must be a whole number"),
    ("edit", {"expected_revision": 0}, "expected_revision", "must be 1 or more"),
    ("edit", {"expected_revision": 1.5}, "expected_revision", "must be a whole number"),
    ("edit", {"invoice_date": "31.03.2026"}, "invoice_date", "must be a date such as 2026-02-28"),
    ("edit", {"payment_days": 366}, "payment_days", "must be 365 or less"),
    ("edit", {"payment_days": "soon"}, "payment_days", "must be a whole number"),
    ("edit", {"base_amount": "-1"}, "base_amount", "must be 0 or more"),
    ("edit", {"base_amount": "1.234"}, "base_amount", "may have 2 decimal places at the most"),
    ("edit", {"base_amount": True}, "base_amount", "must be a decimal number"),
    ("edit", {"overtime_hours": "1e9"}, "overtime_hours", "digits"),
    ("edit", {"total_amount": "all"}, "total_amount", 'such as "1250000.00", or must be one of: auto'),
    ("edit", {"line_changes": [{"op": "sort"}]}, "line_changes.0", "op must be one of: add, change, remove, reorder"),
    ("edit", {"line_changes": [{"id": "L1"}]}, "line_changes.0", "needs the field op"),
    ("edit", {"line_changes": [{"op": "remove"}]}, "line_changes.0.id", "is required"),
    (
        "edit",
        {"line_changes": [{"op": "change", "id": "L1", "unit_price": "x"}]},
        "line_changes.0.unit_price",
        "decimal",
    ),
    ("edit", {"line_changes": [{"op": "add"}]}, "line_changes.0.line", "is required"),
    (
        "edit",
        {"line_changes": [ADDED_LINE, {"op": "add", "line": {"description": "x", "unit_price": "1", "price": "1"}}]},
        "line_changes.1.line.price",
        "unknown field; known are description, quantity, unit_price,",
    ),
    ("edit", {"line_changes": {"op": "remove", "id": "L1"}}, "line_changes", "must be a list"),
    ("edit", {"toggles": {"show": True}}, "toggles.show", "unknown field; known are show_task_list,"),
    ("edit", {"toggles": {"show_overtime": "perhaps"}}, "toggles.show_overtime", "must be true or false"),
    ("edit", {"recipients": "a@b.c"}, "recipients", "must be a list"),
    ("edit", {"recipients": ["a@b.c"] * 21}, "recipients", "may have 20 entries at the most"),
    ("edit", {"legal_text": "x" * 20_001}, "legal_text", "may have 20000 characters at the most"),
    ("edit", {"status": "paid"}, "status", "unknown field; known are expected_revision, invoice_date,"),
    ("edit", {"by": "somebody else"}, "by", "unknown field"),
    ("edit", {"note": "a\x00b"}, "body", "note holds a NUL character"),
    ("edit", {"note": "\ud800"}, "note", "valid Unicode"),
    ("edit", {"role": "admin"}, "role", "unknown field"),
    ("edit", {"recipients": ["a@b.uz", "c\x00@d.uz"]}, "body", "recipients holds a NUL character"),
    ("edit", {"line_changes": [{"op": "remove", "id": "L\x001"}]}, "line_changes.0", "id holds a NUL character"),
    ("edit", {"customer": {"signer": "a\x00"}}, "customer", "signer holds a NUL character"),
    (
        "edit",
        {"line_changes": [{"op": "reorder", "ids": ["L1", "L\x00"]}]},
        "line_changes.0",
        "ids holds a NUL character",
    ),
    ("edit", {"customer": {"name": ""}}, "customer.name", "must not be empty"),
    ("edit", {"customer": {"vat": "1"}}, "customer.vat", "unknown field; known are name, company_type,"),
    ("edit", {"reminder_days": [1, 400]}, "reminder_days.1", "must be 365 or less"),
    ("edit", {"agreement_date": "soon"}, "agreement_date", "must be a date such as 2026-02-28"),
    ("undo", {"expected_revision": None}, "expected_revision", "must be a whole number"),
    ("take_in", {"expected_revision": 0}, "expected_revision", "must be 1 or more"),
    ("check_facts", {"period": "2026-02"}, "period", "unknown field; none are known here"),
    ("finalize", {"force": True}, "force", "unknown field; none are known here"),
    ("regenerate", {"period": "2026-02"}, "period", "unknown field; none are known here"),
    ("approve", {"digest": "short"}, "digest", "must have 64 characters or more"),
    ("decline", {"reason": "no"}, "reason", "must have 3 characters or more"),
    ("decline", {"reason": "   no   "}, "reason", "must have 3 characters or more"),
    ("decline", {"reason": "x" * 2001}, "reason", "may have 2000 characters at the most"),
    ("reopen", {"reason": 5}, "reason", "must be text"),
    ("deliver", {"channel": "pigeon"}, "channel", "must be one of: didox, email"),
    ("mark_uploaded", {"uploaded_at": "yesterday"}, "uploaded_at", "must be a time with its zone"),
    ("mark_uploaded", {"url": 1}, "url", "must be text"),
    ("accept", {"reason": "fine"}, "reason", "unknown field; none are known here"),
    ("reject", {"reason": ""}, "reason", "must have 3 characters or more"),
    ("record_payment", {"amount": "0"}, "amount", "must be greater than 0"),
    ("record_payment", {"amount": "-5"}, "amount", "must be greater than 0"),
    ("record_payment", {"amount": "1,000.00"}, "amount", "must be a decimal number"),
    ("record_payment", {"amount": "12345678901234567.89"}, "amount", "digits"),
    ("record_payment", {"paid_on": "2026-02-29"}, "paid_on", "must be a date"),
    ("record_payment", {"payment_id": ""}, "payment_id", "must not be empty"),
    ("record_payment", {"reference": None}, "reference", "must be text"),
    ("void", {"reason": None}, "reason", "must be text"),
    ("discard", {"reason": ["x"]}, "reason", "must be text"),
    ("hold", {"reason": "x"}, "reason", "must have 3 characters or more"),
    ("release", {"now": True}, "now", "unknown field; none are known here"),
    ("retry_effect", {"effect_id": " "}, "effect_id", "must not be empty"),
    ("resolve_effect", {"outcome": "failed"}, "outcome", "must be one of: done, skipped"),
    ("resolve_effect", {"note": ""}, "note", "must have 3 characters or more"),
]


class TestBodies:
    @pytest.mark.parametrize(("command", "change", "path", "message"), BAD)
    async def test_a_bad_field(
        self,
        manager: Caller,
        rules: Rules,
        key: str,
        command: str,
        change: dict[str, Any],
        path: str,
        message: str,
    ) -> None:
        made = await rules.put(draft_of(key))
        response = await give(manager, made.id, command, GOOD.get(command, {}) | change)
        [detail] = error_of(response, 400, "VALIDATION_ERROR")["details"]
        assert detail["path"] == path
        assert message in detail["message"]
        assert rules.sent == []

    @pytest.mark.parametrize("command", sorted(GOOD))
    async def test_each_required_field_is_missed_by_name(
        self, manager: Caller, rules: Rules, key: str, command: str
    ) -> None:
        made = await rules.put(draft_of(key))
        error = error_of(await give(manager, made.id, command, {}), 400, "VALIDATION_ERROR")
        assert error["details"] == [{"path": name, "message": "is required"} for name in GOOD[command]]
        more = f" (and {len(GOOD[command]) - 1} more, see details)" if len(GOOD[command]) > 1 else ""
        assert error["message"] == f"{next(iter(GOOD[command]))}: is required{more}"

    @pytest.mark.parametrize("command", sorted(GOOD))
    async def test_a_body_that_did_not_come_is_described(
        self, manager: Caller, rules: Rules, key: str, command: str
    ) -> None:
        made = await rules.put(draft_of(key))
        send = manager.patch if command == "edit" else manager.post
        path = f"/invoices/{made.id}" if command == "edit" else f"/invoices/{made.id}/{command}"
        [detail] = error_of(await send(path, None), 400, "VALIDATION_ERROR")["details"]
        assert detail["path"] == "body"
        assert detail["message"] == f"is required: a JSON object with {', '.join(GOOD[command])}"

    def test_every_command_that_needs_something_is_tried_above(self) -> None:
        needing = {c.name.value for c in COMMANDS if any(f.is_required() for f in c.model_fields.values())}
        assert needing == GOOD.keys()
        assert {command.name.value for command in COMMANDS} == {command for command, *_ in BAD}


async def test_a_role_that_may_not_sees_it_in_allowed(viewer: Caller, editor: Caller, rules: Rules, key: str) -> None:
    made = await rules.put(reviewable(draft_of(key)))
    assert made.status is Status.NEEDS_REVIEW
    assert data_of(await viewer.get(f"/invoices/{made.id}"))["allowed"] == []
    assert data_of(await editor.get(f"/invoices/{made.id}"))["allowed"] == ["check_facts"]
    assert Finalize.name.value not in data_of(await editor.get(f"/invoices/{made.id}"))["allowed"]
