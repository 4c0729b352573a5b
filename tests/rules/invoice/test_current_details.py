"""The current details: the state in Markdown, with all texts escaped for tables and lists."""

from decimal import Decimal

from models.contracts.contract import DealType
from models.invoice.commands import Decline, Deliver, Discard, Hold, RecordPayment, Reopen, Void
from models.invoice.current_details import current_details
from models.invoice.effects import EffectName, FailedAttempt
from models.invoice.event_handlers import apply_event
from models.invoice.events import EffectFailed
from models.invoice.revision import add_note
from tests.fixtures.invoices import (
    NOW,
    approve,
    approved,
    completed,
    contract,
    drafted,
    execute,
    new_invoice,
    newest,
    reviewable,
    sent,
    workdays,
    worklog,
)


def test_a_draft() -> None:
    text = current_details(new_invoice())
    assert text.splitlines()[0] == "## Draft"
    assert "| Client | Acme Corp (CUST-001) |" in text
    assert "| Total | 15,000,000.00 UZS |" in text
    assert "`finalize`" in text
    assert "`approve`" not in text
    assert "Cannot be finalised" not in text
    assert "Warnings" not in text


def test_the_heading_has_the_number_and_the_status() -> None:
    assert current_details(execute(new_invoice(), Discard(by="amina"))).startswith("## Draft: discarded\n")
    issued = reviewable()
    assert current_details(issued).startswith("## ACT-7: needs review\n")
    reopened = execute(issued, Decline(by="boss", reason="wrong hours"), Reopen(by="amina"))
    assert current_details(reopened).startswith("## ACT-7: draft\n")


def test_a_draft_shows_why_it_cannot_be_finalised_and_its_warnings() -> None:
    text = current_details(new_invoice(drafted(contract((), labels=()))))
    assert "**Cannot be finalised:** The total is 0.00; there is nothing to invoice." in text
    warnings = text.split("### Warnings\n")[1].split("\n\n")[0].splitlines()
    assert warnings == [
        "- The contract has no project labels, so no worklogs can be found for it.",
        "- Nothing is charged for an empty period; the contract's base amount would be 15,000,000.00 UZS.",
    ]
    held = execute(new_invoice(drafted(contract(()))), Hold(by="boss", reason="client called"))
    assert "Cannot be finalised" not in current_details(held), "the hold is shown instead"


def test_warnings_are_shown_for_a_draft_only() -> None:
    content = drafted(contract((*workdays(30), worklog(1, issue="PROJ-9"))))
    content = content.model_copy(update={"warnings": ("first\n## second",)})
    assert "### Warnings\n- first ## second\n" in current_details(new_invoice(content))
    assert "Warnings" not in current_details(reviewable(new_invoice(content)))


def test_an_open_signature_or_answer_names_who_must_act() -> None:
    shown = reviewable()
    out = execute(shown, approve(shown), Deliver.model_validate({"by": "boss", "channel": "didox"}))
    signature = completed(out, EffectName.EINVOICE, vendor_id="d-1")
    key = newest(signature, EffectName.EINVOICE_SIGNATURE).key
    row = f"| einvoice signature | pending | 2026-03-01 10:00 | our signature in Didox | `{key}` |"
    assert row in current_details(signature).splitlines()
    answer = completed(signature, EffectName.EINVOICE_SIGNATURE, vendor_id="d-1")
    key = newest(answer, EffectName.EINVOICE_ANSWER).key
    row = f"| einvoice answer | pending | 2026-03-01 10:00 | the client's signature in Didox | `{key}` |"
    assert row in current_details(answer).splitlines()


def test_an_effect_that_waits_for_a_compensation_names_it() -> None:
    invoice = completed(approved(), EffectName.ACCOUNTING, vendor_id="55")
    shown = reviewable(execute(invoice, Reopen(by="amina")))
    again = execute(shown, approve(shown))
    row = next(line for line in current_details(again).splitlines() if newest(again, EffectName.ACCOUNTING).key in line)
    assert "| the accounting reversal |" in row


