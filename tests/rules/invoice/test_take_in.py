"""Late work taken into a draft: new and changed worklogs reach their lines."""

from decimal import Decimal

import pytest

from models.contracts.contract import DealType
from models.invoice.commands import Hold, Undo
from models.invoice.content.lines import LineType
from models.invoice.editing.late_worklogs import merge_late_work
from models.invoice.effects import EffectName
from models.invoice.errors import Refused, StaleRevision
from models.invoice.preconditions import check
from tests.fixtures.invoices import NOW, contract, drafted, edit, execute, new_invoice, worklog
from tests.fixtures.late_work import (
    EARLY,
    FRIDAY,
    HOURLY,
    LATE,
    NEW,
    SUPPORT,
    SUPPORT_EARLY,
    checked,
    late,
    shown,
    take_in,
    today,
)

D, E = Decimal, EffectName


def test_late_work_is_taken_in_at_its_place() -> None:
    invoice = checked(new_invoice(HOURLY), today(*EARLY, LATE, NEW))
    after = execute(invoice, take_in(invoice, note="February was late"))
    assert after.content.totals == today(*EARLY, LATE, NEW).totals
    # PROJ-15 sorts before PROJ-2, so it comes after PROJ-1
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


def test_a_removed_line_and_a_new_one_are_two_differences() -> None:
    """PROJ-2 was deleted in Tempo, and PROJ-15 was logged: two lines differ, and the audit trail shows both."""
    invoice = checked(new_invoice(HOURLY), today(EARLY[0], NEW))
    assert [(x.description, x.amount_before, x.amount_after) for x in late(invoice).lines] == [
        ("PROJ-2: Summary of PROJ-2", D("150000.00"), None),
        ("PROJ-15: Summary of PROJ-15", None, D("600000.00")),
    ]
    after = execute(invoice, take_in(invoice))
    assert shown(after.content) == [("L1", "PROJ-1", D("300000.00")), ("L3", "PROJ-15", D("600000.00"))]
    assert after.journal[-1].changes.keys() >= {"line L2", "line L3"}


def test_taking_in_also_takes_todays_rates_and_warnings() -> None:
    """A support draft without any worklog shows the suggested base amount and the present limit."""
    recomputed = drafted(contract(monthly_limit=D(20)))
    after = merge_late_work(SUPPORT, recomputed)
    assert (SUPPORT.service.rate_rule.monthly_limit_hours, after.service.rate_rule.monthly_limit_hours) == (
        D(40),
        D(20),
    )
    assert (SUPPORT.service.suggested_base_amount, after.service.suggested_base_amount) == (None, D("15000000.00"))
    assert ["more than 24 hours" in each for each in SUPPORT.warnings] == [True]  # one worklog of 39 h
    assert after.warnings[0] == "No billable worklogs were found in this period."
    assert (SUPPORT.service.worklogs, after.service.worklogs) == ({"s1": 39 * 3600}, {})


def test_taking_in_can_be_undone() -> None:
    invoice = checked(new_invoice(HOURLY), today(*EARLY, LATE, NEW))
    after = execute(invoice, take_in(invoice))
    assert execute(after, Undo(by="amina", expected_revision=after.revision)).content == HOURLY


def test_support_hours_above_the_limit_become_overtime() -> None:
    # 39 + 3 h = 2 h above 40: 2 x 150,000
    recomputed = today(*SUPPORT_EARLY, worklog(3, day=FRIDAY, worklog_id="s2"), deal=DealType.SUP)
    invoice = checked(new_invoice(SUPPORT), recomputed)
    after = execute(invoice, take_in(invoice)).content
    assert [(x.id, x.line_type) for x in after.lines] == [
        ("L1", LineType.SUPPORT),
        ("L3", LineType.OVERTIME),
        ("L2", LineType.TASK),
    ]
    assert after.totals == recomputed.totals
    assert after.totals.overtime_amount == D("300000.00")


def test_an_edit_after_the_check_needs_a_new_check() -> None:
    invoice = checked(new_invoice(HOURLY), today(*EARLY, LATE))
    seen = invoice.revision
    changed = execute(invoice, edit(invoice, payment_days=30))
    with pytest.raises(Refused, match="check the facts first"):
        check(changed, take_in(changed), NOW)
    held = execute(invoice, Hold(by="boss", reason="wait a bit"))
    with pytest.raises(StaleRevision, match="take in was made on"):
        check(held, take_in(held, expected_revision=seen), NOW)
    assert execute(held, take_in(held)).content.totals.total_amount == D("675000.00")
