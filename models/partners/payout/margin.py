"""The margin of a job: what its invoice brings in for the work, less the payout (docs/specification/kpi.md 6)."""

from decimal import Decimal

from models.partners.job_amounts import JobAmounts
from models.partners.payout.payout import JobPayout
from models.values.base_models import Frozen


class JobMargin(Frozen):
    """An invoiced job with its payout."""

    payout: JobPayout
    invoice_id: str
    number: str
    amounts: JobAmounts

    @property
    def margin(self) -> Decimal | None:
        """The invoiced amount less the payout; None while the payout is blocked."""
        paid = self.payout.amount
        return None if paid is None else self.amounts.invoiced - paid
