"""A contract with an issued invoice for February, its work, and what its people cost, for tests of margins over HTTP.

10 hours of one person and 4 of another at 30.00 USD are 420.00; they cost 10 x 12.37 = 123.70 and 4 x 18.75 = 75.00.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from activities.invoice.projection import InvoiceProjection
from api.reads import Reads
from models.contracts.contract import ContractRecords
from models.contracts.ports import ContractsWork, ContractsWorkQuery, ContractWorklogs
from models.invoice.invoice import Invoice, Number
from tests.fixtures.invoices import FEBRUARY, new_invoice, sent
from tests.fixtures.margins import content_of, hourly, work
from tests.http.callers import Caller, data_of
from workflows.runtime import ids

# 1,979.20 a month for 160 hours are 12.37 an hour.
CHEAP = {"gross": "1979.20", "hours_per_month": "160", "utilisation_percent": "100"}
DEAR = {"gross": "2400.00", "hours_per_month": "160", "utilisation_percent": "80"}


@dataclass(frozen=True)
class Invoiced:
    """The keys of what a test has made."""

    key: str
    customer: str
    invoice_id: str
    number: str
    people: tuple[str, str]

    @property
    def months(self) -> dict[str, str]:
        return {"period_from": "2026-02", "period_to": "2026-02"}

    @property
    def filters(self) -> dict[str, str]:
        return self.months | {"application_key": self.key}


def records_of(key: str, *more: Any) -> ContractRecords:
    first, second = people_of(key)
    worked = (
        work(first, 10, worklog_id=f"{key}-1", user_name="Aziz"),
        work(second, 4, issue="PROJ-2", worklog_id=f"{key}-2", user_name="Bek"),
        *more,
    )
    return hourly(*worked, application_key=key, customer_key=f"C-{key}", company_name=f"Client {key}")


def people_of(key: str) -> tuple[str, str]:
    return f"{key}-a", f"{key}-b"


async def project_issued(records: InvoiceProjection, key: str, work: ContractRecords) -> Invoice:
    """Save an issued invoice of the contract for February."""
    workflow_id = ids.service_invoice(key, FEBRUARY)
    number = f"INV-{key}"
    draft = new_invoice(content_of(work)).model_copy(
        update={"id": ids.invoice_id(workflow_id), "workflow_id": workflow_id}
    )
    issued = sent(draft)
    issued = issued.model_copy(update={"number": Number(series="ACT", seq=int(key[-6:], 36), display=number)})
    await records.project(issued)
    return issued


async def invoiced(key: str, records: InvoiceProjection, manager: Caller, *, rates: bool = True) -> Invoiced:
    """Save an issued invoice for the work, and the cost rates of its people."""
    issued = await project_issued(records, key, records_of(key))
    if rates:
        for code, cost in zip(people_of(key), (CHEAP, DEAR), strict=True):
            rate = {"kind": "employee", "code": code, "currency": "USD", "valid_from": "2026-01-01"} | cost
            data_of(await manager.post("/settings/cost-rates", rate), 201)
    return Invoiced(key, f"C-{key}", issued.id, f"INV-{key}", people_of(key))


@dataclass
class KnownWork:
    """The stand-in for the read of work in ClickHouse."""

    known: dict[str, ContractRecords]
    asked: list[ContractsWorkQuery]

    def __call__(self) -> Any:
        async def work(_: Reads, query: ContractsWorkQuery) -> ContractsWork:
            self.asked.append(query)
            found = [each for each in self.known.values() if query.matches(each.contract)]
            return ContractsWork(
                contracts={each.contract.application_key: _worklogs(each) for each in found},
                unread={key: "is not in ClickHouse" for key in query.application_keys if key not in self.known},
                total=sum(len(each.worklogs) for each in found),
            )

        return work


def _worklogs(records: ContractRecords) -> ContractWorklogs:
    return ContractWorklogs(
        contract=records.contract, customer_name=records.customer.company_name, worklogs=records.worklogs
    )


def known_work(monkeypatch: pytest.MonkeyPatch, *records: ContractRecords) -> KnownWork:
    """Let the API read the work of these contracts."""
    known = KnownWork({each.contract.application_key: each for each in records}, [])
    monkeypatch.setattr(Reads, "work", known())
    return known


def amounts(rows: Sequence[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]
