"""The search for the rate of an installer for a job (docs/specification/kpi.md 5.2)."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from pydantic import Field

from models.partners.installer_rate import InstallerRate, InstallerType
from models.partners.order_type import OrderType
from models.settings.dated import is_valid_on
from models.values.base_models import Frozen
from models.values.money import Currency


class PaidJob(Frozen):
    """What selects the rate: the job, and what is known of the installer."""

    installer: str = Field(description="the code, or the text of the order if no installer has it")
    installer_type: InstallerType | None = None
    level: str | None = None
    order_type: OrderType
    category: str
    method: str | None = None
    currency: Currency = Currency.MYR


class PayoutStep(StrEnum):
    """Whose rate pays a job."""

    INSTALLER = "installer"
    TYPE_AND_LEVEL = "type_and_level"
    TYPE = "type"
    EMPLOYEE = "employee_fallback"


_STEPS = tuple(PayoutStep)


class InstallerRateFound(Frozen):
    """The rate that pays a job, and the step of the search that found it."""

    rate: InstallerRate
    step: PayoutStep


def find_installer_rate(rates: Iterable[InstallerRate], job: PaidJob, on: date) -> InstallerRateFound | None:
    """Return the rate of the job on a day; None without one, and then nothing is paid until one is entered.

    The order is: of this installer; of its type and level; of its type for all levels; of employees for all levels. In
    each step a rate for the job's method comes before one for any method.
    """
    fitting = [(step, rate) for rate in rates if (step := _step(rate, job)) is not None and _prices(rate, job, on)]
    if not fitting:
        return None
    step, rate = min(fitting, key=lambda each: (_STEPS.index(each[0]), each[1].method is None, each[1].id))
    return InstallerRateFound(rate=rate, step=step)


def _prices(rate: InstallerRate, job: PaidJob, on: date) -> bool:
    return (
        is_valid_on(on, valid_from=rate.valid_from, valid_to=rate.valid_to, active=rate.active)
        and (rate.order_type, rate.category, rate.currency) == (job.order_type, job.category, job.currency)
        and rate.method in (None, job.method)
    )


def _step(rate: InstallerRate, job: PaidJob) -> PayoutStep | None:
    """Return the step at which the rate is looked at; None if it is another installer's or another type's."""
    if rate.installer is not None:
        return PayoutStep.INSTALLER if rate.installer.casefold() == job.installer.casefold() else None
    if rate.installer_type is job.installer_type and rate.level in (None, job.level):
        return PayoutStep.TYPE if rate.level is None else PayoutStep.TYPE_AND_LEVEL
    return PayoutStep.EMPLOYEE if rate.installer_type is InstallerType.EMPLOYEE and rate.level is None else None
