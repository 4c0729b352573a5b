"""The columns of orders in CSV files, and the fields of the intake that a row stands for.

See docs/specification/orders.md 3.7.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from models.settings import csv_sheet
from models.settings.csv_columns import CellType, Column

_TEXTS_BEFORE = (
    *("order_key", "source", "source_version", "partner_key", "service_id", "order_type", "category", "method"),
    *("ticket_id", "awo_id", "customer_name", "service_address", "contact_name", "contact_phone", "building_id"),
    *("building_short_name", "building_name", "unit_no", "splitter_id", "splitter_ports", "splitter_port"),
    *("standby_override", "appointment_start", "appointment_end", "scheduled_start", "scheduled_end"),
    *("on_the_way_at", "met_customer_at", "completed_at", "installer", "materials_logged", "status"),
)
_TYPES: Mapping[str, CellType] = {
    "source_version": CellType.WHOLE,
    "splitter_ports": CellType.WHOLE,
    "splitter_port": CellType.WHOLE,
    "standby_override": CellType.FLAG,
    "materials_logged": CellType.FLAG,
}
_DOCKET: Final = {
    "docket_number": "number",
    "docket_received_at": "received_at",
    "docket_validated": "validated",
    "docket_uploaded_at": "uploaded_at",
}
_MATERIAL: Final = ("code", "description", "quantity", "unit_price", "serial")
_REPLACEMENT: Final = ("old_serial", "new_serial", "approved_by", "notes")


class OrderSheet(NamedTuple):
    """The columns of an order. An empty cell leaves its field as it is."""

    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """Return the names of the columns, in order."""
        return [column.name for column in self.columns]

    @property
    def required_names(self) -> tuple[str, ...]:
        """Return the names of the columns that a file must have."""
        return ("order_key", "source", "partner_key", "service_id", "order_type", "customer_name", "service_address")


SHEET: Final = OrderSheet(
    (
        *(Column(name, _TYPES.get(name, CellType.TEXT)) for name in _TEXTS_BEFORE),
        Column("docket_number", CellType.TEXT),
        Column("docket_received_at", CellType.TEXT),
        Column("docket_validated", CellType.FLAG),
        Column("docket_uploaded_at", CellType.TEXT),
        Column("materials", CellType.TEXT),  # code|description|quantity|unit price|serial; ...
        Column("rma", CellType.TEXT),  # old serial|new serial|approved by|notes; ...
    )
)


def intake_fields(cells: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of the intake that the cells of a row stand for."""
    values = csv_sheet.values(cells, SHEET)
    docket = {field: values.pop(name) for name, field in _DOCKET.items() if name in values}
    if docket:
        values["docket"] = docket
    for name, parts in (("materials", _MATERIAL), ("rma", _REPLACEMENT)):
        if name in values:
            values[name] = [_row(text, parts) for text in values[name].split(";") if text.strip()]
    return values


def column_of(path: str) -> str:
    """Return the column that the path of an error stands in: `docket.number` is in `docket_number`."""
    field, _, rest = path.partition(".")
    if field == "docket" and rest:
        return next((name for name, each in _DOCKET.items() if each == rest), "docket_number")
    return field


def _row(text: str, names: tuple[str, ...]) -> dict[str, str | None] | str:
    """Return the parts of a row by name; the text itself when it has too many parts, which the intake refuses."""
    parts = [part.strip() or None for part in text.split("|")]
    if len(parts) > len(names):
        return text
    return {name: part for name, part in zip(names, parts, strict=False) if part is not None}
