"""Results of effects that were cancelled meanwhile, and of contract data that could not be fetched."""

from models.invoice.commands import Deliver, Regenerate, Reopen, Undo
from models.invoice.effects import EffectName, EffectState, Receipt
from models.invoice.event_handlers import apply_event
from models.invoice.events import EffectCompleted, EffectFailed
from models.invoice.invoice import Invoice
from models.invoice.status import Status
from tests.fixtures.invoices import NOW, approved, edit, execute, new_invoice, newest

E, S = EffectName, Status


def test_a_letter_that_was_sent_after_its_cancellation_is_in_the_audit_trail() -> None:
    out = execute(approved(), Deliver.model_validate({"channel": "email"}))
    draft = execute(out, Reopen(by="boss"))
    receipt = Receipt(vendor_id="<m-1@aktum>", details={"to": "client@acme.example"})
    late = apply_event(draft, EffectCompleted(key=newest(out, E.EMAIL).key, receipt=receipt), NOW)
    event = late.journal[-1]
    assert (event.action, event.details["vendor_id"], event.details["to"]) == (
        "email_came_late",
        "<m-1@aktum>",
        "client@acme.example",
    )
    assert (late.status, newest(late, E.EMAIL).state, newest(late, E.EMAIL).vendor_id) == (
        S.DRAFT,
        EffectState.SKIPPED,
        "<m-1@aktum>",
    )
    assert "after it was given up" in late.notes[-1].text


def test_a_posting_after_its_cancellation_is_still_reversed() -> None:
    out = approved()
    draft = execute(out, Reopen(by="boss"))
    late = apply_event(draft, EffectCompleted(key=newest(out, E.ACCOUNTING).key, receipt=Receipt(vendor_id="s-1")), NOW)
    assert newest(late, E.ACCOUNTING_REVERSAL).is_open


def redraft_refused(requested: Invoice) -> Invoice:
    failed = EffectFailed(
        key=newest(requested, E.REDRAFT).key, code="WarehouseDown", message="ClickHouse does not answer."
    )
    return apply_event(requested, failed, NOW)


def test_a_draft_stays_as_it_was_if_the_contract_data_cannot_be_fetched() -> None:
    draft = new_invoice()
    edited = execute(draft, edit(draft, html_override="<p>by hand</p>"))
    after = redraft_refused(execute(edited, Regenerate(by="amina")))
    assert (after.content, after.undoable, after.late) == (edited.content, edited.undoable, edited.late)
    assert after.notes[-1].text == "ClickHouse does not answer."
    assert execute(after, Undo(expected_revision=after.revision)).content == draft.content


def test_the_message_says_that_an_approved_invoice_has_become_a_draft() -> None:
    after = redraft_refused(execute(approved(), Regenerate(by="amina")))
    assert after.status is S.DRAFT
    assert after.notes[-1].text.startswith("The invoice is a draft again, but its facts could not be fetched")
    assert after.notes[-1].text.endswith("ClickHouse does not answer.")
