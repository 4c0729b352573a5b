"""The Cost and Usage Report of AWS, legacy and 2.0. See docs/specification/bills.md 4.4.

The names of both differ only in their spelling: `lineItem/UnblendedCost` is `line_item_unblended_cost`.
"""

from models.bills.cost_line import ChargeCategory
from models.bills.formats.layout import CategoryTexts, Layout

_CATEGORIES = {
    "tax": ChargeCategory.TAX,
    "credit": ChargeCategory.CREDIT,
    "refund": ChargeCategory.ADJUSTMENT,
    "usage": ChargeCategory.USAGE,
    "discountedusage": ChargeCategory.USAGE,
    "savingsplancoveredusage": ChargeCategory.USAGE,
    "savingsplannegation": ChargeCategory.USAGE,
    "": ChargeCategory.USAGE,  # small exports lack the column
}


def _category(line: CategoryTexts) -> ChargeCategory | None:
    """Discounts and fees have many names; a usage to which a discount was applied is a usage."""
    kind = line.texts[0].strip().lower()
    if kind.endswith("discount"):
        return ChargeCategory.CREDIT
    return ChargeCategory.PURCHASE if kind.endswith("fee") else _CATEGORIES.get(kind)


AWS_CUR = Layout(
    format="aws_cur",
    sample="lineItem/UnblendedCost, or line_item_unblended_cost",
    signatures=(frozenset({"lineitemunblendedcost"}),),
    provider="aws",
    issuer="Amazon Web Services",
    issuer_names=("billinvoicingentity", "lineitemlegalentity"),
    account_names=("billpayeraccountid",),
    invoice_id_names=("billinvoiceid",),
    currency_names=("lineitemcurrencycode",),
    period_start_names=("billbillingperiodstartdate",),
    period_end_names=("billbillingperiodenddate",),
    start_names=("lineitemusagestartdate",),
    end_names=("lineitemusageenddate",),
    tag_names=("resourcetags",),
    tag_prefixes=("resourceTags/", "resource_tags_"),
    category_columns=(("lineitemlineitemtype",),),
    category=_category,
    amounts={
        "billed_cost": ("lineitemunblendedcost",),
        "effective_cost": ("lineitemnetunblendedcost",),
        "list_cost": ("pricingpublicondemandcost",),
        "quantity": ("lineitemusageamount",),
    },
    texts={
        "description": ("lineitemlineitemdescription", "lineitemusagetype"),
        "unit": ("pricingunit",),
        "provider_name": ("billbillingentity",),
        "publisher_name": ("lineitemlegalentity",),
        "service_name": ("productproductname", "lineitemproductcode"),
        "resource_id": ("lineitemresourceid",),
        "resource_type": ("lineitemoperation",),
        "region": ("productregioncode", "productregion", "lineitemavailabilityzone"),
        "sku_id": ("lineitemusagetype", "productsku"),
        "sub_account_id": ("lineitemusageaccountid",),
        "sub_account_name": ("lineitemusageaccountname",),
    },
)
