"""AWS, Azure, Google Cloud, Hetzner and Oracle (docs/specification/bills.md 4.4 to 4.8)."""

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from models.bills.bill import BillStatus
from models.bills.file_content import UnreadableFile
from models.bills.totals import minor_units
from models.values.currencies import Currency
from models.values.period import Period
from tests.fixtures.bill_files import FILES, ReadFile, read, read_text


@pytest.mark.parametrize("name", ["cur2_invoice_shape.csv", "cur2_invoice_shape.parquet"])
def test_the_invoices_of_a_month_at_aws(name: str, tmp_path: Path) -> None:
    found = read(FILES / name, tmp_path)
    heads = {head.provider_invoice_id: head for head in found.content.bills}
    # 86.4 + 30.0 + 50.5 - 50.5 + 36.0 - 4.32 - 0.0000001 + 0.00000012 - 10.0 = 138.08000002, tax 26.48 + 7.2
    anniversary = heads["1234567890"]
    assert (anniversary.net, anniversary.tax) == (Decimal("138.08000002"), Decimal("33.68"))
    assert minor_units(anniversary.net + anniversary.tax, Currency.USD) == 17176
    refund = heads["1234567999"]
    assert (refund.net, refund.tax) == (Decimal("-5.25"), Decimal("-1.05"))
    purchase = heads["1234568000"]
    assert (purchase.net, purchase.tax, purchase.issuer) == (Decimal(3500), Decimal(0), "Example Vendor, Inc.")
    rest = heads["open.amazon-web-services-inc.111122223333.2026-03.USD"]
    assert (rest.net, rest.status) == (Decimal("0.77"), BillStatus.OPEN)
    assert {head.provider for head in heads.values()} == {"aws"}
    categories = Counter(line["charge_category"] for line in found.lines)
    assert categories == {"Usage": 6, "Purchase": 3, "Credit": 3, "Adjustment": 1, "Tax": 3}
    assert found.lines[0]["tags"] == '{"user_env":"prod"}'


CUR = "line_item_usage_start_date,line_item_usage_end_date,bill_payer_account_id,line_item_unblended_cost"
CUR_ROWS = f"{CUR}\n2025-01-01T00:00:00Z,2025-01-02T01:00:00Z,123456789012,0.0104\n"


def test_a_report_without_a_currency_is_refused_until_it_is_given(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="currency: the file has none; give it"):
        read_text(CUR_ROWS, tmp_path)
    head = read_text(CUR_ROWS, tmp_path, currency=Currency.USD).bill
    assert (head.net, head.account, head.status) == (Decimal("0.0104"), "123456789012", BillStatus.OPEN)
    assert (head.period_start, head.period_end) == (date(2025, 1, 1), date(2025, 2, 1))


def test_what_is_given_completes_the_bill(tmp_path: Path) -> None:
    given = {"account": "prod", "provider_invoice_id": "77", "number": "N-77", "currency": Currency.USD}
    issued_at = datetime(2025, 2, 3, tzinfo=UTC)
    found = read_text(CUR_ROWS, tmp_path, **given, issued_at=issued_at, tax_total=Decimal("0.0021"))
    head = found.bill
    assert (head.account, head.provider_invoice_id, head.number) == ("prod", "77", "N-77")
    assert (head.status, head.issued_at) == (BillStatus.ISSUED, issued_at)
    # the tax is a line of its own at the end, so that the lines add up to the gross
    assert (head.net, head.tax, head.line_count) == (Decimal("0.0104"), Decimal("0.0021"), 2)
    tax = found.lines[-1]
    assert (tax["charge_category"], tax["billed_cost"], tax["position"]) == ("Tax", "0.0021", 2)
    assert sum(found.costs) == head.net + head.tax


def test_a_given_tax_is_compared_with_the_lines(tmp_path: Path) -> None:
    text = f"{CUR},line_item_line_item_type\n2025-01-01,2025-01-02,1,1.00,Usage\n2025-01-01,2025-01-02,1,0.10,Tax\n"
    assert read_text(text, tmp_path, currency=Currency.USD, tax_total=Decimal("0.10")).codes() == ["invoice_id_missing"]
    wrong = read_text(text, tmp_path, currency=Currency.USD, tax_total=Decimal("0.20")).bill
    assert [problem.code for problem in wrong.problems if problem.contradicts_total] == ["tax_differs"]
    assert wrong.tax == Decimal("0.10")


