"""What other live invoices of a contract bill already, and what a draft says about it.

See docs/specification/pricing.md 2.5 and 2.7.
"""

from collections.abc import Iterable, Mapping

from models.contracts.contract import DealType
from models.contracts.worklog import Worklog
from models.invoice.content.basis import CLOUD_CLAIM, Overlap
from models.values.base_models import Frozen
from models.values.money import hours
from models.values.period import Period

LISTED = 50  # worklog ids in one warning or message; the number of the others follows


class OtherInvoice(Frozen):
    """A live invoice of the contract for another period. `name` is its number, or its period, with the status."""

    id: str
    name: str
    period: Period
    deal_type: DealType

    @property
    def reference(self) -> str:
        return f"{self.name} (id {self.id})"


class BilledWork(Frozen):
    """The worklogs that stand on other invoices, by id, and the other invoices whose periods overlap."""

    worklogs: Mapping[str, OtherInvoice] = {}
    overlapping: tuple[OtherInvoice, ...] = ()

    def overlaps(self, deal_type: DealType, period: Period) -> tuple[Overlap, ...]:
        """Return the days that are billed already. Between two hourly invoices the worklogs alone decide."""
        return tuple(
            Overlap(
                invoice_id=each.id,
                invoice=each.name,
                days=Period(start=max(each.period.start, period.start), end=min(each.period.end, period.end)),
            )
            for each in self.overlapping
            if {deal_type, each.deal_type} != {DealType.HR}
        )

    def left_out_warnings(self, left_out: Iterable[Worklog]) -> tuple[str, ...]:
        """Return one warning for each invoice on which worklogs of the period stand already."""
        by_invoice: dict[str, list[Worklog]] = {}
        for worklog in left_out:
            by_invoice.setdefault(self.worklogs[worklog.worklog_id].reference, []).append(worklog)
        return tuple(
            f"{hours(sum(w.seconds for w in worklogs)):.2f} hours are left out, because they stand on {reference}: "
            f"{listed(w.worklog_id for w in worklogs)}."
            for reference, worklogs in by_invoice.items()
        )


NOTHING_BILLED = BilledWork()


def on_other_invoices(worklogs: Mapping[str, OtherInvoice]) -> str:
    """Return what stands on which invoice: `worklogs 7, 8 and vendor bill 4f on ACT-9, approved (id ...)`."""
    by_invoice: dict[str, list[str]] = {}
    for worklog_id, invoice in worklogs.items():
        by_invoice.setdefault(invoice.reference, []).append(worklog_id)
    return "; ".join(f"{_named(ids)} on {reference}" for reference, ids in by_invoice.items())


def listed(ids: Iterable[str]) -> str:
    """Return the ids with commas, the first ones if there are many."""
    every = list(ids)
    more = len(every) - LISTED
    return ", ".join([*every[:LISTED], f"and {more} more"] if more > 0 else every)


def _named(ids: list[str]) -> str:
    bills = [each.removeprefix(CLOUD_CLAIM) for each in ids if each.startswith(CLOUD_CLAIM)]
    worklogs = [each for each in ids if not each.startswith(CLOUD_CLAIM)]
    named = (("worklog", worklogs), ("vendor bill", bills))
    return " and ".join(f"{kind if len(found) == 1 else f'{kind}s'} {listed(found)}" for kind, found in named if found)
