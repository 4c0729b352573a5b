"""The types of field orders, and the three kinds of work that a partner invoice prints for them.

Texts are read as the documents of the company and its partners write them (docs/specification/partners.md 1.2).
"""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator


class OrderType(StrEnum):
    """The type of an order; with category and method it selects the rate."""

    ACTIVATION = "activation"
    MODIFICATION_INDOOR = "modification_indoor"
    MODIFICATION_OUTDOOR = "modification_outdoor"
    ASSURANCE = "assurance"
    VALUE_ADDED_SERVICE = "value_added_service"
    SDU = "sdu"
    RDF_POLE = "rdf_pole"
    CANCELLATION = "cancellation"


class WorkType(StrEnum):
    """The kind of work as the lines of a partner invoice print it."""

    ACTIVATION = "Activation"
    MODIFICATION = "Modification"
    ASSURANCE = "Assurance"


_WORK_TYPES = {
    OrderType.ACTIVATION: WorkType.ACTIVATION,
    OrderType.MODIFICATION_INDOOR: WorkType.MODIFICATION,
    OrderType.MODIFICATION_OUTDOOR: WorkType.MODIFICATION,
    OrderType.ASSURANCE: WorkType.ASSURANCE,
    OrderType.VALUE_ADDED_SERVICE: WorkType.MODIFICATION,
    OrderType.SDU: WorkType.ACTIVATION,
    OrderType.RDF_POLE: WorkType.ACTIVATION,
    OrderType.CANCELLATION: WorkType.MODIFICATION,
}
# A word of two types has one reading here, because the older documents do not divide them.
_OTHER_SPELLINGS = {
    "modification": OrderType.MODIFICATION_INDOOR,
    "sdu_rdf_pole": OrderType.SDU,
    "rdf": OrderType.RDF_POLE,
    "vas": OrderType.VALUE_ADDED_SERVICE,
}


def work_type(order_type: OrderType) -> WorkType:
    """Return the kind of work that a line prints for an order of this type (docs/specification/partners.md 1.2)."""
    return _WORK_TYPES[order_type]


def read_order_type(text: object) -> OrderType:
    """Return the order type that the text names, in any case: `MODIFICATION_INDOOR`, `RDF Pole`, `SDU / RDF POLE`.

    Raises ValueError.
    """
    if isinstance(text, OrderType):
        return text
    name = re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_") if isinstance(text, str) else ""
    if name in _OTHER_SPELLINGS:
        return _OTHER_SPELLINGS[name]
    try:
        return OrderType(name)
    except ValueError as error:
        raise ValueError(f"must be one of {', '.join(OrderType)}") from error


OrderTypeInput = Annotated[OrderType, BeforeValidator(read_order_type)]
