"""FOCUS 1.0 to 1.4: cost and usage, and the Invoice Detail of 1.4. See docs/specification/bills.md 4.3."""

from models.bills.bill import BillStatus
from models.bills.cost_line import ChargeCategory
from models.bills.formats.layout import CategoryTexts, Layout

_CATEGORIES = {category.value.lower(): category for category in ChargeCategory}
_STATUSES = {"open": BillStatus.OPEN, "issued": BillStatus.ISSUED, "voided": BillStatus.VOIDED}


def _category(line: CategoryTexts) -> ChargeCategory | None:
    return _CATEGORIES.get(line.texts[0].strip().lower())


def _status(text: str) -> BillStatus | None:
    return _STATUSES.get(text.strip().lower())


FOCUS = Layout(
    format="focus",
    sample="BilledCost, ChargeCategory, BillingPeriodStart",
    signatures=(frozenset({"billedcost", "chargecategory", "billingperiodstart"}),),
    issuer_names=("invoiceissuername", "invoiceissuer", "providername", "serviceprovidername", "provider"),
    account_names=("billingaccountid",),
    invoice_id_names=("invoiceid",),
    currency_names=("billingcurrency",),
    period_start_names=("billingperiodstart",),
    period_end_names=("billingperiodend",),
    start_names=("chargeperiodstart",),
    end_names=("chargeperiodend",),
    tag_names=("tags",),
    category_columns=(("chargecategory",),),
    category=_category,
    amounts={
        "billed_cost": ("billedcost",),
        "effective_cost": ("effectivecost",),
        "list_cost": ("listcost",),
        "contracted_cost": ("contractedcost",),
        "quantity": ("pricingquantity", "consumedquantity"),
    },
    texts={
        "charge_class": ("chargeclass",),
        "description": ("chargedescription",),
        "unit": ("pricingunit", "consumedunit"),
        "provider_name": ("serviceprovidername", "providername", "provider"),
        "publisher_name": ("publishername", "publisher"),
        "service_category": ("servicecategory",),
        "service_name": ("servicename",),
        "resource_id": ("resourceid",),
        "resource_name": ("resourcename",),
        "resource_type": ("resourcetype",),
        "region": ("regionid", "region", "regionname"),
        "sku_id": ("skuid", "skupriceid"),
        "sub_account_id": ("subaccountid",),
        "sub_account_name": ("subaccountname",),
        "project_name": ("xprojectname",),
    },
)

INVOICE_DETAIL = Layout(
    format="focus_invoice_detail",
    sample="InvoiceDetailId, InvoiceIssueStatus, BilledCost",
    signatures=(frozenset({"billedcost", "invoicedetailid", "invoiceissuestatus"}),),
    issuer_names=("invoiceissuername",),
    account_names=("billingaccountid",),
    invoice_id_names=("invoiceid",),
    currency_names=("billingcurrency",),
    period_start_names=("billingperiodstart",),
    period_end_names=("billingperiodend",),
    status_names=("invoiceissuestatus",),
    status=_status,
    issued_at_names=("invoiceissuedate",),
    start_names=("billingperiodstart",),
    end_names=("billingperiodend",),
    tag_names=("invoicedetailgrain",),
    category_columns=(("chargecategory",),),
    category=_category,
    amounts={"billed_cost": ("billedcost",)},
    texts={
        "description": ("invoicedetaildescription",),
        "sku_id": ("invoicedetailid",),
    },
)
