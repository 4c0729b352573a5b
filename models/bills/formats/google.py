"""Google Cloud: the cost table of the console, and rows of the BigQuery export. See docs/specification/bills.md 4.6."""

import ast
from decimal import Decimal

from models.bills.cost_line import ChargeCategory
from models.bills.formats.amounts import exact_amount
from models.bills.formats.layout import CategoryTexts, Layout
from models.bills.totals import EXACT

LONGEST_CREDITS = 200_000
_CATEGORIES = {
    "": ChargeCategory.USAGE,
    "regular": ChargeCategory.USAGE,
    "usage": ChargeCategory.USAGE,
    "tax": ChargeCategory.TAX,
    "adjustment": ChargeCategory.ADJUSTMENT,
    "rounding_error": ChargeCategory.ADJUSTMENT,
    "rounding error": ChargeCategory.ADJUSTMENT,
}


def _category(line: CategoryTexts) -> ChargeCategory | None:
    cost_type, credit_type = line.texts
    category = _CATEGORIES.get(cost_type.strip().lower())
    return ChargeCategory.CREDIT if category is ChargeCategory.USAGE and credit_type.strip() else category


def credits_total(text: str) -> Decimal:
    """Return the sum of the amounts in a list of credits, which is JSON or text as Python prints a list.

    The numbers are taken as they are written. Raises ValueError if the text is no such list.
    """
    try:
        expression = ast.parse(text[:LONGEST_CREDITS].strip(), mode="eval").body
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError("it is no list of credits") from error
    if not isinstance(expression, ast.List):
        raise ValueError("it is no list of credits")
    total = Decimal(0)
    for credit in expression.elts:
        total = EXACT.add(total, _credit(credit, text.strip()))
    return total


def _credit(credit: ast.expr, text: str) -> Decimal:
    if isinstance(credit, ast.Dict):
        for name, value in zip(credit.keys, credit.values, strict=True):
            if isinstance(name, ast.Constant) and name.value == "amount":
                return exact_amount((ast.get_source_segment(text, value) or "").strip("'\""))
    raise ValueError("a credit in it has no amount")


COST_TABLE = Layout(
    format="google_cost_table",
    sample="Cost type, Service description, SKU description, Cost ($)",
    signatures=(frozenset({"costtype", "cost"}), frozenset({"costtype", "unroundedcost"})),
    provider="google",
    issuer="Google Cloud",
    account_names=("billingaccountid",),
    invoice_id_names=("invoicenumber",),
    currency_names=("currency",),
    period_start_names=("invoicemonth",),
    start_names=("usagestartdate",),
    end_names=("usageenddate",),
    ends_inclusive=True,
    category_columns=(("costtype",), ("credittype",)),
    category=_category,
    amounts={
        "billed_cost": ("cost", "unroundedcost"),
        "effective_cost": ("unroundedcost",),
        "quantity": ("usageamount",),
    },
    texts={
        "description": ("skudescription", "servicedescription"),
        "unit": ("usageunit",),
        "service_name": ("servicedescription",),
        "resource_type": ("credittype",),
        "sku_id": ("skuid",),
        "sub_account_id": ("projectid",),
        "sub_account_name": ("projectname",),
        "project_name": ("projectname", "projectid"),
    },
)

BIGQUERY = Layout(
    format="google_bigquery",
    sample="billing_account_id, invoice.month, cost_type, credits, cost",
    signatures=(
        frozenset({"billingaccountid", "invoicemonth", "cost", "costtype"}),
        frozenset({"billingaccountid", "invoicemonth", "cost", "usagestarttime"}),
    ),
    provider="google",
    issuer="Google Cloud",
    account_names=("billingaccountid",),
    currency_names=("currency",),
    period_start_names=("invoicemonth",),
    start_names=("usagestarttime",),
    end_names=("usageendtime",),
    credit_names=("credits",),
    tag_names=("labels",),
    category_columns=(("costtype",), ("credittype",)),
    category=_category,
    amounts={
        "billed_cost": ("cost",),
        "list_cost": ("costatlist",),
        "quantity": ("usageamountinpricingunits", "usageamount"),
    },
    texts={
        "description": ("skudescription",),
        "unit": ("usagepricingunit", "usageunit"),
        "publisher_name": ("sellername",),
        "service_name": ("servicedescription",),
        "resource_id": ("resourceglobalname", "resourcename"),
        "resource_name": ("resourcename",),
        "region": ("locationregion", "locationlocation"),
        "sku_id": ("skuid",),
        "sub_account_id": ("projectid",),
        "sub_account_name": ("projectname",),
        "project_name": ("projectname", "projectid"),
    },
)
