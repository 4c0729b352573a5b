"""The descriptions of computed lines. Documents recognise these descriptions and print them in their own language."""

from decimal import Decimal
from typing import Final

from models.values.money import format_multiplier
from models.values.period import Period

OVERTIME: Final = "Overtime"
_TIMES: Final = " × "
_NO_ISSUE: Final = "—"


def support_description(period: Period) -> str:
    return f"Monthly support — {period.title}"


def fixed_work_description(application_name: str, period: Period) -> str:
    return f"{application_name} — {period.title}"


def cloud_description(issuer: str, service: str, period: Period) -> str:
    """Return `DigitalOcean: Droplets — February 2026`."""
    return f"{issuer}: {service or 'cloud services'}{_of(period)}"


def cloud_minimum_description(period: Period) -> str:
    return f"Cloud services, up to the agreed minimum{_of(period)}"


def cloud_subject(description: str, period: Period) -> str | None:
    """Return what a computed description names before the period; None for one that a person changed."""
    return description.removesuffix(_of(period)) if description.endswith(_of(period)) else None


def _of(period: Period) -> str:
    return f" — {period.title}"


def task_description(issue: str, summary: str) -> str:
    """Return `PROJ-456: Implement user dashboard`; one of the two if the other is empty."""
    if issue.strip() and summary.strip():
        return f"{issue}: {summary}"
    return issue.strip() or summary.strip() or _NO_ISSUE


def overtime_description(multiplier: Decimal) -> str:
    """Return the description of one of several overtime lines, which differ in their multiplier."""
    return f"{OVERTIME}{_TIMES}{format_multiplier(multiplier)}"


def is_overtime(description: str) -> bool:
    return description.partition(_TIMES)[0] == OVERTIME
