"""What happened to a vendor bill, from the rows that its steps have left."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.bills.schemas import BillDetail
from api.pages.languages import N_
from models.bills.bill import PushState


@dataclass(frozen=True)
class Step:
    """One thing that happened. `label` is in the language of the source and takes `values`."""

    at: datetime
    label: str
    values: Mapping[str, Any]
    by: str | None = None
    note: str | None = None
    address: str | None = None


def steps_of(
    bill: BillDetail,
    file: Mapping[Any, Any] | None,
    run: Mapping[Any, Any] | None,
    anomalies: Mapping[Any, Any] | None,
) -> list[Step]:
    """Return the steps, the newest first."""
    found = []
    if file is not None:
        address = f"/bills/files/{bill.file.sha256}"
        found.append(Step(file["uploaded_at"], N_("File uploaded"), {}, file["uploaded_by"], file["name"], address))
    for version in bill.versions:
        label = N_("Written") if version.version == 1 else N_("Corrected: version %(version)s")
        found.append(Step(version.created_at, label, {"version": version.version}, note=version.file.name))
    if run is not None:
        found.append(Step(run["allocated_at"], N_("Matched and allocated"), {}))
    if anomalies is not None:
        found.append(Step(anomalies["found_at"], N_("Compared with the month before"), {}))
    if bill.finance.pushed_at is not None:
        pushed = N_("Pushed to finance") if bill.finance.state is PushState.PUSHED else N_("Pushed to finance earlier")
        found.append(Step(bill.finance.pushed_at, pushed, {}, note=bill.finance.finance_invoice_id))
    return sorted(found, key=lambda step: step.at, reverse=True)
