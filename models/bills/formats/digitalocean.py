"""The invoices of DigitalOcean: the CSV with both headers, and the API. See docs/specification/bills.md 4.7."""

from models.bills.cost_line import ChargeCategory
from models.bills.formats.layout import CategoryTexts, CurrencySource, Layout

_SERVICE_CATEGORIES = (
    ("Compute", ("droplets", "kubernetes", "app platform", "functions")),
    ("Storage", ("volumes", "spaces", "snapshots", "backups", "container registry")),
    ("Databases", ("database", "managed database")),
    ("Networking", ("floating ips", "reserved ips", "load balancers", "bandwidth")),
)


def _category(line: CategoryTexts) -> ChargeCategory | None:
    """A negative row is a credit: promotional credit, a discount, or a refund."""
    product = line.texts[0].strip().lower()
    if product == "taxes":
        return ChargeCategory.TAX
    if line.is_negative:
        return ChargeCategory.CREDIT
    return ChargeCategory.PURCHASE if "subscription" in product else ChargeCategory.USAGE


def service_category(product: str) -> str:
    """Return the service category of FOCUS for a product."""
    lower = product.strip().lower()
    return next((name for name, starts in _SERVICE_CATEGORIES if lower.startswith(starts)), "Other")


DIGITALOCEAN = Layout(
    format="digitalocean",
    sample="product, description, hours, start, end, USD",
    signatures=(frozenset({"product", "groupdescription", "description", "start", "end"}),),
    provider="digitalocean",
    issuer="DigitalOcean",
    invoice_id_names=("invoiceuuid",),
    currency_from=CurrencySource.COLUMN_NAME,
    start_names=("start",),
    end_names=("end",),
    category_columns=(("product",),),
    category=_category,
    quantity_unit="Hours",
    service_category=service_category,
    amounts={"billed_cost": ("amount",), "quantity": ("hours",)},
    texts={
        "description": ("description",),
        "unit": ("durationunit",),
        "service_name": ("product",),
        "resource_id": ("resourceuuid", "resourceid"),
        "resource_name": ("groupdescription",),
        "sub_account_name": ("projectname",),
        "project_name": ("projectname",),
    },
)
