"""Dependencies of the pages of one bill: the bill that the path names, for a person who is signed in."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy import RowMapping

from api.bills.deps import BillId, Bills
from api.errors import NotFound
from api.pages.sessions import PageActorDep
from models.bills.bill import Bill
from models.bills.diff import BillDiff
from models.values.typed_values import AS_RECORDED


@dataclass(frozen=True)
class PageBill:
    """The newest version of a bill, and its row."""

    bill: Bill
    row: RowMapping

    @property
    def id(self) -> str:
        return self.bill.id

    @property
    def address(self) -> str:
        return f"/bills/{self.id}"

    @property
    def name(self) -> str:
        """What people call the bill: its number, or else the vendor's id."""
        return self.bill.number or self.bill.key.provider_invoice_id

    @property
    def last_day(self) -> date:
        return self.bill.period_end - timedelta(days=1)

    @staticmethod
    def diff(stored: dict[str, Any]) -> BillDiff:
        """Return the stored difference of two versions."""
        return BillDiff.model_validate(stored, context=AS_RECORDED)


async def page_bill(_: PageActorDep, bill_id: BillId, bills: Bills) -> PageBill:
    found = await bills.bill(bill_id)
    if found is None:
        raise NotFound(f"There is no bill {bill_id}.")
    return PageBill(Bill.model_validate(found["state"]), found)


PageBillDep = Annotated[PageBill, Depends(page_bill)]
