"""How a page shows money, dates and moments: by the language of the page, and so that a copied amount is a number."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import format_decimal

from api.pages.languages import locale_of
from models.values.money import plain

MINUS = "\u2212"


def shown_amount(language: str, value: Decimal) -> str:
    """Return the amount with two decimals, or with as many as it needs: `15,825,000.00`, `15 825 000,00`."""
    decimals = max(2, len(plain(value).partition(".")[2]))
    shown = format_decimal(value, f"#,##0.{'0' * decimals}", locale=locale_of(language))
    return str(shown).replace("-", MINUS)


def shown_number(language: str, value: Decimal | int) -> str:
    """Return a count or a quantity without needless decimals."""
    return str(format_decimal(value, "#,##0.####", locale=locale_of(language))).replace("-", MINUS)


@dataclass(frozen=True)
class Formats:
    language: str
    zone: ZoneInfo

    def amount(self, value: Decimal) -> str:
        """Return the amount with two decimals, or with as many as it needs: `15,825,000.00`, `15 825 000,00`."""
        return shown_amount(self.language, value)

    def number(self, value: Decimal | int) -> str:
        """Return a count or a quantity without needless decimals."""
        return shown_number(self.language, value)

    def day(self, value: date) -> str:
        """Return `28 Feb 2026` or `28 февр. 2026`."""
        pattern = "d MMM y"
        return format_date(value, pattern, locale=locale_of(self.language))

    def month(self, value: date) -> str:
        """Return `Feb 2026` or `февр. 2026`."""
        return str(format_skeleton("yMMM", value, locale=locale_of(self.language)))

    def month_of(self, key: str) -> str:
        """Return the month that a key such as `2026-02` names."""
        return self.month(date.fromisoformat(f"{key}-01"))

    def moment(self, value: datetime) -> str:
        """Return the day and the time in the issuer's zone."""
        return format_datetime(value.astimezone(self.zone), "d MMM y, HH:mm", locale=locale_of(self.language))

    def clock(self, value: datetime) -> str:
        """Return the time of day in the issuer's zone, with seconds."""
        return value.astimezone(self.zone).strftime("%H:%M:%S")

    def typed_moment(self, value: datetime) -> str:
        """Return the moment as `<input type=datetime-local>` has it."""
        return value.astimezone(self.zone).strftime("%Y-%m-%dT%H:%M")

    def utc(self, value: datetime) -> str:
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
