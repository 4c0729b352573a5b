"""The act of completed work in Didox (document type 005): its fields, and the JSON body that creates it."""

from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A frozen part of an act."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ActLine(Part):
    """One line. `total` includes VAT, if any. Without a catalogue code (IKPU) Didox requires a measure."""

    name: str
    count: Decimal
    price: Decimal
    total: Decimal
    catalog_code: str | None = None
    catalog_name: str | None = None
    package_code: str | None = None
    package_name: str | None = None
    measure_id: int | None = None
    total_without_vat: Decimal | None = None
    vat_rate: Decimal | None = None
    vat_sum: Decimal | None = None


class ActDraft(Part):
    """An act to be created."""

    number: str
    act_date: date
    text: str
    contract_number: str
    contract_date: date
    seller_name: str
    buyer_tin: str
    buyer_name: str
    lines: tuple[ActLine, ...] = Field(min_length=1)


def act_body(draft: ActDraft, seller_tin: str) -> dict[str, Any]:
    """Return the body of the request that creates the act."""
    head: dict[str, Any] = {
        "actdoc": {"actno": draft.number, "actdate": draft.act_date.isoformat(), "acttext": draft.text},
        "contractdoc": {"contractno": draft.contract_number, "contractdate": draft.contract_date.isoformat()},
        "sellertin": seller_tin, "sellername": draft.seller_name, "sellerbranchcode": "", "sellerbranchname": "",
        "buyertin": draft.buyer_tin, "buyername": draft.buyer_name, "buyerbranchcode": "", "buyerbranchname": "",
    }  # fmt: skip
    products = [_product(number, line) for number, line in enumerate(draft.lines, start=1)]
    body = {**head, "productlist": {"tin": seller_tin, "products": products}}
    if any(line.vat_rate is not None for line in draft.lines):
        # The plain act has no columns for VAT; the extended copy has them.
        taxed = [{**product, **_vat(line)} for product, line in zip(products, draft.lines, strict=True)]
        body["extended_json"] = {**head, "productlist": {"tin": seller_tin, "hasvat": True, "products": taxed}}
    return body


def _product(number: int, line: ActLine) -> dict[str, Any]:
    return {
        "ordno": number, "name": line.name,
        "catalogcode": line.catalog_code, "catalogname": line.catalog_name,
        "packagecode": line.package_code, "packagename": line.package_name, "measureid": line.measure_id,
        "count": _text(line.count), "summa": _text(line.price), "totalsum": _text(line.total),
    }  # fmt: skip


def _vat(line: ActLine) -> dict[str, Any]:
    return {
        "totalsumwithoutvat": _text(line.total if line.total_without_vat is None else line.total_without_vat),
        "vatrate": None if line.vat_rate is None else _text(line.vat_rate),
        "vatsum": _text(line.vat_sum or Decimal("0.00")),
        "withoutvat": line.vat_rate is None,
    }


def _text(number: Decimal) -> str:
    """Return the number as Didox requires it: a string with a dot and without an exponent."""
    return format(number, "f")