def test_an_overpayment_is_shown() -> None:
    payment = RecordPayment(payment_id="p1", paid_on=NOW.date(), amount=Decimal("15000250.5"), reference="bank")
    text = current_details(execute(sent(), payment))
    assert "| Paid | 15,000,000.00 UZS; balance 0.00; **250.50 credit of the client** |" in text


def test_a_blocked_effect_shows_its_error_and_its_key() -> None:
    invoice = approved()
    key = newest(invoice, EffectName.ACCOUNTING).key
    blocked = apply_event(
        invoice, EffectFailed(key=key, code="VendorRefused", message="contractor | 42\nis unknown"), NOW
    )
    text = current_details(blocked)
    assert text.splitlines()[0].endswith("**BLOCKED**")
    row = next(line for line in text.splitlines() if key in line)
    assert row == f"| accounting | failed | 2026-03-01 10:00 | contractor \\| 42 is unknown | `{key}` |"
    assert "### Under way" in text
    assert "`retry_effect`" in text


def test_cells_are_escaped() -> None:
    text = current_details(new_invoice(drafted(contract((), DealType.FP, company_name="A | B\nC\r\nD"))))
    assert "| Client | A \\| B C D (CUST-001) |" in text


def test_each_note_is_one_line() -> None:
    invoice = add_note(new_invoice(), NOW, "Ignored `approve`: first\n## second\r\nthird")
    assert "- 2026-03-01 10:00: Ignored `approve`: first ## second third" in current_details(invoice).splitlines()


def test_only_the_newest_notes_are_kept() -> None:
    invoice = new_invoice()
    for n in range(15):
        invoice = add_note(invoice, NOW, f"note {n}.")
    assert len(invoice.notes) == 10
    assert "note 14." in current_details(invoice)
    assert "note 4." not in current_details(invoice)


def test_payments_and_the_next_timer_are_shown() -> None:
    payment = RecordPayment(payment_id="p1", paid_on=NOW.date(), amount=Decimal("5000000.00"), reference="bank")
    text = current_details(execute(sent(), payment))
    assert "| Paid | 5,000,000.00 UZS; balance 10,000,000.00 |" in text
    assert "| Due | 2026-04-15 |" in text
    assert "2026-04-08 09:00" in text


def test_a_hold_and_the_overdue_flag_are_marked() -> None:
    held = execute(sent(), Hold(by="boss | me", reason="client\ncalled"))
    assert "**On hold** by boss \\| me: client called" in current_details(held)
    assert "**OVERDUE**" in current_details(held.model_copy(update={"overdue": True}))


def test_the_archive_key_is_shown() -> None:
    invoice = completed(approved(), EffectName.ARCHIVE, details={"key": "invoices/2026/Act_ACT-7.pdf", "etag": "e"})
    assert "| Archived | invoices/2026/Act_ACT-7.pdf |" in current_details(invoice)


def test_a_final_invoice_has_no_possible_command() -> None:
    assert current_details(execute(new_invoice(), Discard(by="amina"))).endswith("Possible now: nothing")
    void = execute(approved(), Void(by="boss", reason="wrong client"))
    while void.open_effects:
        void = completed(void, void.open_effects[0].name)
    assert current_details(void).endswith("Possible now: nothing")


def test_a_stopped_invoice_names_the_reason_and_the_way_back() -> None:
    invoice = approved()
    text = current_details(invoice, "Event 7 is stored\nwith different content.")
    assert text.splitlines()[0] == "## ACT-7 · **STOPPED**"
    assert "Event 7 is stored with different content." in text
    assert f"`aktum invoice restore {invoice.id}`" in text
    assert "Possible now" not in text


def test_a_retried_effect_names_error_attempt_and_next_try() -> None:
    invoice = approved()
    key = newest(invoice, EffectName.ACCOUNTING).key
    failed = FailedAttempt(activity="accounting.post", attempt=4, error="no | answer\nin time", next_try_at=NOW)
    text = current_details(invoice, failed={key: failed})
    assert "Attempt 4 failed: no \\| answer in time The next one starts at" in text
    assert text.count("Attempt") == 1
