"""Cloud cost that is resold on a service invoice (docs/specification/bills.md 11)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from activities.documents.formatting import row_name
from models.billing.billed_work import BilledWork, OtherInvoice, on_other_invoices
from models.billing.cloud_lines import CloudCosts
from models.billing.explanation import explain
from models.bills.bill import BillStatus
from models.contracts.contract import DealType
from models.documents.rows import Caption, document_rows
from models.invoice.content.basis import CloudSource, WorklogSource
from models.invoice.content.content import Content, digest
from models.invoice.content.lines import LineType
from models.invoice.content.worklogs import added_worklogs, worklogs_of
from models.invoice.editing.late_worklogs import compare, merge_late_work
from models.values.currencies import Currency
from models.values.document_options import Toggles
from models.values.period import Period
from tests.fixtures.resold_costs import cost, costs, drafted, resold, source

TOGGLES = [Toggles(show_task_list=tasks, show_overtime=tasks, show_tracked_time=False) for tasks in (True, False)]
ISSUED = datetime(2026, 3, 1, tzinfo=UTC)
OTHER = OtherInvoice(
    id="i-9",
    name="ACT-9, approved",
    period=Period(start=date(2026, 2, 1), end=date(2026, 2, 15)),
    deal_type=DealType.FP,
)


def test_a_line_is_the_cost_at_the_rate_with_the_margin() -> None:
    content = drafted(costs(cost("40.375"), margin="12.5"))
    [line] = resold(content)
    # 40.375 x 12,650.55 = 510,765.95625; x 1.125 = 574,611.70078125
    assert (line.line_total, line.unit_price, line.quantity) == (Decimal("574611.70"), Decimal("574611.70"), Decimal(1))
    assert line.description == "DigitalOcean: Droplets — February 2026"
    assert source(line) == CloudSource(
        bill_id="b-1",
        bill_version=1,
        run=1,
        allocations=(3,),
        provider="digitalocean",
        provider_invoice_id="3e3a",
        service="Droplets",
        cost=Decimal("40.375"),
        cost_currency=Currency.USD,
        exchange_rate=Decimal("12650.55"),
        rate_ids=("USD.UZS.2026-02-28",),
        margin_percent=Decimal("12.5"),
        line_count=2,
    )
    without = drafted(CloudCosts())
    assert content.totals.net_amount - without.totals.net_amount == Decimal("574611.70")
    assert [each.id for each in content.lines] == [f"L{n}" for n in range(1, len(content.lines) + 1)]


def test_a_credit_is_passed_on_with_the_margin() -> None:
    lines = resold(drafted(costs(cost("10"), cost("-2", "Credits"), margin="10")))
    # 10 x 12,650.55 x 1.1 and -2 x 12,650.55 x 1.1
    assert [line.line_total for line in lines] == [Decimal("139156.05"), Decimal("-27831.21")]


def test_the_minimum_is_reached_by_a_line_of_its_own() -> None:
    lines = resold(drafted(costs(cost("60", currency="UZS"), cost("15", "Backups", currency="UZS"), minimum="100.00")))
    assert [(line.line_total, line.rule) for line in lines] == [
        (Decimal("60.00"), "CLOUD.resale"),
        (Decimal("15.00"), "CLOUD.resale"),
        (Decimal("25.00"), "CLOUD.minimum"),
    ]
    assert lines[2].source is None
    reached = drafted(costs(cost("100", currency="UZS"), minimum="100.00"))
    assert [line.rule for line in resold(reached)] == ["CLOUD.resale"]
    assert resold(drafted(costs(minimum="100.00"))) == []


def test_without_a_rule_nothing_is_charged_and_a_warning_says_so() -> None:
    content = drafted(CloudCosts(costs=(cost("1"), cost("2", "Backups"))))
    assert resold(content) == []
    assert [each for each in content.warnings if "resale rule" in each and "DigitalOcean bill 501" in each]


@pytest.mark.parametrize(
    ("given", "billed", "reason"),
    [
        ({"status": BillStatus.OPEN}, BilledWork(), "it is open"),
        ({"adds_up": False}, BilledWork(), "does not add up"),
        ({}, BilledWork(worklogs={"cloud:b-1": OTHER}), OTHER.reference),
    ],
)
def test_a_cost_that_cannot_be_charged_is_left_out_once_with_the_reason(
    given: dict[str, Any], billed: BilledWork, reason: str
) -> None:
    content = drafted(costs(cost("1", **given), cost("2", "Backups", **given), cost("3", bill_id="b-2")), billed)
    assert [source(line).bill_id for line in resold(content)] == ["b-2"]
    [warning] = [each for each in content.warnings if "DigitalOcean bill 501" in each]
    assert reason in warning


@pytest.mark.parametrize(("toggles", "language"), list(product(TOGGLES, ("ru", "en"))))
def test_the_document_shows_each_line_in_its_language(toggles: Toggles, language: str) -> None:
    given = (cost("60", currency="UZS"), cost("15", "Backups", currency="UZS"), cost("-5", "", currency="UZS"))
    content = drafted(costs(*given, minimum="100.00")).model_copy(update={"toggles": toggles})
    rows, _ = document_rows(content)
    period, minimum = {
        "ru": ("февраль 2026 г.", "Облачные услуги, доплата до согласованного минимума"),
        "en": ("February 2026", "Cloud services, up to the agreed minimum"),
    }[language]
    shown = [(_plain(row_name(row, "", content.period, language)), row.quantity, row.amount) for row in rows][-4:]
    assert shown == [
        (f"DigitalOcean: Droplets — {period}", Decimal(1), Decimal("60.00")),
        (f"DigitalOcean: Backups — {period}", Decimal(1), Decimal("15.00")),
        (f"DigitalOcean: cloud services — {period}", Decimal(1), Decimal("-5.00")),
        (f"{minimum} — {period}", Decimal(1), Decimal("30.00")),
    ]
    assert sum(row.amount for row in rows if row.amount) == content.totals.net_amount


def _plain(name: str) -> str:
    return name.replace("\u00a0", " ")


def test_a_description_that_a_person_wrote_is_printed_as_it_is() -> None:
    content = drafted(costs(cost("60", currency="UZS")))
    changed = resold(content)[0].model_copy(update={"description": "Servers"})
    lines = tuple(changed if line.line_type is LineType.CLOUD else line for line in content.lines)
    row = document_rows(content.model_copy(update={"lines": lines}))[0][-1]
    assert (row.caption, row_name(row, "", content.period, "ru")) == (Caption.GIVEN, "Servers")


def test_the_share_of_a_bill_is_claimed_as_a_worklog_is() -> None:
    content = drafted(costs(cost("1"), cost("2", "Backups"), cost("3", bill_id="b-2")))
    assert worklogs_of(content) == {"w3", "cloud:b-1", "cloud:b-2"}
    assert added_worklogs(drafted(CloudCosts()), content) == ("cloud:b-1", "cloud:b-2")


def test_a_removed_line_keeps_its_claim() -> None:
    content = drafted(costs(cost("1"), cost("3", bill_id="b-2")))
    removed = next(line for line in content.lines if line.line_type is LineType.CLOUD)
    assert removed.identity is not None
    after = content.model_copy(
        update={
            "lines": tuple(line for line in content.lines if line is not removed),
            "dropped": (removed.identity, "cloud||standard", "task|PROJ-1|standard"),
        }
    )
    assert worklogs_of(after) == worklogs_of(content)


def test_a_message_names_bills_beside_worklogs() -> None:
    named = on_other_invoices({"w3": OTHER, "cloud:b-1": OTHER, "cloud:b-2": OTHER})
    assert named == f"worklog w3 and vendor bills b-1, b-2 on {OTHER.reference}"


def test_a_corrected_bill_changes_the_line_and_keeps_its_place() -> None:
    before = drafted(costs(cost("10", currency="UZS"), cost("5", "Backups", currency="UZS")))
    recomputed = drafted(
        costs(cost("12", currency="UZS", bill_version=2), cost("5", "Backups", currency="UZS", bill_version=2))
    )
    after = merge_late_work(before, recomputed)
    assert [(line.id, line.line_total, source(line).bill_version) for line in resold(after)] == [
        (old.id, amount, 2) for old, amount in zip(resold(before), (Decimal("12.00"), Decimal("5.00")), strict=True)
    ]
    differing = compare(before, recomputed, ISSUED, issued=True)
    assert [(each.amount_before, each.amount_after) for each in differing.lines] == [
        (Decimal("10.00"), Decimal("12.00"))
    ]


def test_the_explanation_recomputes_the_amount_from_the_cost() -> None:
    content = drafted(costs(cost("40.375"), margin="12.5"))
    assert explain(content).agrees
    [line] = resold(content)
    wrong = line.model_copy(update={"source": source(line).model_copy(update={"cost": Decimal(1)})})
    lines = tuple(wrong if each is line else each for each in content.lines)
    explained = explain(content.model_copy(update={"lines": lines}))
    assert [each.agrees for each in explained.lines if each.rule == "CLOUD.resale"] == [False]
    assert [each for each in explain(content).lines if each.inputs.get("margin") == "12.5 %"]


def test_the_source_is_read_back_and_is_no_part_of_the_digest() -> None:
    content = drafted(costs(cost("40.375")))
    assert Content.model_validate_json(content.model_dump_json()) == content
    [line] = resold(content)
    traced = line.model_copy(update={"source": source(line).model_copy(update={"run": 2})})
    other = content.model_copy(update={"lines": tuple(traced if each is line else each for each in content.lines)})
    assert digest(other, "ACT-1") == digest(content, "ACT-1")
    plain = line.model_copy(update={"source": WorklogSource()})
    same = content.model_copy(update={"lines": tuple(plain if each is line else each for each in content.lines)})
    assert digest(same, "ACT-1") == digest(content, "ACT-1")