def test_another_currency_than_the_given_one_holds_the_bill(tmp_path: Path) -> None:
    found = read(FILES / "cost_table_invoice_shape.csv", tmp_path, currency=Currency.EUR)
    assert [(each.code, each.contradicts_total) for each in found.bill.problems] == [("currency_differs", True)]


def test_tags_in_columns_of_their_own(tmp_path: Path) -> None:
    header = "identity/LineItemId,lineItem/UnblendedCost,lineItem/CurrencyCode,lineItem/UsageStartDate,"
    text = f"{header}resourceTags/user:env,resourceTags/user:team's\na,1,USD,2026-01-01,prod,\nb,2,USD,2026-01-02,,x\n"
    assert [line["tags"] for line in read_text(text, tmp_path).lines] == ['{"user:env":"prod"}', '{"user:team\'s":"x"}']


def test_a_cost_table_is_checked_with_the_total_before_it(tmp_path: Path) -> None:
    found = read(FILES / "cost_table_invoice_shape.csv", tmp_path)
    head = found.bill
    # 1000.00 + 40.33 - 100.00 + 78.13 - 6.25 - 5.00 + 20.74 - 0.55 = 1027.40, and the two footers are no rows
    assert (head.net, head.tax, head.stated_total) == (Decimal("1027.40"), Decimal("103.88"), Decimal("1131.28"))
    assert (head.provider_invoice_id, head.account, head.currency) == ("5123456789", "012345-6789AB-CDEF01", "USD")
    assert (head.status, head.problems, found.content.rows) == (BillStatus.ISSUED, (), 9)
    assert (head.period_start, head.period_end) == (date(2026, 7, 1), date(2026, 8, 1))
    assert found.lines[0]["quantity"] == "1488"  # written as "1,488"
    credits = [line["billed_cost"] for line in found.lines if line["charge_category"] == "Credit"]
    assert sum(map(Decimal, credits)) == Decimal("-111.25")
    assert found.lines[0]["effective_cost"] == "1000.004"


def test_a_cost_table_that_does_not_add_up_is_held(tmp_path: Path) -> None:
    text = (FILES / "cost_table_invoice_shape.csv").read_text().replace("$1,131.28", "$1,131.29")
    (problem,) = read_text(text, tmp_path).bill.problems
    assert (problem.code, problem.contradicts_total) == ("stated_total_differs", True)
    assert "1131.28 USD" in problem.message
    assert "1131.29" in problem.message


def test_a_german_cost_table(tmp_path: Path) -> None:
    text = (
        'Invoice number,99\nInvoice total,"€1.000,50"\n\n'
        "Service description,Cost type,Usage start date,Usage end date,Usage amount,Unrounded cost (€),Cost (€)\n"
        'Compute,Usage,2026-07-01,2026-07-31,"1.000,5","900,004","900,00"\n'
        'Tax,Tax,2026-07-01,2026-07-31,,"100,5","100,50"\n'
        ',Total,,,,"1.000,504","1.000,50"\n'
    )
    found = read_text(text, tmp_path)
    assert (found.bill.net, found.bill.tax, found.bill.currency) == (Decimal(900), Decimal("100.5"), "EUR")
    assert found.bill.problems == ()
    assert found.lines[0]["quantity"] == "1000.5"


def test_the_month_of_the_invoice_and_credits_of_bigquery(tmp_path: Path) -> None:
    found = read(FILES / "bigquery_rows_shape.csv", tmp_path)
    july, august = found.content.bills
    # costs 1.5 + 0.000005 + 0.10 - 0.000002 - 0.20 = 1.400003, credits -0.5 - 0.000005: 0.899998
    assert (july.net + july.tax, july.tax) == (Decimal("0.899998"), Decimal("0.10"))
    assert (august.net, august.period_start) == (Decimal("0.25"), date(2026, 8, 1))
    assert found.costs[1] == 0  # 5e-06 - 5e-06


def test_an_id_goes_to_the_bill_of_its_period(tmp_path: Path) -> None:
    path = FILES / "bigquery_rows_shape.csv"
    with pytest.raises(UnreadableFile, match=r"2 bills without one .*2026-07 USD, 2026-08 USD"):
        read(path, tmp_path, provider_invoice_id="512")
    found = read(path, tmp_path, provider_invoice_id="512", period=Period.month(2026, 7))
    ids = [(head.provider_invoice_id, head.status) for head in found.content.bills]
    assert ids == [
        ("512", BillStatus.ISSUED),
        ("open.google-cloud.012345-6789ab-cdef01.2026-08.USD", BillStatus.OPEN),
    ]


