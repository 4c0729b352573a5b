"""The columns of each settings sheet in CSV files."""

from enum import StrEnum
from typing import Any, NamedTuple

from models.settings.area import Area


class Kind(StrEnum):
    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    DAY = "day"
    CLOCK = "clock"
    FLAG = "flag"
    LIST = "list"


class Column(NamedTuple):
    name: str
    kind: Kind
    empty: Any = ...  # what an empty cell says; ...: the default


class Sheet(NamedTuple):
    """The first column is the setting's key."""

    area: Area
    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]


def _columns(kind: Kind, *names: str) -> tuple[Column, ...]:
    return tuple(Column(name, kind) for name in names)


SHEETS = {
    sheet.area: sheet
    for sheet in (
        Sheet(
            Area.RATE_RULES,
            (
                Column("application_key", Kind.TEXT),
                Column("valid_from", Kind.DAY),
                Column("valid_to", Kind.DAY, None),
                *_columns(Kind.NUMBER, "base_hourly_rate", "monthly_limit_hours", "overtime_multiplier"),
                *_columns(Kind.NUMBER, "p1_p3_multiplier", "off_hours_multiplier", "p1_p3_off_hours_multiplier"),
                *_columns(Kind.CLOCK, "business_hours_start", "business_hours_end"),
                Column("business_hours_tz", Kind.CHOICE),
                Column("weekend_days", Kind.LIST, ()),
                Column("bill_base_when_empty", Kind.FLAG),
            ),
        ),
        Sheet(
            Area.EXCLUSIONS,
            (Column("account_id", Kind.TEXT), Column("exclusion_type", Kind.CHOICE), Column("note", Kind.TEXT, "")),
        ),
        Sheet(Area.CLASSIFICATIONS, (Column("label", Kind.TEXT), Column("classification", Kind.CHOICE))),
        Sheet(
            Area.CLIENT_CONFIG,
            (
                Column("application_key", Kind.TEXT),
                Column("series", Kind.CHOICE),
                Column("payment_days", Kind.NUMBER),
                Column("reminder_days", Kind.LIST, ()),
                Column("channel", Kind.CHOICE, None),
                Column("recipients", Kind.LIST, ()),
                *_columns(Kind.FLAG, "show_task_list", "show_tracked_time", "show_task_pricing", "show_overtime"),
                Column("legal_text", Kind.TEXT, ""),
            ),
        ),
    )
}
