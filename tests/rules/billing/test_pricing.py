"""The lines of a service invoice: their order, grouping and sums, the client type, and the tax."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from models.contracts.contract import DealType
from models.contracts.rate_rule import Tier
from models.contracts.worklog import Worklog
from models.invoice.content.basis import ClientType
from models.invoice.content.lines import LineType
from models.invoice.errors import DraftRefused
from tests.fixtures.invoices import (
    BASE,
    FEBRUARY,
    MONDAY,
    SATURDAY,
    TASHKENT,
    contract,
    drafted,
    incident,
    terms,
    workdays,
    worklog,
)

D = Decimal
SUP, HR, FP = DealType.SUP, DealType.HR, DealType.FP
ZERO = D("0.00")


def test_the_documented_prefill() -> None:
    logs = [
        worklog(2, issue="PROJ-456"),
        *workdays(40, issue="PROJ-9"),
        worklog("3.5", day=date(2026, 2, 16), issue="PROJ-9"),
    ]
    content = drafted(contract(logs))
    shown = content.model_dump(mode="json")
    support = shown["lines"][0]
    assert (support["line_type"], support["description"]) == ("support", "Monthly support — February 2026")
    assert (support["quantity"], support["unit_price"], support["line_total"]) == ("1", "15000000.00", "15000000.00")
    assert (support["rate_multiplier"], support["source"], support["is_manual"]) == ("1.0", None, False)
    task = next(line for line in shown["lines"] if (line["source"] or {}).get("jira_key") == "PROJ-456")
    assert (task["line_type"], task["description"]) == ("task", "PROJ-456: Summary of PROJ-456")
    assert (task["source"]["time_seconds"], task["source"]["billable_seconds"]) == (7200, 7200)
    assert (task["quantity"], task["unit_price"], task["line_total"]) == ("2.00", "150000.00", "300000.00")
    assert shown["totals"]["total_amount"] == "15825000.00"
    assert (shown["totals"]["total_hours"], shown["totals"]["overtime_hours"]) == ("45.50", "5.50")


def test_task_lines_of_a_support_invoice_are_not_summed() -> None:
    content = drafted(contract(workdays(30)))
    tasks = [line for line in content.lines if line.line_type is LineType.TASK]
    assert [line.line_total for line in tasks] == [D("4500000.00")]  # 30 x 150,000, shown only
    assert not any(line.billed for line in tasks)
    assert content.totals.total_amount == BASE


def test_fixed_price_tasks_show_no_multiplier() -> None:
    content = drafted(contract([incident(2, day=SATURDAY)], FP))
    task = content.lines[1]
    assert (task.work.rate_tier, task.rate_multiplier, task.billed) == (Tier.STANDARD, D("1.0"), False)


def test_overtime_lines_name_their_multiplier_only_where_there_are_several() -> None:
    one = drafted(contract(workdays(41)))
    assert [x.description for x in one.lines if x.line_type is LineType.OVERTIME] == ["Overtime"]
    several = drafted(contract([*workdays(41), incident(1, day=date(2026, 2, 14))]))
    overtime = [x.description for x in several.lines if x.line_type is LineType.OVERTIME]
    assert overtime == ["Overtime × 1.0", "Overtime × 1.5"]


def overtime_multipliers(*logs: Worklog) -> list[Decimal]:
    """Return the multipliers of the work above a limit of one hour."""
    content = drafted(contract(logs, monthly_limit=D(1)))
    return [x.rate_multiplier for x in content.lines if x.line_type is LineType.OVERTIME]


def test_the_limit_is_filled_in_the_order_of_start_times() -> None:
    """Of two hours, the later one is above the limit; critical work at night has the multiplier 1.5."""
    morning = worklog(1, at=datetime(2026, 2, 2, 10, tzinfo=TASHKENT), issue="PROJ-999", worklog_id="w-9")
    night = incident(1, hour=22, issue="PROJ-1")
    assert overtime_multipliers(morning, night) == [D("1.5")]
    early = incident(1, hour=3, issue="PROJ-999")
    day = worklog(1, at=datetime(2026, 2, 2, 10, tzinfo=TASHKENT), issue="PROJ-1", worklog_id="w-1")
    assert overtime_multipliers(day, early) == [D("1.0")]


def test_work_without_a_start_time_fills_the_limit_after_the_timed_work_of_its_day() -> None:
    night = incident(1, hour=22, issue="PROJ-999")
    dated = worklog(1, issue="PROJ-1")
    assert overtime_multipliers(dated, night) == [D("1.0")]


def test_the_limit_is_filled_day_by_day() -> None:
    monday = incident(1, hour=22, issue="PROJ-999")
    tuesday = worklog(1, at=datetime(2026, 2, 3, 9, tzinfo=TASHKENT), issue="PROJ-1")
    assert overtime_multipliers(tuesday, monday) == [D("1.0")]
    undated_monday = worklog(1, issue="PROJ-999")
    tuesday_night = incident(1, day=date(2026, 2, 3), hour=3, issue="PROJ-1")
    assert overtime_multipliers(tuesday_night, undated_monday) == [D("1.5")]


def test_lines_are_grouped_by_issue_and_tier() -> None:
    logs = [worklog(1), worklog(2, day=date(2026, 2, 3)), worklog(1, day=SATURDAY), worklog(1, issue="PROJ-2")]
    content = drafted(contract(logs, HR))
    assert [(x.work.jira_key, x.work.rate_tier, x.quantity) for x in content.lines] == [
        ("PROJ-1", Tier.OFF_HOURS, D("1.00")),
        ("PROJ-1", Tier.STANDARD, D("3.00")),
        ("PROJ-2", Tier.STANDARD, D("1.00")),
    ]
    assert content.lines[1].work.worked_on == (MONDAY, date(2026, 2, 3))
    assert [line.id for line in content.lines] == ["L1", "L2", "L3"]


def test_a_linked_support_task_is_shown_under_the_issue_it_duplicates() -> None:
    logs = [worklog(1, issue="SUP-7", linked="PROJ-1"), worklog(1, issue="PROJ-1"), worklog(1, issue="SUP-8")]
    content = drafted(contract(logs, HR))
    assert [(x.description, x.quantity) for x in content.lines] == [
        ("PROJ-1: Summary of PROJ-1", D("2.00")),
        ("SUP-8: Summary of SUP-8", D("1.00")),
    ]


def test_an_issue_has_one_name_in_all_its_tiers() -> None:
    """On Saturday, only the support task was worked on."""
    logs = [worklog(1, issue="SUP-7", linked="PROJ-1", day=SATURDAY), worklog(1, issue="PROJ-1")]
    content = drafted(contract(logs, HR))
    assert [(x.work.rate_tier, x.description) for x in content.lines] == [
        (Tier.OFF_HOURS, "PROJ-1: Summary of PROJ-1"),
        (Tier.STANDARD, "PROJ-1: Summary of PROJ-1"),
    ]


def test_only_support_tasks_move_to_their_linked_issue() -> None:
    content = drafted(contract([worklog(1, issue="PROJ-5", linked="PROJ-1")], HR))
    assert content.lines[0].work.jira_key == "PROJ-5"


def test_an_empty_month_suggests_the_base() -> None:
    content = drafted(contract(()))
    assert content.service.suggested_base_amount == BASE
    assert any("15,000,000.00 UZS" in warning for warning in content.warnings)
    assert drafted(contract((), FP)).service.suggested_base_amount is None


def test_a_contract_without_labels_has_a_warning() -> None:
    assert any("no project labels" in warning for warning in drafted(contract((), labels=())).warnings)


def test_hours_without_a_rate_have_a_warning() -> None:
    content = drafted(contract([worklog(1)], HR, hourly_rate=D(0)))
    assert any("no hourly rate" in warning for warning in content.warnings)


@pytest.mark.parametrize(
    ("currency", "swift", "kind"),
    [
        ("UZS", "", ClientType.LOCAL),
        ("UZS", "UZ", ClientType.LOCAL),
        ("UZS", "BOF", ClientType.INTERNATIONAL),
        ("USD", "", ClientType.INTERNATIONAL),
        ("EUR", "DEUTDEFF", ClientType.INTERNATIONAL),
    ],
)
def test_client_type(currency: str, swift: str, kind: ClientType) -> None:
    content = drafted(contract((), FP, currency=currency, swift_bic=swift))
    assert content.service.client_type is kind
    local = kind is ClientType.LOCAL
    assert (content.language, content.channel) == (("ru", "didox") if local else ("en", "email"))


@pytest.mark.parametrize("currency", ["GPB", "usd", "", "XAU", "XXX"])
def test_an_unknown_currency_makes_no_draft(currency: str) -> None:
    """A misspelt code, one in small letters, none, gold, and the code for no currency."""
    with pytest.raises(DraftRefused, match=f"'{currency}'; it must be a code of ISO 4217"):
        drafted(contract((), FP, currency=currency))


@pytest.mark.parametrize(
    ("currency", "rate", "amount"),
    [
        # 2,400 s are 0.67 h.
        ("RUB", "1000.01", "670.01"),  # 670.0067
        ("KZT", "5000.00", "3350.00"),
        ("JPY", "1001.00", "671"),  # 670.67
        ("KWD", "12.35", "8.275"),  # 8.2745
        ("BHD", "10.00", "6.700"),
        ("ISK", "1000.00", "670"),
    ],
)
def test_amounts_have_the_decimals_of_the_currency(currency: str, rate: str, amount: str) -> None:
    content = drafted(contract((worklog(seconds=2400),), DealType.HR, currency=currency, hourly_rate=rate))
    assert [str(line.line_total) for line in content.lines] == [amount]
    assert content.totals.total_amount == D(amount)
    assert content.service.client_type is ClientType.INTERNATIONAL


TAXES = (
    {"code": "VAT", "rate": "0.15", "valid_from": "2020-01-01", "valid_to": "2025-12-31"},
    {"code": "VAT", "rate": "0.12", "valid_from": "2026-01-01"},
)


def with_taxes(*taxes: dict[str, str]) -> Any:
    return terms(issuer={"party": {"name": "ProximaOps"}, "taxes": taxes})


def test_tax_is_chosen_by_the_supply_date_and_added_to_the_net_amount() -> None:
    # 12 % of 15,000,000 = 1,800,000; the old rate was 15 %: 2,250,000
    now = drafted(contract((), FP), with_taxes(*TAXES)).totals
    assert (now.net_amount, now.tax_amount, now.total_amount) == (BASE, D("1800000.00"), D("16800000.00"))
    december = FEBRUARY.month(2025, 12)
    assert drafted(contract((), FP), with_taxes(*TAXES), december).totals.tax_amount == D("2250000.00")


def test_no_tax_where_none_applies() -> None:
    assert drafted(contract((), FP)).tax is None
    assert drafted(contract((), FP), with_taxes(TAXES[0])).totals.tax_amount == ZERO
