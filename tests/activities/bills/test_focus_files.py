"""Files of FOCUS with the deviations that occur (docs/specification/bills.md 4.3)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.bills.bill import BillStatus
from models.bills.file_content import UnreadableFile
from models.values.currencies import Currency
from tests.fixtures.bill_files import FILES, FOCUS_ROW, focus_text, read, read_text


def test_an_export_of_aws_with_all_its_oddities(tmp_path: Path) -> None:
    found = read(FILES / "aws_focus_1_2_export_shape.csv.gz", tmp_path)
    first, second = found.content.bills
    # 191.1400006456 = 192.2400006456 - 1.1, of which 8.04 + 24.0 are tax
    assert (first.provider_invoice_id, first.net + first.tax, first.tax) == (
        "EXMP-2026-0091",
        Decimal("192.2400006456"),
        Decimal("32.04"),
    )
    assert (second.provider_invoice_id, second.net) == ("EXMP-2026-0092", Decimal("-1.1"))
    assert found.content.rows == 10
    assert found.costs[0] == Decimal("6.123E-7")
    assert found.lines[0]["billed_cost"] == "0.0000006123"
    assert '"user:note":"line1\\nline2"' in found.lines[0]["tags"]
    assert next(line for line in found.lines if line["charge_class"])["charge_class"] == "Correction"
    assert found.content.problems == ()


def test_invoice_detail_pays_issued_lines_only(tmp_path: Path) -> None:
    found = read(FILES / "focus_1_4_invoice_detail_shape.csv", tmp_path)
    heads = {head.provider_invoice_id: head for head in found.content.bills}
    # 1204.10 + 96.55 - 50.00 = 1250.65, tax 125.07
    assert (heads["EC-1001"].net, heads["EC-1001"].tax) == (Decimal("1250.65"), Decimal("125.07"))
    assert (heads["EC-1002"].net, heads["EC-1002"].tax) == (Decimal("-20.00"), Decimal("-2.00"))
    statuses = {name: head.status for name, head in heads.items()}
    assert statuses == {
        "EC-1001": BillStatus.ISSUED,
        "EC-1002": BillStatus.ISSUED,
        "EC-1003": BillStatus.VOIDED,
        "EC-1004": BillStatus.OPEN,
    }
    assert heads["EC-1001"].issued_at == datetime(2026, 10, 3, tzinfo=UTC)
    assert heads["EC-1004"].issued_at is None


def test_an_invoice_with_lines_of_two_statuses_is_held(tmp_path: Path) -> None:
    text = (FILES / "focus_1_4_invoice_detail_shape.csv").read_text().replace("EC-1003", "EC-1001")
    head = read_text(text, tmp_path).content.bills[0]
    assert head.status is BillStatus.VOIDED
    assert "several_statuses" in [problem.code for problem in head.problems]


@pytest.mark.parametrize("null", ["NULL", "", '""'])
def test_nulls_in_all_spellings(null: str, tmp_path: Path) -> None:
    text = focus_text({"ResourceId": "@", "ContractedCost": "@", "InvoiceId": "@", "Tags": "@"}).replace("@", null)
    found = read_text(text, tmp_path)
    (line,) = found.lines
    assert (line["resource_id"], line["contracted_cost"], line["tags"]) == (None, None, None)
    assert found.bill.status is BillStatus.OPEN


def test_times_without_t_and_z(tmp_path: Path) -> None:
    row = {"ChargePeriodStart": "2024-09-01 10:00:00", "ChargePeriodEnd": "2024-09-01T11:00:00.000Z"}
    row |= {"BillingPeriodStart": "2024-09-01 00:00:00", "BillingPeriodEnd": "2024-10-01 00:00:00"}
    found = read_text(focus_text(row), tmp_path)
    assert found.lines[0]["charge_period_start"] == datetime(2024, 9, 1, 10, tzinfo=UTC)
    assert found.lines[0]["charge_period_end"] == datetime(2024, 9, 1, 11, tzinfo=UTC)
    assert (found.bill.period_start, found.bill.period_end) == (date(2024, 9, 1), date(2024, 10, 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6.123E-7", "0.0000006123"),
        ("-1.5e-05", "-0.000015"),
        ("1E3", "1000"),
        ("0.12345678901234", "0.12345678901234"),
        ("0.12345678901234567890123456", "0.12345678901234567890123456"),  # 26 decimals
        ("0.1234567890123456789012345678901", "0.1234567890123456789012345678901"),  # 31: more than a column holds
        ("1234567890123.5", "1234567890123.5"),  # 13 whole digits
        ("1.2345678901234567890E-10", "0.0000000001234567890123456789"),
        (".5", "0.5"),
        ("-0", "0"),
    ],
)
def test_costs_keep_every_decimal(text: str, expected: str, tmp_path: Path) -> None:
    found = read_text(focus_text({"BilledCost": text}, {"BilledCost": "0.01"}), tmp_path)
    assert found.costs[0] == Decimal(expected)
    assert _scaled(f"{found.bill.net:f}") == _scaled(expected) + _scaled("0.01")
    assert found.content.problems == ()


COSTS = st.one_of(
    st.from_regex(r"-?[0-9]{1,14}(\.[0-9]{1,30})?", fullmatch=True),
    st.from_regex(r"-?[0-9](\.[0-9]{1,18})?[eE][-+]?[0-2]?[0-9]", fullmatch=True),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12).map(repr),
).filter(lambda text: abs(Decimal(text).adjusted()) <= 40)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(COSTS, min_size=1, max_size=30))
def test_sums_are_exact_whatever_the_costs(texts: list[str], tmp_path: Path) -> None:
    found = read_text(focus_text(*({"BilledCost": text} for text in texts)), tmp_path)
    assert found.costs == [Decimal(text) for text in texts]
    assert _scaled(f"{found.bill.net:f}") == sum(_scaled(text) for text in texts)


def _scaled(text: str) -> int:
    """Return the amount times 10^80 as an integer, in which no arithmetic rounds."""
    sign, digits, exponent = Decimal(text).as_tuple()
    assert isinstance(exponent, int)
    value: int = int("".join(map(str, digits))) * 10 ** (80 + exponent)
    return -value if sign else value


def test_doubles_of_parquet_are_their_shortest_text(tmp_path: Path) -> None:
    costs = [0.1, 0.2, 0.30000000000000004, 1e-07, 5e-324 * 0, 123456789.12345679, 1e16]
    columns = {name: [value] * len(costs) for name, value in FOCUS_ROW.items()} | {"BilledCost": costs}
    times = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")
    arrays = {name: pa.array(values) for name, values in columns.items()}
    for name in times:
        moment = datetime.fromisoformat(FOCUS_ROW[name])
        kind = pa.timestamp("us", "UTC") if name.startswith("Billing") else pa.timestamp("ms")
        arrays[name] = pa.array([moment.replace(tzinfo=None) if kind.tz is None else moment] * len(costs), kind)
    arrays["Tags"] = pa.array([[("env", "prod")]] * len(costs), pa.map_(pa.string(), pa.string()))
    arrays["PricingQuantity"] = pa.array([Decimal("1.50")] * len(costs), pa.decimal128(20, 4))
    pq.write_table(pa.table(arrays), tmp_path / "costs.parquet")
    found = read(tmp_path / "costs.parquet", tmp_path)
    assert found.costs == [Decimal(repr(cost)) for cost in costs]
    assert found.lines[0]["tags"] == '{"env":"prod"}'
    assert Decimal(found.lines[0]["quantity"]) == Decimal("1.5")
    assert found.lines[0]["charge_period_start"] == datetime(2026, 9, 3, tzinfo=UTC)
    assert (found.bill.period_start, found.bill.period_end) == (date(2026, 9, 1), date(2026, 10, 1))


def test_several_invoices_currencies_and_issuers_in_one_file(tmp_path: Path) -> None:
    rows = (
        {"InvoiceId": "A", "BilledCost": "100.00"},
        {"InvoiceId": "A", "BilledCost": "8.00", "ChargeCategory": "Tax"},
        {"InvoiceId": "B", "BilledCost": "100.00", "BillingCurrency": "EUR"},
        {"InvoiceId": "B", "BilledCost": "7.00", "InvoiceIssuerName": "Reseller X"},
    )
    found = read_text(focus_text(*rows), tmp_path)
    heads = {
        (head.provider, head.provider_invoice_id, head.currency): (head.net, head.tax) for head in found.content.bills
    }
    assert heads == {
        ("example-cloud", "A", Currency.USD): (Decimal(100), Decimal(8)),
        ("example-cloud", "B", Currency.EUR): (Decimal(100), Decimal(0)),
        ("reseller-x", "B", Currency.USD): (Decimal(7), Decimal(0)),
    }
    assert [line["bill_no"] for line in found.lines] == [0, 0, 1, 2]


def test_two_currencies_in_one_invoice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"INV-1 .* USD and in EUR"):
        read_text(focus_text({}, {"BillingCurrency": "EUR"}), tmp_path)


def test_two_companies_of_a_vendor_may_use_one_id(tmp_path: Path) -> None:
    names = ("Amazon Web Services, Inc.", "Amazon Web Services EMEA SARL")
    found = read_text(focus_text(*({"InvoiceIssuerName": name} for name in names)), tmp_path)
    providers = [head.provider for head in found.content.bills]
    assert providers == ["amazon-web-services-inc", "amazon-web-services-emea-sarl"]


def test_what_is_not_invoiced_is_an_open_bill_for_each_account_and_month(tmp_path: Path) -> None:
    rows = (
        {"BillingAccountId": "1"},
        {"BillingAccountId": "2"},
        {"BillingAccountId": "1", "BillingPeriodStart": "2026-10-01", "BillingPeriodEnd": "2026-11-01"},
    )
    found = read_text(focus_text(*rows, without=["InvoiceId"]), tmp_path)
    assert [head.provider_invoice_id for head in found.content.bills] == [
        "open.example-cloud.1.2026-09.USD",
        "open.example-cloud.2.2026-09.USD",
        "open.example-cloud.1.2026-10.USD",
    ]
    assert {head.status for head in found.content.bills} == {BillStatus.OPEN}


def test_bad_values_are_named_with_row_and_column(tmp_path: Path) -> None:
    rows: tuple[dict[str, str], ...] = (
        {},
        {"BilledCost": "abc"},
        {"ChargePeriodStart": "31/31/2026"},
        {"EffectiveCost": "n/a", "Tags": "[1"},
        {"ChargeCategory": "Surprise", "ChargeDescription": "VAT 10%"},
        {"BillingCurrency": "XYZ"},
        {"BilledCost": ""},
    )
    found = read_text(focus_text(*rows), tmp_path)
    told = [(each.row, each.column, each.value, each.contradicts_total) for each in found.content.problems]
    assert told == [
        (2, "BilledCost", "abc", True),
        (3, "ChargePeriodStart", "31/31/2026", False),
        (4, "EffectiveCost", "n/a", False),
        (4, "Tags", "[1", False),
        (5, "ChargeCategory", "Surprise", False),
        (6, "BillingCurrency", "XYZ", True),
        (7, "BilledCost", "", True),
    ]
    assert found.content.problem_count == 7
    # the rows 2, 6 and 7 are no lines
    assert [line["position"] for line in found.lines] == [1, 3, 4, 5]
    # rows 1, 3 and 4 are usage of 1.00, and the description of row 5 names a tax
    assert (found.bill.net, found.bill.tax) == (Decimal(3), Decimal(1))


def test_of_many_problems_the_first_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    rows = [{"EffectiveCost": "x"}] * 150 + [{"BilledCost": "y"}]
    found = read_text(focus_text(*rows), tmp_path)
    assert (len(found.content.problems), found.content.problem_count) == (100, 151)
    assert any(problem.contradicts_total for problem in found.content.problems)
    assert any(problem.contradicts_total for problem in found.bill.problems)
    assert len(found.bill.problems) == 20


def test_records_are_counted_and_not_lines(tmp_path: Path) -> None:
    rows = ({"Tags": '{"note":"a\nb"}', "ChargeDescription": 'say "hi",\nplease'}, {"BilledCost": "x"})
    found = read_text(focus_text(*rows), tmp_path)
    assert (found.content.rows, found.content.problems[0].row) == (2, 2)
    assert found.lines[0]["description"] == 'say "hi",\nplease'