def test_a_german_statement_of_hetzner(tmp_path: Path) -> None:
    found = read(FILES / "hetzner_de_shape.csv", tmp_path)
    # 4.99 + 2.968 + 0.5 + 1036.49 + 3.5 - 10 = 1038.448
    assert (found.bill.net, found.bill.tax, found.bill.currency) == (Decimal("1038.448"), Decimal(0), Currency.EUR)
    assert (found.bill.period_start, found.bill.period_end) == (date(2025, 12, 1), date(2026, 1, 1))
    assert found.lines[1]["quantity"] == "371.0000"
    assert found.lines[-1]["charge_category"] == "Credit"
    # the last day is written, so the end is the day after
    assert found.lines[1]["charge_period_end"] == datetime(2025, 12, 17, tzinfo=UTC)


HETZNER = "grouping,product,description,reference,quantity,from,until,condition,unit,external id,price,total"


def test_each_row_of_hetzner_has_the_locale_of_its_days(tmp_path: Path) -> None:
    english = 'a,p,"VAT 19%",r,"1.0000",2026-03-01,2026-03-31,,Months,1,,"€ 1,036.4900"'
    german = 'a,p,tax-api,r,"1,0000",01.03.2026,31.03.2026,,Monate,1,,"1.036,4900 €"'
    found = read_text(f"{HETZNER}\n{english}\n{german}\n", tmp_path)
    assert found.costs == [Decimal("1036.49")] * 2
    # a format without tax rows: the whole word decides
    assert [line["charge_category"] for line in found.lines] == ["Tax", "Usage"]


def azure(tmp_path: Path, header: str, row: str) -> ReadFile:
    return read_text(f"{header}\n{row}\n", tmp_path)


def test_azure_in_english_with_long_decimals_and_american_days(tmp_path: Path) -> None:
    header = "SubscriptionId,MeterId,Date,BillingPeriodStartDate,BillingPeriodEndDate,"
    header += "CostInBillingCurrency,BillingCurrencyCode,Tags"
    row = 's,m,9/2/2023,9/1/2023,9/30/2023,5.64902E-05,CAD,"""a"": ""1"",""b"": ""2"""'
    found = azure(tmp_path, header, row)
    assert (found.bill.net, found.bill.currency) == (Decimal("0.0000564902"), "CAD")
    assert (found.bill.period_start, found.bill.period_end) == (date(2023, 9, 1), date(2023, 10, 1))
    (line,) = found.lines
    assert (line["charge_period_start"], line["charge_period_end"]) == (
        datetime(2023, 9, 2, tzinfo=UTC),
        datetime(2023, 9, 3, tzinfo=UTC),
    )
    assert line["tags"] == '{"a":"1","b":"2"}'


def test_azure_with_a_translated_header(tmp_path: Path) -> None:
    header = "Abonnement-GUID (SubscriptionGuid),ID der Verbrauchseinheit (MeterId),UsageDateTime (UsageDateTime),"
    header += "PreTaxCost (PreTaxCost),Currency,Maßeinheit (UnitOfMeasure)"
    found = azure(tmp_path, header, "s,m,2021-02-02,0.07500000000000000000000001,USD,100 Hours")
    assert found.bill.net == Decimal("0.07500000000000000000000001")
    assert found.lines[0]["unit"] == "100 Hours"
    assert found.bill.period_start == date(2021, 2, 1)


def test_addresses_in_the_tags_of_oracle_are_masked(tmp_path: Path) -> None:
    header = (
        "lineItem/intervalUsageStart,lineItem/intervalUsageEnd,cost/myCost,cost/currencyCode,lineItem/isCorrection,"
    )
    header += "tags/Oracle-Tags.CreatedBy,tags/env"
    rows = "2023-11-13T10:00Z,2023-11-13T11:00:00Z,1.5E-7,USD,false,default/jane.doe@example.com,prod\n"
    rows += "2023-11-13T10:00Z,2023-11-13T11:00:00Z,-1,USD,true,,\n"
    found = read_text(f"{header}\n{rows}", tmp_path)
    assert found.bill.net == Decimal("-0.99999985")
    assert found.lines[0]["tags"] == '{"Oracle-Tags.CreatedBy":"default/***@example.com","env":"prod"}'
    assert found.lines[1]["charge_category"] == "Adjustment"
    assert found.lines[0]["charge_period_start"] == datetime(2023, 11, 13, 10, tzinfo=UTC)
