"""A valid body for each command that needs one, and how to send a command."""

from typing import Any

from tests.http.callers import Caller

GOOD: dict[str, dict[str, Any]] = {
    "edit": {"expected_revision": 1},
    "undo": {"expected_revision": 1},
    "take_in": {"expected_revision": 1},
    "approve": {"digest": "a" * 64},
    "decline": {"reason": "too many hours"},
    "mark_uploaded": {"uploaded_at": "2026-03-02T10:00:00+05:00"},
    "reject": {"reason": "wrong order"},
    "record_payment": {"payment_id": "p-1", "paid_on": "2026-03-01", "amount": "1.00", "reference": "act 7"},
    "reverse_payment": {"payment_id": "p-1", "reason": "typed twice"},
    "write_off": {"kind": "fee", "reason": "a fee of the bank"},
    "void": {"reason": "wrong company"},
    "hold": {"reason": "the client asked"},
    "retry_effect": {"effect_id": "x:1:archive"},
    "resolve_effect": {"effect_id": "x:1:archive", "outcome": "done", "note": "found it there"},
    "submit_signature": {"signature": "a" * 64},
    "record_portal_status": {"portal_status": "accepted"},
}
ADDED_LINE = {"op": "add", "line": {"description": "Licence", "unit_price": "1"}}


async def send(caller: Caller, invoice_id: str, command: str, body: Any = None, **options: Any) -> Any:
    if command == "edit":
        return await caller.patch(f"/invoices/{invoice_id}", body, **options)
    return await caller.post(f"/invoices/{invoice_id}/{command}", body, **options)
