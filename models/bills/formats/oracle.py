"""The cost report of Oracle Cloud. See docs/specification/bills.md 4.5."""

from models.bills.cost_line import ChargeCategory
from models.bills.formats.layout import CategoryTexts, Layout


def _category(line: CategoryTexts) -> ChargeCategory | None:
    """A line that corrects an earlier one is an adjustment."""
    return ChargeCategory.ADJUSTMENT if line.texts[0].strip().lower() == "true" else ChargeCategory.USAGE


ORACLE = Layout(
    format="oracle",
    sample="cost/myCost, lineItem/intervalUsageStart",
    signatures=(frozenset({"costmycost"}),),
    provider="oracle",
    issuer="Oracle",
    account_names=("lineitemtenantid",),
    currency_names=("costcurrencycode",),
    start_names=("lineitemintervalusagestart",),
    end_names=("lineitemintervalusageend",),
    tag_prefixes=("tags/",),
    masks_addresses=True,
    category_columns=(("lineitemiscorrection",),),
    category=_category,
    amounts={"billed_cost": ("costmycost",), "quantity": ("usagebilledquantity", "usageconsumedquantity")},
    texts={
        "description": ("productdescription", "costproductsku"),
        "unit": ("costbillingunitreadable", "usageconsumedquantityunits"),
        "service_name": ("productservice",),
        "resource_id": ("productresourceid",),
        "resource_type": ("productresource",),
        "region": ("productregion",),
        "sku_id": ("costproductsku",),
        "sub_account_id": ("productcompartmentid",),
        "sub_account_name": ("productcompartmentname",),
        "project_name": ("productcompartmentname",),
    },
)
