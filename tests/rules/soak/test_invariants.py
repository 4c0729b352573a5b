"""The invariants of a soak: each of them names the invoice for which it does not hold, and is silent otherwise."""

from dataclasses import replace
from typing import Any

import pytest

from models.invoice.status import CommandName
from soak.desk import Outcome
from soak.invariants import InvoiceRecord, IssuedNumber, Records, violations
from soak.lives import Sent

ID = "7d0c2f4e-0000-5000-8000-000000000001"
PDF = "ab" * 32


def effect(revision: int, name: str, vendor_id: str | None = None, state: str = "done") -> dict[str, Any]:
    return {"key": f"{ID}:{revision}:{name}", "name": name, "state": state, "vendor_id": vendor_id}


def event(action: str, by: str = "manager", **details: str) -> dict[str, Any]:
    return {"action": action, "by": by, "details": details}


def shipment(number: str = "1", revision: int = 3, *, deleted: bool = False, value: str = "100.00") -> dict[str, Any]:
    key = f"{ID}:{revision}:accounting"
    record = {"externalId": key, "comment": f"Акт ACT-1 [inv:{ID}] [key:{key}]", "value": value}
    return {"id": number, "deleted": deleted, "record": record}


def act(document: str = "a1", status: int = 0) -> dict[str, Any]:
    return {"id": document, "record": {"status": status, "json": {"actdoc": {"actno": "ACT-1"}}}}


def payment(payment_id: str = "P1", amount: str = "100.00", surplus: str = "0.00") -> dict[str, Any]:
    return {"payment_id": payment_id, "amount": amount, "surplus": surplus, "reversed": None}


def sent(name: CommandName, outcome: Outcome = Outcome.ACCEPTED, **body: Any) -> Sent:
    return Sent(name, outcome, body)


EFFECTS = [
    effect(3, "archive", "Act_ACT-1.pdf"),
    effect(3, "accounting", "1"),
    effect(3, "notice", "<notice>"),
    effect(4, "einvoice", "A1"),
]
INVOICE: dict[str, Any] = {
    "id": ID,
    "status": "closed",
    "revision": 5,
    "display_number": "ACT-1",
    "total_amount": "100.00",
    "written_off_amount": "0.00",
    "effects": EFFECTS,
    "payments": [payment()],
    "archived": {"key": "Act_ACT-1.pdf"},
    "document": {"sha256": PDF},
}
RECORD = InvoiceRecord(
    invoice=INVOICE,
    events=(
        event("create", "editor"),
        event("finalize", "editor"),
        event("approve"),
        event("deliver"),
        event("record_payment", "editor", payment_id="P1"),
    ),
    claims=("W1",),
    claimed=("W1",),
    sent=(
        sent(CommandName.APPROVE),
        sent(CommandName.DELIVER, Outcome.UNANSWERED),
        sent(CommandName.RECORD_PAYMENT, payment_id="P1", amount="100.00"),
    ),
    message_ids={f"{ID}:3:notice": "<notice>"},
)
RECORDS = Records(
    invoices=(RECORD,),
    shipments=(shipment(),),
    acts=(act(),),
    letters=("<notice>",),
    archived={"Act_ACT-1.pdf": PDF},
    numbers=(IssuedNumber("ACT", 1, "ACT-1", ID, "ACT-1", "closed"),),
    counters={"ACT": 1},
)


def with_invoice(**changes: Any) -> Records:
    return replace(RECORDS, invoices=(replace(RECORD, invoice={**INVOICE, **changes}),))


def with_record(**changes: Any) -> Records:
    return replace(RECORDS, invoices=(replace(RECORD, **changes),))


def test_nothing_is_wrong() -> None:
    assert violations(RECORDS) == []


def test_a_refused_comparison_may_be_in_the_trail() -> None:
    """Its answer tells how the comparison ended; a refused approval leaves no event."""
    events = (*RECORD.events, event("check_facts", "editor"))
    refused = sent(CommandName.CHECK_FACTS, Outcome.REFUSED)
    longer = {"events": events, "invoice": {**INVOICE, "revision": 6}}
    assert violations(with_record(sent=(*RECORD.sent, refused), **longer)) == []
    assert violations(with_record(**longer, sent=(*RECORD.sent, sent(CommandName.VOID, Outcome.REFUSED)))) == []


def test_a_document_that_was_rendered_after_the_approval_is_not_archived() -> None:
    events = (*RECORD.events, event("finalize", "editor"))
    record = replace(RECORD, events=events, invoice={**INVOICE, "revision": 6})
    assert violations(replace(RECORDS, invoices=(record,), archived={"Act_ACT-1.pdf": "older"})) == []
    assert violations(replace(RECORDS, archived={"Act_ACT-1.pdf": "older"})) != []


def test_an_invoice_that_was_reopened_has_no_document_to_compare() -> None:
    assert violations(with_invoice(document=None)) == []


