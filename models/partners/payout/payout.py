"""The payout of a job: the installer's rate, with the bonus of a job on time, or less the penalty of a late one.

See docs/specification/kpi.md 5.3. Nothing is guessed: a job without an installer or without a rate is blocked.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from models.partners.dockets.clock import docket_kpi
from models.partners.installer_rate import InstallerRate
from models.partners.kpi.evaluation import JobKpi, KpiResult, job_kpi
from models.partners.kpi.target import KpiTarget
from models.partners.order_type import OrderType
from models.partners.orders.order import Order
from models.partners.payout.installer import Installer, called, installers_named
from models.partners.payout.rate_lookup import PaidJob, PayoutStep, find_installer_rate
from models.values.base_models import Frozen
from models.values.money import ZERO, Currency, round_amount


class PayoutBlock(StrEnum):
    """Why a job has no payout."""

    NO_INSTALLER = "no_installer"
    SEVERAL_INSTALLERS = "several_installers"
    NO_CATEGORY = "no_category"
    NO_RATE = "no_rate"


_Work = tuple[str | None, OrderType, str, Currency]


class PayoutTerms(Frozen):
    """The settings from which payouts are computed. A report asks for thousands of jobs, hence the two indexes."""

    rates: tuple[InstallerRate, ...] = ()
    installers: tuple[Installer, ...] = ()
    targets: tuple[KpiTarget, ...] = ()

    def rates_for(
        self, installer: str, order_type: OrderType, category: str, currency: Currency
    ) -> Sequence[InstallerRate]:
        """Return the rates of this work that are the installer's or no installer's."""
        keys: tuple[_Work, ...] = tuple(
            (owner, order_type, category, currency) for owner in (installer.casefold(), None)
        )
        return [rate for key in keys for rate in self._by_work.get(key, ())]

    def named(self, text: str, on: date) -> list[Installer]:
        """Return the installers that an order of this day names."""
        return installers_named(self._by_name.get(called(text), ()), text, on)

    @cached_property
    def _by_work(self) -> Mapping[_Work, Sequence[InstallerRate]]:
        found: dict[_Work, list[InstallerRate]] = defaultdict(list)
        for rate in self.rates:
            owner = rate.installer.casefold() if rate.installer else None
            found[owner, rate.order_type, rate.category, rate.currency].append(rate)
        return found

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[Installer]]:
        found: dict[str, list[Installer]] = defaultdict(list)
        for each in self.installers:
            for name in {called(each.installer), called(each.name)}:
                found[name].append(each)
        return found


class JobPayout(Frozen):
    """What an installer is paid for a job, or why nothing can be paid yet."""

    order_key: str
    partner: str
    service_id: str
    building: str
    completed_on: date
    installer: str
    installer_name: str
    currency: Currency
    kpi: JobKpi
    docket_minutes: int | None
    rate_id: str | None = None
    step: PayoutStep | None = None
    rate: Decimal = ZERO
    adjustment: Decimal = ZERO
    blocked: PayoutBlock | None = None
    message: str = ""

    @property
    def amount(self) -> Decimal | None:
        """The rate with its bonus or penalty; None while it is blocked."""
        return None if self.blocked else self.rate + self.adjustment


def job_payout(order: Order, terms: PayoutTerms, completed_on: date, currency: Currency) -> JobPayout:
    """Return the payout of a job that was completed on this day in the partner's zone."""
    kpi = job_kpi(order, terms.targets, completed_on)
    docket = docket_kpi(order.completed_at, order.docket.received_at if order.docket else None)
    named = terms.named(order.installer, completed_on) if order.installer else []
    profile = named[0] if len(named) == 1 else None
    result = JobPayout(
        order_key=order.order_key,
        partner=order.partner_key,
        service_id=order.service_id,
        building=order.building or "",
        completed_on=completed_on,
        installer=profile.installer if profile else order.installer or "",
        installer_name=profile.name if profile else order.installer or "",
        currency=currency,
        kpi=kpi,
        docket_minutes=docket.minutes if docket else None,
    )
    if block := _block(order, named):
        return _blocked(result, block, _BLOCKS[block].format(installer=order.installer))
    return _paid(result, order, profile, terms)


_BLOCKS = {
    PayoutBlock.NO_INSTALLER: "The order names no installer; enter who did the job.",
    PayoutBlock.SEVERAL_INSTALLERS: "Several installers are called {installer}; give each a name of its own.",
    PayoutBlock.NO_CATEGORY: "The order has no service category, so no rate can be found; enter one, such as FTTH.",
}


def _block(order: Order, named: Sequence[Installer]) -> PayoutBlock | None:
    if not order.installer:
        return PayoutBlock.NO_INSTALLER
    if len(named) > 1:
        return PayoutBlock.SEVERAL_INSTALLERS
    return PayoutBlock.NO_CATEGORY if order.category is None else None


def _paid(result: JobPayout, order: Order, profile: Installer | None, terms: PayoutTerms) -> JobPayout:
    assert order.category is not None
    job = PaidJob(
        installer=result.installer,
        installer_type=profile.installer_type if profile else None,
        level=profile.level if profile else None,
        order_type=order.order_type,
        category=order.category,
        method=order.method,
        currency=result.currency,
    )
    rates = terms.rates_for(result.installer, order.order_type, order.category, result.currency)
    found = find_installer_rate(rates, job, result.completed_on)
    if found is None:
        method = f" and the method {order.method}" if order.method else ""
        work = f"{order.order_type} in the category {order.category}{method} on {result.completed_on}"
        message = f"{result.installer} has no rate in {result.currency} for {work}, and employees have none either."
        return _blocked(result, PayoutBlock.NO_RATE, f"{message} Enter one in the installer rates.")
    changes = {
        "rate_id": found.rate.id,
        "step": found.step,
        "rate": round_amount(found.rate.amount, result.currency),
        "adjustment": _adjustment(found.rate, result.kpi.result),
        "message": "" if profile else "The installer is not in the settings.",
    }
    return result.model_copy(update=changes)


def _adjustment(rate: InstallerRate, result: KpiResult | None) -> Decimal:
    """Return the bonus, or the penalty as a negative amount, rounded once. A job without a result has neither."""
    if result is None:
        return ZERO
    value = rate.on_time_bonus if result is KpiResult.ON_TIME else -rate.late_penalty
    return round_amount(value, rate.currency) + ZERO  # the addition turns -0.00 into 0.00


def _blocked(result: JobPayout, block: PayoutBlock, message: str) -> JobPayout:
    return result.model_copy(update={"blocked": block, "message": message})
