"""How formats are recognised, and what their columns mean (docs/specification/bills.md 3 and 4)."""

from decimal import Decimal

import pytest

from models.bills.cost_line import ChargeCategory
from models.bills.file_content import UnreadableFile
from models.bills.formats.cost_table import preamble_facts
from models.bills.formats.detection import LAYOUTS, detected
from models.bills.formats.digitalocean import service_category
from models.bills.formats.digitalocean_items import item_rows, items_facts
from models.bills.formats.google import credits_total
from models.bills.formats.layout import CategoryTexts, columns_by_name, names_of
from models.bills.formats.tags import tags_of
from models.bills.formats.vendors import vendor_key
from models.bills.line_key import line_key
from models.bills.tax_lines import names_a_tax


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("BilledCost,ChargeCategory,BillingPeriodStart,InvoiceId", "focus"),
        ("BilledCost,ChargeCategory,BillingPeriodStart,InvoiceDetailId,InvoiceIssueStatus", "focus_invoice_detail"),
        ("bill/InvoiceId,lineItem/UnblendedCost,lineItem/LineItemType", "aws_cur"),
        ("bill_invoice_id,line_item_unblended_cost", "aws_cur"),
        ("Service description,Cost type,Cost (€)", "google_cost_table"),
        ("billing_account_id,cost,invoice.month,cost_type,credits", "google_bigquery"),
        ("product,group_description,description,hours,start,end,USD,project_name,category", "digitalocean"),
        ("product,group_description,description,hours,start,end,USD,project_name", "digitalocean"),
        (
            "grouping,product,description,reference,quantity,from,until,condition,unit,external id,price,total",
            "hetzner",
        ),
        ("lineItem/referenceNo,cost/myCost,cost/currencyCode", "oracle"),
        ("SubscriptionId,MeterId,CostInBillingCurrency,BillingCurrencyCode", "azure"),
        ("subscriptionId,meterId,costInBillingCurrency,billingCurrency", "azure"),
        ("Abonnement-GUID (SubscriptionGuid),ID (MeterId),PreTaxCost (PreTaxCost),Currency", "azure"),
    ],
)
def test_a_format_is_recognised_by_its_columns(header: str, expected: str) -> None:
    assert detected(header.split(",")).format == expected


def test_other_files_are_refused_with_the_names_found_and_those_known() -> None:
    with pytest.raises(UnreadableFile) as refused:
        detected(["Date", "Amount", *("x" * 100 for _ in range(50))])
    message = str(refused.value)
    assert "Found: Date, Amount" in message
    assert "and 40 more" in message
    assert all(layout.format in message for layout in LAYOUTS)
    assert "x" * 41 not in message


def test_names_of_columns() -> None:
    assert names_of("lineItem/UnblendedCost") == ("lineitemunblendedcost",)
    assert names_of("line_item_unblended_cost") == ("lineitemunblendedcost",)
    assert names_of("Maßeinheit (UnitOfMeasure)")[0] == "unitofmeasure"
    assert names_of("Unrounded Cost ($)") == ("unroundedcost",)
    assert columns_by_name(("Cost (€)", "cost")) == {"cost": 0}  # the first of two counts


@pytest.mark.parametrize(
    ("text", "expected"),
    [("GST 10%", True), ("VAT", True), ("sales tax", True), ("SST (6%)", True)]
    + [(text, False) for text in ("tax-api", "syntax-db", "gstreamer", "my_tax_box", "taxi", "pre-tax")],
)
def test_tax_is_a_whole_word(text: str, expected: bool) -> None:
    assert names_a_tax(text) is expected


def test_the_category_of_a_line_of_digitalocean_follows_from_its_product() -> None:
    category = detected(["product", "group_description", "description", "start", "end", "USD"]).category

    def of(product: str, *, is_negative: bool = False) -> ChargeCategory | None:
        return category(CategoryTexts((product,), is_negative))

    assert of("Taxes") is ChargeCategory.TAX
    assert of("Taxes", is_negative=True) is ChargeCategory.TAX  # a refund of tax
    assert of("Droplets") is ChargeCategory.USAGE
    assert of("Credits", is_negative=True) is ChargeCategory.CREDIT
    assert of("Spaces Subscription") is ChargeCategory.PURCHASE


def test_line_types_of_aws() -> None:
    category = detected(["lineItem/UnblendedCost"]).category
    found = {
        kind: category(CategoryTexts((kind,), False)) for kind in ("SppDiscount", "DiscountedUsage", "RIFee", "Tax")
    }
    assert found == {
        "SppDiscount": ChargeCategory.CREDIT,
        "DiscountedUsage": ChargeCategory.USAGE,
        "RIFee": ChargeCategory.PURCHASE,
        "Tax": ChargeCategory.TAX,
    }
    assert category(CategoryTexts(("Unheard",), False)) is None


