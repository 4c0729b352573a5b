"""The cost exports of Azure's agreements, English or translated. See docs/specification/bills.md 4.5.

Amortised and actual exports have the same columns, so that no file tells which of the two it is.
"""

from models.bills.cost_line import ChargeCategory
from models.bills.formats.layout import CategoryTexts, Layout

_CATEGORIES = {
    "usage": ChargeCategory.USAGE,
    "purchase": ChargeCategory.PURCHASE,
    "refund": ChargeCategory.ADJUSTMENT,
    "adjustment": ChargeCategory.ADJUSTMENT,
    "roundingadjustment": ChargeCategory.ADJUSTMENT,
    "unusedreservation": ChargeCategory.USAGE,
    "unusedsavingsplan": ChargeCategory.USAGE,
    "credit": ChargeCategory.CREDIT,
    "tax": ChargeCategory.TAX,
    "": ChargeCategory.USAGE,  # older exports have usage only, and no column for this
}


def _category(line: CategoryTexts) -> ChargeCategory | None:
    return _CATEGORIES.get(line.texts[0].strip().lower())


_COSTS = ("costinbillingcurrency", "billingpretaxtotal", "cost", "pretaxcost", "extendedcost")
_CURRENCIES = ("billingcurrencycode", "billingcurrency", "currency", "currencycode")
_SUBSCRIPTIONS = ("subscriptionid", "subscriptionguid")

AZURE = Layout(
    format="azure",
    sample="CostInBillingCurrency or PreTaxCost, SubscriptionId, MeterId",
    signatures=tuple(frozenset({cost, subscription, "meterid"}) for cost in _COSTS for subscription in _SUBSCRIPTIONS),
    provider="azure",
    issuer="Microsoft Azure",
    account_names=("billingaccountid", "enrollmentnumber"),
    invoice_id_names=("invoiceid",),
    currency_names=_CURRENCIES,
    period_start_names=("billingperiodstartdate",),
    period_end_names=("billingperiodenddate",),
    start_names=("date", "usagedatetime", "usagedate"),
    end_names=("date", "usagedatetime", "usagedate"),
    ends_inclusive=True,
    tag_names=("tags",),
    category_columns=(("chargetype",),),
    category=_category,
    amounts={
        "billed_cost": _COSTS,
        "quantity": ("quantity", "usagequantity"),
    },
    texts={
        "description": ("productname", "product", "metername"),
        "unit": ("unitofmeasure",),
        "publisher_name": ("publishername", "publishertype"),
        "service_category": ("servicefamily",),
        "service_name": ("metercategory", "servicename", "consumedservice"),
        "resource_id": ("resourceid", "instanceid"),
        "resource_name": ("resourcename",),
        "resource_type": ("resourcetype", "consumedservice"),
        "region": ("resourcelocation", "meterregion"),
        "sku_id": ("meterid",),
        "sub_account_id": _SUBSCRIPTIONS,
        "sub_account_name": ("subscriptionname",),
        "project_name": ("resourcegroup", "resourcegroupname"),
    },
)
