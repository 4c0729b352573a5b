"""A draft leaves out what other live invoices of the contract bill, and says so."""

from collections.abc import Sequence
from datetime import date

import pytest

from models.billing.billed_work import LISTED, BilledWork, OtherInvoice, listed
from models.billing.draft import draft
from models.contracts.contract import ContractRecords, DealType
from models.contracts.rate_rule import RateRule
from models.contracts.worklog import Worklog
from models.invoice.content.content import Content
from models.invoice.editing.late_worklogs import merge_late_work
from models.invoice.errors import AlreadyInvoiced
from models.values.period import Period
from tests.fixtures.invoices import BASE, FEBRUARY, ISSUED_ON, contract, drafted, terms, worklog

FIRST_HALF = Period(start=date(2026, 2, 1), end=date(2026, 2, 15))
HALF = OtherInvoice(id="i-9", name="ACT-9, approved", period=FIRST_HALF, deal_type=DealType.FP)
QUARTER = OtherInvoice(
    id="i-10",
    name="the draft for 2026-01-01 to 2026-03-31",
    period=Period(start=date(2026, 1, 1), end=date(2026, 3, 31)),
    deal_type=DealType.HR,
)
LOGGED = [worklog(hours, day=date(2026, 2, day), worklog_id=f"w{day}") for day, hours in ((3, 10), (20, 10), (27, 4))]


def records(deal: DealType, worklogs: Sequence[Worklog] = LOGGED) -> ContractRecords:
    return contract(worklogs, deal)


def draft_of(deal: DealType, billed: BilledWork) -> Content:
    return draft(records(deal), terms(), FEBRUARY, ISSUED_ON, billed=billed)


def taken(*days: int, by: OtherInvoice = HALF) -> BilledWork:
    return BilledWork(worklogs={f"w{day}": by for day in days})


@pytest.mark.parametrize("deal", DealType)
def test_work_on_another_invoice_is_left_out_and_named(deal: DealType) -> None:
    """What is left is drafted as if the other work had never been logged."""
    billed = BilledWork(worklogs={"w3": HALF, "w20": QUARTER})
    content = draft_of(deal, billed)
    alone = drafted(records(deal, LOGGED[2:]))
    assert content.lines == alone.lines
    assert content.totals == alone.totals
    assert content.service.worklogs == {"w27": 4 * 3600}
    assert [[part in text for part in ("w3", "w20", "10.00", HALF.id, QUARTER.id)] for text in content.warnings] == [
        [True, False, True, True, False],
        [False, True, True, False, True],
    ]


@pytest.mark.parametrize("deal", [DealType.HR, DealType.SUP])
def test_a_draft_with_nothing_left_is_refused_with_the_ids(deal: DealType) -> None:
    with pytest.raises(AlreadyInvoiced) as refused:
        draft_of(deal, BilledWork(worklogs={"w3": HALF, "w20": HALF, "w27": QUARTER}))
    for part in ("w3, w20", "w27", HALF.reference, QUARTER.reference, "APP-001", "February 2026"):
        assert part in str(refused.value)


def test_a_base_is_charged_although_all_work_is_on_another_invoice() -> None:
    content = draft_of(DealType.FP, taken(3, 20, 27))
    assert [content.totals.total_amount, content.service.worklogs] == [BASE, {}]
    assert len(content.warnings) == 1
    rule = RateRule(base_hourly_rate=BASE, bill_base_when_empty=True)
    support = draft(records(DealType.SUP), terms(rate_rule=rule), FEBRUARY, ISSUED_ON, billed=taken(3, 20, 27))
    assert support.totals.total_amount == BASE


@pytest.mark.parametrize("deal", DealType)
def test_a_period_without_any_work_is_drafted_as_before(deal: DealType) -> None:
    empty = draft(records(deal, ()), terms(), FEBRUARY, ISSUED_ON, billed=taken(3))
    assert empty == drafted(records(deal, ()))


@pytest.mark.parametrize(
    ("deal", "other", "warned"),
    [
        (DealType.FP, DealType.FP, True),
        (DealType.SUP, DealType.SUP, True),
        (DealType.SUP, DealType.HR, True),
        (DealType.HR, DealType.FP, True),
        (DealType.HR, DealType.HR, False),
    ],
)
def test_overlapping_days_are_a_warning_where_a_base_is_charged(deal: DealType, other: DealType, warned: bool) -> None:
    across = Period(start=date(2026, 1, 16), end=date(2026, 2, 15))
    invoice = HALF.model_copy(update={"period": across, "deal_type": other})
    content = draft_of(deal, BilledWork(overlapping=(invoice,)))
    assert [(each.invoice_id, each.days) for each in content.service.overlaps] == (
        [("i-9", FIRST_HALF)] if warned else []
    )
    assert [("2026-02-01 to 2026-02-15" in text, "i-9" in text) for text in content.warnings] == (
        [(True, True)] if warned else []
    )


def test_late_work_brings_the_overlaps_up_to_date() -> None:
    before = drafted(records(DealType.FP))
    after = merge_late_work(before, draft_of(DealType.FP, BilledWork(overlapping=(HALF,))))
    assert [each.invoice_id for each in after.service.overlaps] == ["i-9"]


@pytest.mark.parametrize(("count", "more"), [(1, ""), (LISTED, ""), (LISTED + 1, ", and 1 more"), (30_000, " more")])
def test_long_lists_are_cut(count: int, more: str) -> None:
    text = listed(f"w{n}" for n in range(count))
    assert text.endswith(more or f"w{count - 1}")
    assert text.count("w") == min(count, LISTED)
