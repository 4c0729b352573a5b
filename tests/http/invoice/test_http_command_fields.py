"""The fields of the command bodies: each bad value gets an error at the field, and nothing is sent."""

from typing import Any

import pytest

from models.invoice.commands import COMMANDS
from tests.http.callers import Caller, Rules, draft_of, error_of
from tests.http.invoice.command_examples import ADDED_LINE, GOOD, send

BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("edit", {"expected_revision": None}, "expected_revision", "must be a whole number"),
    ("edit", {"expected_revision": 0}, "expected_revision", "must be 1 or more"),
    ("edit", {"expected_revision": 1.5}, "expected_revision", "must be a whole number"),
    ("edit", {"invoice_date": "31.03.2026"}, "invoice_date", "must be a date such as 2026-02-28"),
    ("edit", {"payment_days": 366}, "payment_days", "must be 365 or less"),
    ("edit", {"payment_days": "soon"}, "payment_days", "must be a whole number"),
    ("edit", {"base_amount": "-1"}, "base_amount", "must be 0 or more"),
    ("edit", {"base_amount": "1.23456"}, "base_amount", "4 decimal places"),  # the rules know the currency
    ("edit", {"base_amount": "1.234"}, "base_amount", "can mean 1.2340 or 1234.00"),
    ("edit", {"base_amount": True}, "base_amount", "must be a decimal number"),
    ("edit", {"overtime_hours": "1000000000"}, "overtime_hours", "digits"),
    ("edit", {"overtime_hours": "1e9"}, "overtime_hours", "must be a decimal number"),
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
    ("edit", {"recipients": ["a@b.uz"] * 21}, "recipients", "20 entries"),
    ("edit", {"legal_text": "x" * 20_001}, "legal_text", "20000 characters"),
    ("edit", {"status": "paid"}, "status", "unknown field; known are expected_revision, invoice_date,"),
    ("edit", {"by": "somebody else"}, "by", "unknown field"),
    ("edit", {"note": "a\x00b"}, "body", "note holds a NUL character"),
    ("edit", {"note": "\ud800"}, "note", "valid Unicode"),
    ("edit", {"role": "admin"}, "role", "unknown field"),
    ("edit", {"recipients": ["a@b.uz", "c\x00@d.uz"]}, "recipients.1", "is not an e-mail address"),
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
    ("finalize", {"force": True}, "force", "unknown field; known are confirmed_warnings, issue_today"),
    ("finalize", {"confirmed_warnings": "DaysInvoiced"}, "confirmed_warnings", "must be a list"),
    ("finalize", {"confirmed_warnings": [""]}, "confirmed_warnings.0", "must not be empty"),
    ("regenerate", {"period": "2026-02"}, "period", "unknown field; none are known here"),
    ("approve", {"digest": "short"}, "digest", "must have 64 characters or more"),
    ("decline", {"reason": "no"}, "reason", "must have 3 characters or more"),
    ("decline", {"reason": "   no   "}, "reason", "must have 3 characters or more"),
    ("decline", {"reason": "x" * 2001}, "reason", "2000 characters"),
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
    ("reverse_payment", {"reason": "x"}, "reason", "must have 3 characters or more"),
    ("reverse_payment", {"payment_id": " "}, "payment_id", "must not be empty"),
    ("write_off", {"kind": "gift"}, "kind", "must be one of: fee, rounding, bad_debt"),
    ("write_off", {"amount": "-1"}, "amount", "must be greater than 0"),
    ("void", {"reason": None}, "reason", "must be text"),
    ("discard", {"reason": ["x"]}, "reason", "must be text"),
    ("hold", {"reason": "x"}, "reason", "must have 3 characters or more"),
    ("release", {"now": True}, "now", "unknown field; none are known here"),
    ("retry_effect", {"effect_id": " "}, "effect_id", "must not be empty"),
    ("submit_signature", {"signature": "short"}, "signature", "must have 64 characters or more"),
    (
        "record_portal_status",
        {"portal_status": 1},
        "portal_status",
        "must be one of: submitted, processing, accepted, rejected",
    ),
    ("sync_planfact", {"effect_id": "x"}, "effect_id", "unknown field; none are known here"),
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
        response = await send(manager, made.id, command, GOOD.get(command, {}) | change)
        [detail] = error_of(response, 400, "VALIDATION_ERROR")["details"]
        assert detail["path"] == path
        assert message in detail["message"]
        assert rules.sent == []

    @pytest.mark.parametrize("command", sorted(GOOD))
    async def test_each_missing_field_is_named(self, manager: Caller, rules: Rules, key: str, command: str) -> None:
        made = await rules.put(draft_of(key))
        error = error_of(await send(manager, made.id, command, {}), 400, "VALIDATION_ERROR")
        assert error["details"] == [{"path": name, "message": "is required"} for name in GOOD[command]]
        more = f" (and {len(GOOD[command]) - 1} more, see details)" if len(GOOD[command]) > 1 else ""
        assert error["message"] == f"{next(iter(GOOD[command]))}: is required{more}"

    @pytest.mark.parametrize("command", sorted(GOOD))
    async def test_a_missing_body_lists_the_required_fields(
        self, manager: Caller, rules: Rules, key: str, command: str
    ) -> None:
        made = await rules.put(draft_of(key))
        request = manager.patch if command == "edit" else manager.post
        path = f"/invoices/{made.id}" if command == "edit" else f"/invoices/{made.id}/{command}"
        [detail] = error_of(await request(path, None), 400, "VALIDATION_ERROR")["details"]
        assert detail["path"] == "body"
        assert detail["message"] == f"is required: a JSON object with {', '.join(GOOD[command])}"

    def test_the_examples_cover_every_command(self) -> None:
        needing = {c.name.value for c in COMMANDS if any(f.is_required() for f in c.model_fields.values())}
        assert needing == GOOD.keys()
        assert {command.name.value for command in COMMANDS} == {command for command, *_ in BAD}
