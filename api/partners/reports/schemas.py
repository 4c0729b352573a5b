"""The answers of the reports. The fields of a row are the columns of its files, too."""

from datetime import date
from typing import Self

from pydantic import BaseModel, Field

from api.http.envelopes import Meta
from api.http.number_formats import Factor, Money
from models.partners.kpi.evaluation import KpiResult, NotScored
from models.partners.payout.margin import JobMargin
from models.partners.payout.payout import JobPayout, PayoutBlock
from models.partners.payout.rate_lookup import PayoutStep
from models.partners.payout.reports import MarginRow, PayoutRow, margin_percent
from models.values.money import Currency


class PayoutSum(PayoutRow):
    """The payouts of one installer, building or partner. `payout` is rates + bonuses - penalties."""

    rates: Money
    bonuses: Money
    penalties: Money
    payout: Money

    @classmethod
    def of(cls, row: PayoutRow) -> Self:
        return cls.model_validate(row.model_dump())


class MarginSum(MarginRow):
    """The margin of one installer, building or partner: `invoiced` - `payout`, before tax and without materials."""

    job_amount: Money
    kpi_amount: Money
    invoiced: Money
    materials: Money
    payout: Money
    margin: Money
    margin_percent: Factor | None
    blocked_amount: Money

    @classmethod
    def of(cls, row: MarginRow) -> Self:
        return cls.model_validate(row.model_dump())


class Job(BaseModel):
    """What both reports say of one job. A blocked one has no payout, and `message` says why."""

    order_key: str
    service_id: str
    partner: str
    installer: str
    installer_name: str
    building: str
    completed_on: date
    currency: Currency
    minutes: int | None = Field(description="from OnTheWay to OrderCompleted, without blocked time")
    target_minutes: int | None
    result: KpiResult | None
    not_scored: NotScored | None
    docket_minutes: int | None = Field(description="from the completion to the receipt of the docket")
    blocked: PayoutBlock | None
    message: str


def _job(payout: JobPayout) -> dict[str, object]:
    kpi = payout.kpi
    return {
        **payout.model_dump(include=set(Job.model_fields) - {"blocked"}),
        "minutes": kpi.minutes,
        "target_minutes": kpi.target.minutes if kpi.target else None,
        "result": kpi.result,
        "not_scored": kpi.not_scored,
        "blocked": payout.blocked,
    }


class PayoutJob(Job):
    """The payout of one job."""

    rate_id: str | None
    step: PayoutStep | None = Field(description="whose rate pays the job")
    rate: Money
    adjustment: Money = Field(description="the bonus, or the penalty as a negative amount")
    payout: Money | None

    @classmethod
    def of(cls, job: JobPayout) -> Self:
        own = {"rate_id": job.rate_id, "step": job.step, "rate": job.rate, "adjustment": job.adjustment}
        return cls.model_validate({**_job(job), **own, "payout": job.amount})


class MarginJob(Job):
    """The margin of one job."""

    invoice_id: str
    number: str
    job_amount: Money
    kpi_amount: Money
    invoiced: Money = Field(description="job and KPI, before tax")
    materials: Money = Field(description="charged beside, and not in the margin")
    payout: Money | None
    margin: Money | None
    margin_percent: Factor | None

    @classmethod
    def of(cls, job: JobMargin) -> Self:
        own = {
            "invoice_id": job.invoice_id,
            "number": job.number,
            "job_amount": job.amounts.job,
            "kpi_amount": job.amounts.kpi,
            "invoiced": job.amounts.invoiced,
            "materials": job.amounts.materials,
            "payout": job.payout.amount,
            "margin": job.margin,
            "margin_percent": None if job.margin is None else margin_percent(job.margin, job.amounts.invoiced),
        }
        return cls.model_validate({**_job(job.payout), **own})


class PayoutReport(BaseModel):
    """A page of rows, and the sums of all pages for each currency."""

    data: list[PayoutJob | PayoutSum]
    meta: Meta
    totals: list[PayoutSum]


class MarginReport(BaseModel):
    """A page of rows, and the sums of all pages for each currency."""

    data: list[MarginJob | MarginSum]
    meta: Meta
    totals: list[MarginSum]
    not_invoiced: int = Field(description="completed jobs of these days whose invoice is not approved yet")
