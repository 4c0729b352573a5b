"""The itemised statement of Hetzner, English and German. See docs/specification/bills.md 4.8.

Its totals are net: it has no row for the tax, which the invoice states.
"""

from models.bills.cost_line import ChargeCategory
from models.bills.formats.layout import CategoryTexts, CurrencySource, Layout


def _category(line: CategoryTexts) -> ChargeCategory | None:
    """A negative total is a credit. The description decides about the others, as it may name a tax."""
    return ChargeCategory.CREDIT if line.is_negative else None


HETZNER = Layout(
    format="hetzner",
    sample="grouping, product, description, reference, quantity, from, until, total",
    signatures=(frozenset({"grouping", "product", "reference", "from", "until", "total"}),),
    provider="hetzner",
    issuer="Hetzner",
    currency_from=CurrencySource.SYMBOL,
    start_names=("from",),
    end_names=("until",),
    ends_inclusive=True,
    mark_by_day=True,
    category_columns=(),
    category=_category,
    amounts={"billed_cost": ("total",), "quantity": ("quantity",)},
    texts={
        "description": ("description",),
        "unit": ("unit",),
        "service_name": ("product",),
        "resource_id": ("externalid", "reference"),
        "resource_name": ("description",),
        "sub_account_name": ("grouping",),
        "project_name": ("grouping",),
    },
)