OTHER = IssuedNumber("ACT", 3, "ACT-3", "other", "ACT-3", "void")
BROKEN: dict[str, tuple[Records, str, str | None]] = {
    "the same posting twice": (replace(RECORDS, shipments=(shipment(), shipment("2"))), "accounting", ID),
    "created twice, one deleted": (
        replace(RECORDS, shipments=(shipment(), shipment("2", deleted=True))),
        "accounting",
        ID,
    ),
    "two approvals posted": (replace(RECORDS, shipments=(shipment(), shipment("2", 2))), "accounting", ID),
    "a posting lost": (replace(RECORDS, shipments=(shipment(deleted=True),)), "accounting", ID),
    "another amount posted": (replace(RECORDS, shipments=(shipment(value="99.00"),)), "accounting", ID),
    "a posting of a void invoice": (
        with_invoice(status="void", payments=[], effects=[*EFFECTS, effect(5, "accounting_reversal")]),
        "accounting",
        ID,
    ),
    "two acts": (replace(RECORDS, acts=(act(), act("b2"))), "e-invoice", ID),
    "an act lost": (replace(RECORDS, acts=()), "e-invoice", ID),
    "an act of a withdrawn delivery": (
        with_invoice(effects=[*EFFECTS, effect(5, "einvoice_cancel")]),
        "e-invoice",
        ID,
    ),
    "a letter twice": (replace(RECORDS, letters=("<notice>", "<notice>")), "mail", ID),
    "a letter lost": (replace(RECORDS, letters=()), "mail", ID),
    "a letter of nobody": (replace(RECORDS, letters=("<notice>", "<x>")), "mail", None),
    "a file lost": (replace(RECORDS, archived={}), "archive", ID),
    "another file": (replace(RECORDS, archived={"Act_ACT-1.pdf": "cd" * 32}), "archive", ID),
    "no file named": (with_invoice(archived=None), "archive", ID),
    "a copy lost": (with_invoice(effects=[*EFFECTS, effect(5, "archive_keep", "Act.rev1.pdf")]), "archive", ID),
    "a payment twice": (with_invoice(payments=[payment(), payment()]), "payments", ID),
    "a payment lost": (with_invoice(payments=[], status="sent"), "payments", ID),
    "paid by a reversed payment": (
        with_invoice(payments=[payment() | {"reversed": {"by": "boss"}}]),
        "payments",
        ID,
    ),
    "paid and written off": (with_invoice(written_off_amount="1.00"), "payments", ID),
    "another amount paid": (with_invoice(payments=[payment(amount="90.00")]), "payments", ID),
    "the chain": (with_record(chain_intact=False), "trail", ID),
    "an event lost": (with_record(events=RECORD.events[:2] + RECORD.events[3:]), "trail", ID),
    "a command twice": (with_record(events=(*RECORD.events, event("approve"))), "trail", ID),
    "a claim left": (with_record(claims=("W1", "W2")), "worklogs", ID),
    "a worklog not claimed": (with_record(claimed=("W1", "W2")), "worklogs", ID),
    "a gap": (replace(RECORDS, numbers=(*RECORDS.numbers, OTHER), counters={"ACT": 3}), "numbers", None),
    "a number lost": (replace(RECORDS, counters={"ACT": 2}), "numbers", None),
    "a number of a discarded draft": (
        replace(RECORDS, numbers=(IssuedNumber("ACT", 1, "ACT-1", ID, None, "discarded"),)),
        "numbers",
        ID,
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_named(name: str) -> None:
    records, rule, invoice_id = BROKEN[name]
    assert (rule, invoice_id) in {(each.rule, each.invoice_id) for each in violations(records)}


def test_two_letters_for_one_approval() -> None:
    mails = [effect(4, "email", "<one>"), effect(5, "email", "<two>")]
    message_ids = {**RECORD.message_ids, f"{ID}:4:email": "<one>", f"{ID}:5:email": "<two>"}
    record = replace(RECORD, invoice={**INVOICE, "effects": [*EFFECTS, *mails]}, message_ids=message_ids)
    records = replace(RECORDS, invoices=(record,), letters=("<notice>", "<one>", "<two>"))
    assert [(each.rule, each.invoice_id) for each in violations(records)] == [("mail", ID)]


def test_a_posting_that_was_reversed_is_not_in_force() -> None:
    effects = [*EFFECTS, effect(5, "accounting_reversal", "1")]
    records = replace(with_invoice(status="void", effects=effects), shipments=(shipment(deleted=True),))
    assert violations(records) == []


def test_an_unanswered_command_may_be_in_the_trail_or_not() -> None:
    without = tuple(each for each in RECORD.events if each["action"] != "deliver")
    record = replace(RECORD, invoice={**INVOICE, "revision": 4}, events=without)
    assert violations(replace(RECORDS, invoices=(record,))) == []
    refused = (*RECORD.sent, sent(CommandName.HOLD, Outcome.REFUSED))
    assert violations(with_record(sent=refused)) == []
