"""The payload of the push: amounts in minor units with a rounding line, its digest, and what it refuses."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from models.bills.bill import Bill, BillStatus
from models.bills.cost_line import ChargeCategory, CostLine
from models.bills.finance.bill_payload import NotPushable, PushedLine, bill_payload, minor_amount, reason_to_hold
from models.bills.finance.payload import MOST_LINES, ImportInvoice
from models.bills.problem import Problem
from models.values.currencies import Currency
from tests.fixtures.pushed_bills import april_lines, bill_of, lines_of


def pushed(lines: list[CostLine]) -> list[PushedLine]:
    return [
        PushedLine(
            line_key=line.line_key,
            service=line.service_name,
            service_category=line.service_category,
            description=line.description,
            charge_category=line.charge_category,
            charge_period_start=line.charge_period_start,
            charge_period_end=line.charge_period_end,
            amount=line.billed_cost,
        )
        for line in lines
    ]


def payload(lines: list[CostLine], currency: str = "USD", **more: Any) -> ImportInvoice:
    return bill_payload(bill_of(lines, currency, **more), pushed(lines))


def test_the_bill_of_april() -> None:
    """79.02 net + 7.90 tax = 86.92 gross, 33 lines."""
    found = payload(april_lines()).content
    assert (found["source"], found["vendor"]) == ("digitalocean", {"name": "DigitalOcean", "category": "cloud"})
    amounts = [found[f"amount_{name}_minor"] for name in ("gross", "net", "tax")]
    assert (amounts, len(found["lines"]), found["lines_summed_by"]) == ([8692, 7902, 790], 33, [])
    assert (found["period_start"], found["period_end"], found["issued_at"]) == (
        "2026-04-01",
        "2026-05-01",
        "2026-05-01T00:00:00Z",
    )
    assert found["lines"][0] == {
        "line_key": "line-1",
        "product": "Droplets",
        "group": "Compute",
        "description": "droplet-1 (s-1vcpu-2gb)",
        "charge_category": "Usage",
        "quantity": None,
        "unit": None,
        "start": "2026-04-01T00:00:00Z",
        "end": "2026-05-01T00:00:00Z",
        "amount": "2.47",
        "amount_minor": 247,
        "project": None,
        "resource_id": None,
        "line_count": 1,
    }


@pytest.mark.parametrize(
    ("costs", "currency", "gross", "minors"),
    [
        # 3 x 0.335 = 1.005, which is 1.01; each line is 0.34, so the lines are 0.01 too much.
        (("0.335",) * 3, "USD", 101, [34, 34, 34, -1]),
        # 2 x 0.004 = 0.008, which is 0.01; each line is 0.00.
        (("0.004",) * 2, "USD", 1, [0, 0, 1]),
        (("0.5", "0.4"), "JPY", 1, [1, 0]),  # 0.9 is 1 yen
        (("1.2345",), "KWD", 1235, [1235]),  # three decimals: 1.235
        (("10.00", "-25.50"), "USD", -1550, [1000, -2550]),  # a bill that is a credit
        (("1E-7", "2.5"), "USD", 250, [0, 250]),
    ],
)
def test_lines_add_up_to_gross_in_minor_units(
    costs: tuple[str, ...], currency: str, gross: int, minors: list[int]
) -> None:
    found = payload(lines_of(costs), currency)
    assert (found.amount_gross_minor, [line.amount_minor for line in found.lines]) == (gross, minors)
    assert sum(minors) == gross
    assert sum((line.amount for line in found.lines), Decimal(0)) == sum(map(Decimal, costs))


def test_costs_are_texts_without_an_exponent() -> None:
    assert payload(lines_of(("1E-7",))).content["lines"][0]["amount"] == "0.0000001"


def test_more_digits_than_a_decimal_context_has_are_added_exactly() -> None:
    """12345678901.0000000000000000001 has 30 digits; the usual context would round the sum to 28."""
    lines = lines_of(("12345678901.0000000000000000001", "0.0000000000000000001"))
    exact = Decimal("12345678901.0000000000000000002")
    totals = bill_of(lines_of(("12345678901.00",))).totals.model_copy(update={"gross": exact, "net": exact})
    bill = bill_of(lines).model_copy(update={"totals": totals})
    assert bill_payload(bill, pushed(lines)).amount_gross_minor == 1234567890100


@pytest.mark.parametrize(("amount", "minor"), [("0.005", 1), ("-0.005", -1), ("0.0049", 0), ("86.92", 8692)])
def test_minor_amounts_are_rounded_half_up(amount: str, minor: int) -> None:
    assert minor_amount(Decimal(amount), Currency.USD) == minor


def test_lines_that_are_not_those_of_the_bill_are_not_pushed() -> None:
    lines = lines_of(("1.00", "2.00"))
    with pytest.raises(NotPushable, match=r"The stored lines add up to 1\.00, but the bill's gross is 3\.00\."):
        bill_payload(bill_of(lines), pushed(lines[:1]))


def test_a_value_that_finance_would_refuse_is_named() -> None:
    with pytest.raises(NotPushable, match=r"period_end: .*must be after period_start"):
        payload(lines_of(("1.00",)), period_end=bill_of([]).period_start)


def test_texts_are_cut_and_lose_what_cannot_be_printed() -> None:
    [line] = lines_of(("1.00",))
    found = payload([line.model_copy(update={"description": "a\x00b\u202e" + "c" * 600})]).lines[0]
    assert found.description == "ab" + "c" * 498


def test_the_lines_of_a_large_bill_are_sums() -> None:
    lines = lines_of(("0.335", "0.335"))
    sums = [PushedLine(service="Droplets", charge_category=ChargeCategory.USAGE, amount=Decimal("0.67"), line_count=2)]
    found = bill_payload(bill_of(lines), sums, ("service", "project", "charge_category"))
    assert found.lines_summed_by == ("service", "project", "charge_category")
    [line] = found.lines
    assert (line.product, line.description, line.line_count) == ("Droplets", "Sum of 2 lines", 2)
    assert (line.amount_minor, line.line_key[:4]) == (67, "sum-")


class TestDigest:
    def test_it_is_the_same_for_the_same_content(self) -> None:
        bill, lines = bill_of(april_lines()), pushed(april_lines())
        first = bill_payload(bill, lines)
        assert first.digest == bill_payload(bill, lines).digest
        assert first.digest == ImportInvoice.model_validate(first.content).digest
        assert len(first.digest) == 64

    @pytest.mark.parametrize("change", [{"number": "2"}, {"version": 2}, {"issuer": "Other"}])
    def test_it_changes_with_the_content(self, change: dict[str, Any]) -> None:
        bill, lines = bill_of(april_lines()), pushed(april_lines())
        assert bill_payload(bill, lines).digest != bill_payload(bill.model_copy(update=change), lines).digest


class TestHeld:
    @pytest.mark.parametrize(
        ("status", "why"), [(BillStatus.OPEN, "The bill is open"), (BillStatus.VOIDED, "The vendor has voided")]
    )
    def test_by_its_status(self, status: BillStatus, why: str) -> None:
        assert (reason_to_hold(_bill(status=status)) or "").startswith(why)

    def test_by_what_contradicts_its_total(self) -> None:
        problem = Problem(code="total", message="The file states 90.00, the lines add up to 86.92.")
        assert reason_to_hold(_bill(problems=(problem,))) is None
        wrong = problem.model_copy(update={"contradicts_total": True})
        assert reason_to_hold(_bill(problems=(wrong,))) == f"The bill does not add up. {problem.message}"
        many = reason_to_hold(_bill(problems=(wrong,) * 5))
        assert many is not None
        assert many.endswith("86.92. (2 more)")

    def test_an_issued_bill_that_adds_up_is_not(self) -> None:
        assert reason_to_hold(_bill()) is None


def _bill(**more: Any) -> Bill:
    return bill_of(april_lines(), **more)


class TestValidation:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"amount_gross_minor": 8693}, "amount_gross_minor"),
            ({"lines": []}, "lines"),
            ({"period_end": "2026-04-01"}, "period_end"),
            ({"currency": "XXX"}, "currency"),
            ({"issued_at": "2026-05-01T00:00:00"}, "issued_at"),
            ({"source": ""}, "source"),
            ({"amount_net_minor": "7902"}, "amount_net_minor"),
            ({"tenant_id": "other"}, "tenant_id"),  # the tenant is that of the token
        ],
    )
    def test_a_wrong_field_is_named(self, change: dict[str, Any], field: str) -> None:
        with pytest.raises(ValidationError) as refused:
            ImportInvoice.model_validate({**payload(april_lines()).content, **change})
        assert field in {str(error["loc"][0]) for error in refused.value.errors()}

    def test_it_is_bounded(self) -> None:
        content = payload(lines_of(("0.00",))).content
        lines = [{**content["lines"][0], "line_key": str(number)} for number in range(MOST_LINES + 2)]
        with pytest.raises(ValidationError, match="at most 2001"):
            ImportInvoice.model_validate({**content, "lines": lines})