def test_service_categories_of_digitalocean() -> None:
    products = ("Droplets", "Spaces Subscription", "Database Clusters", "Reserved IPs", "Support")
    assert [service_category(each) for each in products] == ["Compute", "Storage", "Databases", "Networking", "Other"]


def test_the_companies_of_a_vendor_have_one_key() -> None:
    names = ("AWS", "Amazon Web Services, Inc.", "Amazon Web Services EMEA SARL")
    assert {vendor_key(name) for name in names} == {"aws"}
    assert vendor_key("Microsoft") == "azure"
    assert vendor_key("Reseller X") == "reseller-x"
    assert vendor_key("Awsome Cloud") == "awsome-cloud"
    assert vendor_key("漢字") == "unknown"


def test_credits_are_summed_as_they_are_written() -> None:
    assert credits_total("[]") == 0
    python_text = "[{'name': 'CUD', 'amount': -0.5, 'full_name': None}, {'name': 'x', 'amount': -5e-06}]"
    assert credits_total(python_text) == Decimal("-0.500005")
    assert credits_total('[{"name": "it\'s", "amount": "-0.10", "id": null}]') == Decimal("-0.10")
    assert credits_total("[{'amount': -0.1234567890123456789}]") == Decimal("-0.1234567890123456789")


@pytest.mark.parametrize("text", ["{}", "[{'name': 'x'}]", "[1]", "nonsense(", "__import__('os')", "[{'amount': x}]"])
def test_what_is_no_list_of_credits_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no list of credits|has no amount|it is no number"):
        credits_total(text)


def test_tags_in_all_their_spellings() -> None:
    assert tags_of('{"a":"1"}') == {"a": "1"}
    assert tags_of('"a": "1","b": "2"') == {"a": "1", "b": "2"}
    assert tags_of('[{"key":"a","value":"1"}]') == {"a": "1"}
    assert tags_of("[{'key': 'team', 'value': None}]") == {"team": ""}
    assert tags_of('{"a":1.50,"b":true,"c":null,"d":{"e":1}}') == {"a": "1.50", "b": "true", "c": "", "d": '{"e":"1"}'}
    assert tags_of('{"a":"x\\u0000y"}') == {"a": "xy"}
    assert tags_of('{"by":"jane.doe@example.com"}', masks_addresses=True) == {"by": "***@example.com"}
    with pytest.raises(ValueError, match="JSON"):
        tags_of("production")


def test_the_preamble_of_a_cost_table_states_invoice_currency_and_total() -> None:
    header = ("Cost type", "Cost (€)")
    facts = preamble_facts(
        [["Invoice number", "512"], ["Invoice total", "€1.131,28"], ["Invoice month", "2026-07"]], header
    )
    assert (facts.invoice_id, facts.currency, facts.stated_total) == ("512", "EUR", Decimal("1131.28"))
    assert str(facts.period_start) == "2026-07-01"
    dollars = preamble_facts([["Total amount due", "abc"]], ("Cost type", "Cost ($)"))
    assert dollars.currency is None  # a dollar may be of several countries
    assert [(problem.code, problem.contradicts_total) for problem in dollars.problems] == [
        ("stated_total_unreadable", True)
    ]


def test_items_of_the_api_need_all_their_pages() -> None:
    page = {"invoice_items": [{"product": "Droplets", "amount": "1.00"}], "meta": {"total": 2}}
    rows = item_rows([page])
    assert [problem.code for problem in items_facts([page], rows).problems] == ["items_missing"]
    rows = item_rows([page, page])
    assert items_facts([page, page], rows).problems == ()


def test_a_summary_whose_groups_do_not_add_up_is_a_problem() -> None:
    # 12.34 + 3.45 + 4.56 + 6.78 = 27.13, the example of the vendor
    amounts = {"product_charges": "12.34", "overages": "3.45", "taxes": "4.56", "credits_and_adjustments": "6.78"}
    summary = {name: {"amount": amount} for name, amount in amounts.items()} | {"amount": "27.13"}
    facts = items_facts([summary], [])
    assert (facts.stated_total, facts.stated_tax, facts.problems) == (Decimal("27.13"), Decimal("4.56"), ())
    wrong = items_facts([summary | {"amount": "27.14"}], [])
    assert [problem.code for problem in wrong.problems] == ["summary_differs"]


def test_keys_of_lines() -> None:
    first = line_key(["INV-1", "Usage", None])
    assert first == line_key(["INV-1", "Usage", ""])
    assert first != line_key(["INV-1", "", "Usage"])
    assert line_key(["INV-1", "Usage", None], 2) == f"{first}.2"
    assert len(first) == 32
