"""Late work: how an invoice differs from the draft that would be computed today."""

from decimal import Decimal

import pytest

from models.contracts.contract import DealType
from models.invoice.commands import CheckFacts, Decline, Discard, Hold, Regenerate, Reopen, Void
from models.invoice.content.content import digest
from models.invoice.current_details import current_details
from models.invoice.editing.late_worklogs import compare
from models.invoice.effects import EffectName, EffectState
from models.invoice.errors import Refused
from models.invoice.event_handlers import apply_event
from models.invoice.events import Compared, EffectFailed
from models.invoice.preconditions import allowed, check
from models.invoice.status import CommandName, Status
from tests.fixtures.invoices import (
    NOW,
    contract,
    drafted,
    edit,
    execute,
    new_invoice,
    newest,
    reviewable,
    terms,
    worklog,
)
from tests.fixtures.late_work import EARLY, HOURLY, LATE, NEW, checked, late, take_in, today

D, E = Decimal, EffectName


def test_late_work_is_shown_by_worklog_by_line_and_in_the_total() -> None:
    w2_longer = worklog(3, issue="PROJ-2", worklog_id="w2")
    invoice = checked(new_invoice(HOURLY), today(w2_longer, LATE, NEW))  # w1 is gone
    found = late(invoice)
    assert (found.added, found.changed, found.removed, found.differs, found.proposal) == (2, 1, 1, True, False)
    assert [(w.worklog_id, w.kind, w.hours_before, w.hours_after) for w in found.worklogs] == [
        ("w1", "removed", D("2.00"), None),
        ("w2", "changed", D("1.00"), D("3.00")),
        ("w3", "added", None, D("1.50")),
        ("w4", "added", None, D("4.00")),
    ]
    assert found.worklogs[3].task == "PROJ-15: Summary of PROJ-15"
    assert [(x.amount_before, x.amount_after, x.quantity_after) for x in found.lines] == [
        (D("300000.00"), D("225000.00"), D("1.50")),
        (D("150000.00"), D("450000.00"), D("3.00")),
        (None, D("600000.00"), D("4.00")),
    ]
    # 1.5 + 3 + 4 h at 150,000
    assert (found.totals_before.total_amount, found.totals_after.total_amount) == (D("450000.00"), D("1275000.00"))
    assert invoice.content == HOURLY
    event = invoice.journal[-1]
    assert event.action == "facts_compared"
    assert event.details == {
        "worklogs": "2 added, 1 changed, 1 removed",
        "total": "450000.00",
        "total_now": "1275000.00",
        "proposal": "no",
    }
    assert "2 worklogs added, 1 changed, 1 removed; the total would be 1,275,000.00 UZS" in current_details(invoice)


def test_without_a_difference_nothing_can_be_taken_in() -> None:
    invoice = checked(new_invoice(HOURLY), today(*EARLY))
    assert not late(invoice).differs
    assert CommandName.TAKE_IN not in allowed(invoice)
    with pytest.raises(Refused, match="nothing to take in"):
        check(invoice, take_in(invoice), NOW)
    assert "Late work" not in current_details(invoice)


def test_a_draft_of_an_older_release_has_only_the_ids_of_its_worklogs() -> None:
    old = HOURLY.with_service(worklogs={})
    found = compare(old, today(*EARLY, LATE), NOW, issued=False)
    assert (found.added, found.changed, found.removed) == (1, 0, 0)
    assert compare(old, today(EARLY[0]), NOW, issued=False).removed == 1


def test_a_change_below_the_minimum_billable_time_is_shown() -> None:
    # 10 and 20 minutes are both billed as 30: the logged time differs, no amount does
    edited = today(worklog(worklog_id="w1", seconds=600))
    found = compare(edited, today(worklog(worklog_id="w1", seconds=1200)), NOW, issued=False)
    assert (found.changed, found.lines, found.totals_after) == (1, (), edited.totals)


def test_an_issued_invoice_stays_as_it_is_and_gets_a_proposal() -> None:
    issued = reviewable(new_invoice(HOURLY))
    invoice = checked(issued, today(*EARLY, LATE))
    assert (invoice.content, invoice.digest, invoice.document) == (issued.content, issued.digest, issued.document)
    found = late(invoice)
    assert (found.proposal, found.patch, found.totals_after.total_amount) == (True, None, D("675000.00"))
    assert invoice.journal[-1].details["proposal"] == "yes"
    assert CommandName.TAKE_IN not in allowed(invoice)
    assert "stays as it is" in current_details(invoice)


