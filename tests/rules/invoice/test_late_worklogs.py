"""Work that was logged after the draft was made: shown, taken in where a person wants it, never over their changes."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models.contracts.contract import DealType
from models.contracts.worklog import Worklog
from models.invoice.commands import CheckFacts, Decline, Discard, Hold, Regenerate, Reopen, TakeIn, Undo, Void
from models.invoice.content.content import Content, digest
from models.invoice.content.lines import Line, LineType
from models.invoice.current_details import current_details
from models.invoice.editing.edit import apply_edit
from models.invoice.editing.late_worklogs import LateWork, compare, merge_late_work
from models.invoice.editing.patch import apply_patch
from models.invoice.effects import EffectName, EffectState
from models.invoice.errors import Refused, StaleRevision
from models.invoice.event_handlers import apply_event
from models.invoice.events import Compared, EffectFailed
from models.invoice.invoice import Invoice
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

D, E = Decimal, EffectName
FRIDAY = date(2026, 2, 27)

# Hourly, 150,000 an hour: PROJ-1 2 h = 300,000; PROJ-2 1 h = 150,000; together 450,000
EARLY = (worklog(2, worklog_id="w1"), worklog(1, issue="PROJ-2", worklog_id="w2"))
LATE = worklog("1.5", day=FRIDAY, worklog_id="w3")  # PROJ-1 becomes 3.5 h = 525,000
NEW = worklog(4, issue="PROJ-15", day=FRIDAY, worklog_id="w4")  # 600,000
HOURLY = drafted(contract(EARLY, DealType.HR))
# Support with 40 hours inside: 39 h of PROJ-1
SUPPORT_EARLY = (worklog(39, worklog_id="s1"),)
SUPPORT = drafted(contract(SUPPORT_EARLY))


def today(*worklogs: Worklog, deal: DealType = DealType.HR) -> Content:
    return drafted(contract(worklogs, deal))


def checked(invoice: Invoice, fresh: Content) -> Invoice:
    asked = execute(invoice, CheckFacts(by="amina"))
    return apply_event(asked, Compared(key=newest(asked, E.FACTS_CHECK).key, content=fresh), NOW)


def take_in(invoice: Invoice, **fields: Any) -> TakeIn:
    return TakeIn.model_validate({"by": "amina", "expected_revision": invoice.revision} | fields)


def late(invoice: Invoice) -> LateWork:
    assert invoice.late is not None
    return invoice.late


def shown(content: Content) -> list[tuple[str, str | None, Decimal]]:
    return [(line.id, line.work.jira_key, line.line_total) for line in content.lines]


def edited_by_hand(content: Content, *line_changes: dict[str, Any], **fields: Any) -> Content:
    return apply_edit(content, edit(new_invoice(content), **{"line_changes": line_changes} | fields))[0]


# What is seen


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


def test_nothing_late_says_so_and_cannot_be_taken_in() -> None:
    invoice = checked(new_invoice(HOURLY), today(*EARLY))
    assert not late(invoice).differs
    assert CommandName.TAKE_IN not in allowed(invoice)
    with pytest.raises(Refused, match="nothing to take in"):
        check(invoice, take_in(invoice), NOW)
    assert "Late work" not in current_details(invoice)


def test_a_draft_of_an_older_release_knows_only_which_worklogs_there_were() -> None:
    old = HOURLY.with_service(worklogs={})
    found = compare(old, today(*EARLY, LATE), NOW, issued=False)
    assert (found.added, found.changed, found.removed) == (1, 0, 0)
    assert compare(old, today(EARLY[0]), NOW, issued=False).removed == 1


def test_hours_that_only_count_as_half_an_hour_anyway_are_seen() -> None:
    # 10 and 20 minutes are both billed as 30: the logged time differs, no amount does
    mine = today(worklog(worklog_id="w1", seconds=600))
    found = compare(mine, today(worklog(worklog_id="w1", seconds=1200)), NOW, issued=False)
    assert (found.changed, found.lines, found.totals_after) == (1, (), mine.totals)


# Taken in


def test_late_work_is_taken_in_at_its_place() -> None:
    invoice = checked(new_invoice(HOURLY), today(*EARLY, LATE, NEW))
    after = execute(invoice, take_in(invoice, note="February was late"))
    assert after.content.totals == today(*EARLY, LATE, NEW).totals
    # PROJ-15 sorts before PROJ-2, so in a new draft it would stand between them
    assert shown(after.content) == [
        ("L1", "PROJ-1", D("525000.00")),
        ("L3", "PROJ-15", D("600000.00")),
        ("L2", "PROJ-2", D("150000.00")),
    ]
    assert after.content.service.worklogs.keys() == {"w1", "w2", "w3", "w4"}
    event = after.journal[-1]
    assert (event.action, event.by, event.reason) == ("take_in", "amina", "February was late")
    assert event.details == {"added": "2", "changed": "0", "removed": "0"}
    assert event.changes["total_amount"] == ("450000.00", "1275000.00")
    assert after.late is None
    assert not late(checked(after, today(*EARLY, LATE, NEW))).differs


def test_a_new_line_is_not_taken_for_one_that_has_gone() -> None:
    """PROJ-2 was deleted in Tempo, PROJ-15 logged: two lines differ, and the trail tells them apart."""
    invoice = checked(new_invoice(HOURLY), today(EARLY[0], NEW))
    assert [(x.description, x.amount_before, x.amount_after) for x in late(invoice).lines] == [
        ("PROJ-2: Summary of PROJ-2", D("150000.00"), None),
        ("PROJ-15: Summary of PROJ-15", None, D("600000.00")),
    ]
    after = execute(invoice, take_in(invoice))
    assert shown(after.content) == [("L1", "PROJ-1", D("300000.00")), ("L3", "PROJ-15", D("600000.00"))]
    assert after.journal[-1].changes.keys() >= {"line L2", "line L3"}


def test_todays_rates_and_warnings_come_with_todays_facts() -> None:
    """Emptied altogether, a support draft says what its base would be, and by which limit it counts."""
    fresh = drafted(contract(monthly_limit=D(20)))
    after = merge_late_work(SUPPORT, fresh)
    assert (SUPPORT.service.rate_rule.monthly_limit_hours, after.service.rate_rule.monthly_limit_hours) == (
        D(40),
        D(20),
    )
    assert (SUPPORT.service.suggested_base_amount, after.service.suggested_base_amount) == (None, D("15000000.00"))
    assert SUPPORT.warnings == ()
    assert after.warnings[0] == "No billable worklogs were found in this period."
    assert (SUPPORT.service.worklogs, after.service.worklogs) == ({"s1": 39 * 3600}, {})


def test_what_was_taken_in_can_be_taken_back() -> None:
    invoice = checked(new_invoice(HOURLY), today(*EARLY, LATE, NEW))
    after = execute(invoice, take_in(invoice))
    assert execute(after, Undo(by="amina", expected_revision=after.revision)).content == HOURLY


def test_support_hours_above_the_limit_become_overtime() -> None:
    # 39 + 3 h = 2 h above 40: 2 x 150,000
    fresh = today(*SUPPORT_EARLY, worklog(3, day=FRIDAY, worklog_id="s2"), deal=DealType.SUP)
    invoice = checked(new_invoice(SUPPORT), fresh)
    after = execute(invoice, take_in(invoice)).content
    assert [(x.id, x.line_type) for x in after.lines] == [
        ("L1", LineType.SUPPORT),
        ("L3", LineType.OVERTIME),
        ("L2", LineType.TASK),
    ]
    assert after.totals == fresh.totals
    assert after.totals.overtime_amount == D("300000.00")


def test_an_edit_in_between_asks_for_another_look() -> None:
    invoice = checked(new_invoice(HOURLY), today(*EARLY, LATE))
    seen = invoice.revision
    changed = execute(invoice, edit(invoice, payment_days=30))
    with pytest.raises(Refused, match="check the facts first"):
        check(changed, take_in(changed), NOW)
    held = execute(invoice, Hold(by="boss", reason="wait a bit"))
    with pytest.raises(StaleRevision, match="take in was made on"):
        check(held, take_in(held, expected_revision=seen), NOW)
    assert execute(held, take_in(held)).content.totals.total_amount == D("675000.00")


# A person's word stands


def line_of(content: Content, key: str) -> Line | None:
    return next((line for line in content.lines if line.work.jira_key == key), None)


def test_a_line_changed_by_hand_stays_and_says_so() -> None:
    mine = edited_by_hand(HOURLY, {"op": "change", "id": "L1", "quantity": "1.00"})
    invoice = checked(new_invoice(mine), today(*EARLY, LATE, NEW))
    kept = [x for x in late(invoice).lines if x.kept_because]
    assert [(x.kept_because, x.amount_before, x.amount_after) for x in kept] == [
        ("the line was changed by hand", D("150000.00"), D("525000.00"))
    ]
    after = execute(invoice, take_in(invoice)).content
    assert line_of(after, "PROJ-1") == mine.lines[0]
    # 150,000 by hand + 600,000 new + 150,000 as it was
    assert after.totals.total_amount == D("900000.00")


def test_a_line_removed_by_hand_does_not_come_back() -> None:
    mine = edited_by_hand(HOURLY, {"op": "remove", "id": "L1"})
    invoice = checked(new_invoice(mine), today(*EARLY, LATE, NEW))
    assert [x.kept_because for x in late(invoice).lines if x.kept_because] == ["the line was removed by hand"]
    after = execute(invoice, take_in(invoice)).content
    assert [line.work.jira_key for line in after.lines] == ["PROJ-15", "PROJ-2"]
    assert not late(checked(new_invoice(after), today(*EARLY, LATE, NEW))).differs


def test_a_removal_that_was_taken_back_does_not_count() -> None:
    draft = new_invoice(HOURLY)
    removed = execute(draft, edit(draft, line_changes=[{"op": "remove", "id": "L1"}]))
    back = execute(removed, Undo(by="amina", expected_revision=removed.revision))
    invoice = checked(back, today(*EARLY, LATE))
    assert execute(invoice, take_in(invoice)).content.totals.total_amount == D("675000.00")


def test_a_line_added_by_hand_stays_and_order_by_hand_stays() -> None:
    line = {"description": "Travel", "unit_price": "50000.00"}
    mine = edited_by_hand(
        HOURLY, {"op": "add", "line": line}, {"op": "reorder", "ids": ["L3", "L2", "L1"]}, legal_text="As agreed."
    )
    invoice = checked(new_invoice(mine), today(*EARLY, LATE))
    after = execute(invoice, take_in(invoice)).content
    assert shown(after) == [
        ("L3", None, D("50000.00")),
        ("L2", "PROJ-2", D("150000.00")),
        ("L1", "PROJ-1", D("525000.00")),
    ]
    assert after.legal_text == "As agreed."


def test_new_lines_follow_their_neighbours_in_an_order_by_hand() -> None:
    mine = edited_by_hand(HOURLY, {"op": "reorder", "ids": ["L2", "L1"]})
    more = (worklog(1, issue="PROJ-0", worklog_id="w0"), worklog(1, issue="PROJ-3", worklog_id="w5"))
    after = compare(mine, today(*EARLY, NEW, *more), NOW, issued=False).patch
    assert after is not None
    lines = apply_patch(mine, after).lines
    # computed anew: PROJ-0, PROJ-1, PROJ-15, PROJ-2, PROJ-3
    assert [line.work.jira_key for line in lines] == ["PROJ-0", "PROJ-2", "PROJ-3", "PROJ-1", "PROJ-15"]
    assert sorted(line.id for line in lines) == ["L1", "L2", "L3", "L4", "L5"]


def test_a_total_typed_by_hand_stays() -> None:
    mine = edited_by_hand(HOURLY, total_amount="400000.00")
    invoice = checked(new_invoice(mine), today(*EARLY, LATE))
    after = execute(invoice, take_in(invoice)).content.totals
    assert (after.net_amount, after.total_amount, after.total_is_manual) == (D("675000.00"), D("400000.00"), True)


def test_a_base_amount_typed_by_hand_stays() -> None:
    mine = edited_by_hand(SUPPORT, base_amount="10000000.00")
    fresh = today(*SUPPORT_EARLY, worklog(3, day=FRIDAY, worklog_id="s2"), deal=DealType.SUP)
    invoice = checked(new_invoice(mine), fresh)
    assert execute(invoice, take_in(invoice)).content.totals.total_amount == D("10300000.00")


@pytest.mark.parametrize(
    "by_hand",
    [
        {"overtime_hours": "1.00"},
        {"overtime_hours": "0"},
        {"line_changes": [{"op": "remove", "id": "L2"}]},
        {"line_changes": [{"op": "change", "id": "L2", "description": "Agreed overtime"}]},
    ],
)
def test_overtime_touched_by_hand_stays_whole(by_hand: dict[str, Any]) -> None:
    """Its hours are shared out over its lines: half of it computed anew would bill some hours twice."""
    overtime = (worklog(42, worklog_id="s1"),)
    mine = edited_by_hand(today(*overtime, deal=DealType.SUP), **by_hand)
    fresh = today(*overtime, worklog(3, day=FRIDAY, worklog_id="s2"), deal=DealType.SUP)
    found = compare(mine, fresh, NOW, issued=False)
    assert found.totals_after.overtime_amount == mine.totals.overtime_amount
    assert [x.kept_because for x in found.lines if x.kept_because] == ["the overtime was changed by hand"]
    assert found.totals_after.total_hours == D("45.00")


# After issue


def test_an_issued_invoice_stays_as_it_is_and_gets_a_proposal() -> None:
    issued = reviewable(new_invoice(HOURLY))
    invoice = checked(issued, today(*EARLY, LATE))
    assert (invoice.content, invoice.digest, invoice.document) == (issued.content, issued.digest, issued.document)
    found = late(invoice)
    assert (found.proposal, found.patch, found.totals_after.total_amount) == (True, None, D("675000.00"))
    assert invoice.journal[-1].details["proposal"] == "yes"
    assert CommandName.TAKE_IN not in allowed(invoice)
    assert "stays as it is" in current_details(invoice)


def test_what_was_seen_in_the_draft_is_a_proposal_once_it_is_issued() -> None:
    issued = reviewable(checked(new_invoice(HOURLY), today(*EARLY, LATE)))
    assert (late(issued).proposal, late(issued).patch, issued.content) == (True, None, HOURLY)
    reopened = execute(issued, Decline(by="boss", reason="take it in"), Reopen(by="boss"))
    assert reopened.late is None


def test_the_digest_is_of_what_is_printed() -> None:
    """What was reviewed must not become another document because of what stands behind its lines."""
    bare = HOURLY.with_service(worklogs={}).model_copy(update={"dropped": ("task|PROJ-9|standard",)})
    strict = terms().issuer.model_copy(update={"review": {"four_eyes": True}})
    assert digest(bare, "ACT-7") == digest(HOURLY, "ACT-7")
    assert digest(HOURLY.model_copy(update={"issuer": strict}), "ACT-7") == digest(HOURLY, "ACT-7")
    assert digest(HOURLY.model_copy(update={"legal_text": "x"}), "ACT-7") != digest(HOURLY, "ACT-7")


# What is in the way


def test_another_currency_or_deal_cannot_be_taken_in() -> None:
    fresh = drafted(contract(EARLY, DealType.HR, currency="USD"))
    invoice = checked(new_invoice(HOURLY), fresh)
    with pytest.raises(Refused, match="currency was UZS and is USD now; regenerate"):
        check(invoice, take_in(invoice), NOW)
    fixed = checked(new_invoice(HOURLY), today(*EARLY, deal=DealType.FP))
    assert "deal type was HR and is FP now" in str(late(fixed).obstacle)


def test_a_refused_check_changes_nothing() -> None:
    asked = execute(new_invoice(HOURLY), CheckFacts(by="amina"))
    key = newest(asked, E.FACTS_CHECK).key
    invoice = apply_event(asked, EffectFailed(key=key, code="WarehouseUnavailable", message="ClickHouse is down"), NOW)
    assert (invoice.content, invoice.late, invoice.blocked) == (HOURLY, None, ())
    assert newest(invoice, E.FACTS_CHECK).state is EffectState.SKIPPED
    assert invoice.notes[-1].text == "ClickHouse is down"
    assert CommandName.CHECK_FACTS in allowed(invoice)


def test_only_the_last_check_is_kept() -> None:
    invoice = checked(checked(new_invoice(HOURLY), today(*EARLY)), today(*EARLY, LATE))
    assert [e.name for e in invoice.effects] == [E.FACTS_CHECK]
    assert late(invoice).added == 1


def test_one_check_at_a_time_and_none_on_hold() -> None:
    asked = execute(new_invoice(HOURLY), CheckFacts(by="amina"))
    with pytest.raises(Refused, match="already being compared"):
        check(asked, CheckFacts(), NOW)
    held = execute(new_invoice(HOURLY), Hold(by="boss", reason="wait a bit"))
    for command in (CheckFacts(), Regenerate()):
        with pytest.raises(Refused, match="on hold"):
            check(held, command, NOW)


def test_an_edit_while_the_facts_are_fetched_is_compared_as_well() -> None:
    asked = execute(new_invoice(HOURLY), CheckFacts(by="amina"))
    changed = execute(asked, edit(asked, line_changes=[{"op": "remove", "id": "L2"}]))
    invoice = apply_event(changed, Compared(key=newest(asked, E.FACTS_CHECK).key, content=today(*EARLY, LATE)), NOW)
    assert execute(invoice, take_in(invoice)).content.totals.total_amount == D("525000.00")


@pytest.mark.parametrize("end", [Discard(by="amina"), Void(by="boss", reason="wrong client")])
def test_a_check_ends_with_the_invoice(end: Discard | Void) -> None:
    draft = new_invoice(HOURLY) if isinstance(end, Discard) else reviewable(new_invoice(HOURLY))
    ended = execute(draft, CheckFacts(by="amina"), end)
    assert ended.status in (Status.DISCARDED, Status.VOID)
    assert not ended.is_comparing
