"""The sums of the reports of payouts and margins (docs/specification/kpi.md 5.4 and 6)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import TypeVar

from models.partners.kpi.evaluation import KpiResult
from models.partners.payout.margin import JobMargin
from models.partners.payout.payout import JobPayout
from models.values.base_models import Frozen
from models.values.money import ZERO, Currency, total

T = TypeVar("T", JobPayout, JobMargin)
_TENTH = Decimal("0.1")


class GroupBy(StrEnum):
    """Whose jobs a row of a report sums up; `job` is a row for each job, `all` one for each currency."""

    JOB = "job"
    ALL = "all"
    INSTALLER = "installer"
    BUILDING = "building"
    PARTNER = "partner"


class PayoutRow(Frozen):
    """The payouts of one installer, building or partner in one currency."""

    key: str
    name: str
    currency: Currency
    jobs: int
    on_time: int
    late: int
    exceeded: int
    not_scored: int
    blocked: int
    rates: Decimal
    bonuses: Decimal
    penalties: Decimal
    payout: Decimal


class MarginRow(Frozen):
    """The margin of one installer, building or partner in one currency.

    A job whose payout is blocked is counted, and its amounts are in `blocked_amount` only: its margin is not known.
    """

    key: str
    name: str
    currency: Currency
    jobs: int
    blocked: int
    job_amount: Decimal
    kpi_amount: Decimal
    invoiced: Decimal
    materials: Decimal
    payout: Decimal
    margin: Decimal
    margin_percent: Decimal | None
    blocked_amount: Decimal


def payout_rows(jobs: Iterable[JobPayout], group_by: GroupBy) -> list[PayoutRow]:
    """Return a row for each group and currency, by key."""
    groups = _grouped(((job, job) for job in jobs), group_by)
    return [_payout_row(*group, of_group) for group, of_group in sorted(groups.items())]


def margin_rows(jobs: Iterable[JobMargin], group_by: GroupBy) -> list[MarginRow]:
    """Return a row for each group and currency, by key."""
    groups = _grouped(((job.payout, job) for job in jobs), group_by)
    return [_margin_row(*group, of_group) for group, of_group in sorted(groups.items())]


def margin_percent(margin: Decimal, invoiced: Decimal) -> Decimal | None:
    """Return the margin in per cent of what was invoiced, with one decimal; None if nothing was."""
    return (margin * 100 / invoiced).quantize(_TENTH, ROUND_HALF_UP) if invoiced else None


def _grouped(jobs: Iterable[tuple[JobPayout, T]], group_by: GroupBy) -> dict[tuple[str, str, Currency], list[T]]:
    groups: dict[tuple[str, str, Currency], list[T]] = defaultdict(list)
    for payout, job in jobs:
        key, name = _group(payout, group_by)
        groups[key, name, payout.currency].append(job)
    return groups


def _group(job: JobPayout, group_by: GroupBy) -> tuple[str, str]:
    """Return the key and the name of the group of a job."""
    match group_by:
        case GroupBy.JOB:
            return job.order_key, job.service_id
        case GroupBy.INSTALLER:
            return job.installer, job.installer_name
        case GroupBy.BUILDING:
            return job.building, job.building
        case GroupBy.PARTNER:
            return job.partner, job.partner
        case GroupBy.ALL:
            return "", ""


def _payout_row(key: str, name: str, currency: Currency, jobs: Sequence[JobPayout]) -> PayoutRow:
    paid = [job for job in jobs if job.amount is not None]
    results = [job.kpi.result for job in jobs]
    return PayoutRow(
        key=key,
        name=name,
        currency=currency,
        jobs=len(jobs),
        on_time=results.count(KpiResult.ON_TIME),
        late=results.count(KpiResult.LATE),
        exceeded=results.count(KpiResult.EXCEEDED),
        not_scored=results.count(None),
        blocked=len(jobs) - len(paid),
        rates=total(job.rate for job in paid),
        bonuses=total(job.adjustment for job in paid if job.adjustment > 0),
        penalties=total(-job.adjustment for job in paid if job.adjustment < 0),
        payout=total(job.amount or ZERO for job in paid),
    )


def _margin_row(key: str, name: str, currency: Currency, jobs: Sequence[JobMargin]) -> MarginRow:
    known = [job for job in jobs if job.margin is not None]
    invoiced = total(job.amounts.invoiced for job in known)
    margin = total(job.margin or ZERO for job in known)
    return MarginRow(
        key=key,
        name=name,
        currency=currency,
        jobs=len(jobs),
        blocked=len(jobs) - len(known),
        job_amount=total(job.amounts.job for job in known),
        kpi_amount=total(job.amounts.kpi for job in known),
        invoiced=invoiced,
        materials=total(job.amounts.materials for job in known),
        payout=total(job.payout.amount or ZERO for job in known),
        margin=margin,
        margin_percent=margin_percent(margin, invoiced),
        blocked_amount=total(job.amounts.invoiced for job in jobs if job.margin is None),
    )
