"""The records of a contract in ClickHouse: the contract, its customer, the contacts and the worklogs.

They are read and never changed; what is configured for a contract is in `models/contracts/terms.py`. A missing text is
the empty string, as in the tables, so that a document never prints "None".
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from models.contracts.worklog import Worklog
from models.values.base_models import Frozen
from models.values.period import Period
from models.values.text import OptionalText
from models.values.typed_values import AMOUNT_TEXT


class ContractDataMissing(Exception):
    """A record that an invoice needs is not in ClickHouse."""


class ContractNotFound(ContractDataMissing):
    """ClickHouse has no contract with this key; `others` are the keys that differ from it in case only."""

    def __init__(self, application_key: str, others: tuple[str, ...] = ()) -> None:
        spelt = f" Its key is spelt {' or '.join(others)}." if others else ""
        super().__init__(f"There is no contract {application_key} in ClickHouse.{spelt}")
        self.application_key = application_key


class CustomerNotFound(ContractDataMissing):
    """ClickHouse has no customer with this key."""

    def __init__(self, customer_key: str, application_key: str | None = None) -> None:
        of_contract = f" of contract {application_key}" if application_key else ""
        super().__init__(f"The customer {customer_key}{of_contract} is not in ClickHouse.")
        self.customer_key = customer_key
        self.application_key = application_key


class ContractKeyAmbiguous(Exception):
    """ClickHouse has several contracts whose keys differ in case only, so that one might be billed twice."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        super().__init__(
            f"The contracts {' and '.join(keys)} have keys that differ in case only, so they may be one contract. "
            "None of them is billed until one of the keys is corrected or removed."
        )
        self.keys = keys


class ContractUnreadable(Exception):
    """The contract's row holds a value that cannot be billed, such as an unknown deal type."""

    def __init__(self, application_key: str, reason: str) -> None:
        super().__init__(f"Contract {application_key} cannot be read: {reason}.")
        self.application_key = application_key
        self.reason = reason


class DealType(StrEnum):
    """The deal types: support, hourly rate, fixed price (docs/specification/pricing.md 1.1)."""

    SUP = "SUP"
    HR = "HR"
    FP = "FP"


def _split_labels(value: object) -> object:
    """Return the project labels of the column `labels`, which are separated by commas.

    See docs/specification/pricing.md 2.2.
    """
    if not isinstance(value, str):
        return value
    return tuple(dict.fromkeys(label for part in value.split(",") if (label := part.strip())))


# A table may keep its amounts as texts; one that can be read in two ways is an error of its row.
WarehouseAmount = Annotated[Decimal, AMOUNT_TEXT]
Labels = Annotated[tuple[str, ...], BeforeValidator(_split_labels)]

# A date column of ClickHouse that is not Nullable holds this day where no date was entered.
NO_DATE = date(1970, 1, 1)
OptionalDate = Annotated[date | None, AfterValidator(lambda day: None if day == NO_DATE else day)]


class Contract(Frozen):
    """A contract; ClickHouse calls it an application."""

    application_key: str
    customer_key: str
    status: str
    application_name: str
    description: str = ""
    start_date: date
    finish_date: OptionalDate = None
    deal_amount: WarehouseAmount
    deal_type: DealType
    monthly_limit: Decimal = Field(default=Decimal(0), description="hours inside the monthly base of a SUP contract")
    hourly_rate: WarehouseAmount
    currency: str
    invoice_amount: WarehouseAmount
    agreement_date: OptionalDate = None
    agreement_number: OptionalText = None
    labels: Labels = ()

    def runs_on(self, day: date) -> bool:
        """Return whether the day lies inside the contract's dates. Both dates are inclusive."""
        return self.start_date <= day and (self.finish_date is None or day <= self.finish_date)

    def days_in(self, period: Period) -> Period | None:
        """Return the days of the period that lie inside the contract's dates; None if there are none."""
        start = max(self.start_date, period.start)
        end = min(self.finish_date or period.end, period.end)
        return Period(start=start, end=end) if start <= end else None


class Customer(Frozen):
    """The company that is invoiced."""

    customer_key: str
    company_name: str
    company_type: str = ""
    address: str = ""
    tin: str = ""
    ccea: str = ""
    swift_bic: str = ""
    account_number: str = ""
    mfo: str = ""
    bank_name: str = ""
    signer_full_name: str = ""
    country: str = ""


class Contact(Frozen):
    """A person at the customer, to whom invoices are sent."""

    name: str
    email: str
    phone: str = ""


class ContractRecords(Frozen):
    """All records of one contract and period from which a draft is made."""

    contract: Contract
    customer: Customer
    contacts: tuple[Contact, ...] = ()
    worklogs: tuple[Worklog, ...] = ()