def test_the_comparison_of_a_draft_becomes_a_proposal_when_it_is_issued() -> None:
    issued = reviewable(checked(new_invoice(HOURLY), today(*EARLY, LATE)))
    assert (late(issued).proposal, late(issued).patch, issued.content) == (True, None, HOURLY)
    reopened = execute(issued, Decline(by="boss", reason="take it in"), Reopen(by="boss"))
    assert reopened.late is None


def test_the_digest_covers_only_what_is_printed() -> None:
    """The sources of the lines and the approval policy do not change the document that was reviewed."""
    bare = HOURLY.with_service(worklogs={}).model_copy(update={"dropped": ("task|PROJ-9|standard",)})
    strict = terms().issuer.model_copy(update={"review": {"four_eyes": True}})
    assert digest(bare, "ACT-7") == digest(HOURLY, "ACT-7")
    assert digest(HOURLY.model_copy(update={"issuer": strict}), "ACT-7") == digest(HOURLY, "ACT-7")
    assert digest(HOURLY.model_copy(update={"legal_text": "x"}), "ACT-7") != digest(HOURLY, "ACT-7")


def test_another_currency_or_deal_type_cannot_be_taken_in() -> None:
    recomputed = drafted(contract(EARLY, DealType.HR, currency="USD"))
    invoice = checked(new_invoice(HOURLY), recomputed)
    with pytest.raises(Refused, match="currency was UZS and is USD now; regenerate"):
        check(invoice, take_in(invoice), NOW)
    fixed = checked(new_invoice(HOURLY), today(*EARLY, deal=DealType.FP))
    assert "deal type was HR and is FP now" in str(late(fixed).obstacle)


def test_a_refused_check_changes_nothing() -> None:
    requested = execute(new_invoice(HOURLY), CheckFacts(by="amina"))
    key = newest(requested, E.FACTS_CHECK).key
    invoice = apply_event(
        requested, EffectFailed(key=key, code="WarehouseUnavailable", message="ClickHouse is down"), NOW
    )
    assert (invoice.content, invoice.late, invoice.blocked) == (HOURLY, None, ())
    assert newest(invoice, E.FACTS_CHECK).state is EffectState.SKIPPED
    assert invoice.notes[-1].text == "ClickHouse is down"
    assert CommandName.CHECK_FACTS in allowed(invoice)


def test_only_the_last_check_is_kept() -> None:
    invoice = checked(checked(new_invoice(HOURLY), today(*EARLY)), today(*EARLY, LATE))
    assert [e.name for e in invoice.effects] == [E.FACTS_CHECK]
    assert late(invoice).added == 1


def test_a_second_check_and_a_check_on_hold_are_refused() -> None:
    requested = execute(new_invoice(HOURLY), CheckFacts(by="amina"))
    with pytest.raises(Refused, match="already being compared"):
        check(requested, CheckFacts(), NOW)
    held = execute(new_invoice(HOURLY), Hold(by="boss", reason="wait a bit"))
    for command in (CheckFacts(), Regenerate()):
        with pytest.raises(Refused, match="on hold"):
            check(held, command, NOW)


def test_an_edit_during_the_check_is_part_of_the_comparison() -> None:
    requested = execute(new_invoice(HOURLY), CheckFacts(by="amina"))
    changed = execute(requested, edit(requested, line_changes=[{"op": "remove", "id": "L2"}]))
    invoice = apply_event(changed, Compared(key=newest(requested, E.FACTS_CHECK).key, content=today(*EARLY, LATE)), NOW)
    assert execute(invoice, take_in(invoice)).content.totals.total_amount == D("525000.00")


@pytest.mark.parametrize("end", [Discard(by="amina"), Void(by="boss", reason="wrong client")])
def test_a_void_or_discard_cancels_the_check(end: Discard | Void) -> None:
    draft = new_invoice(HOURLY) if isinstance(end, Discard) else reviewable(new_invoice(HOURLY))
    ended = execute(draft, CheckFacts(by="amina"), end)
    assert ended.status in (Status.DISCARDED, Status.VOID)
    assert not ended.is_comparing
