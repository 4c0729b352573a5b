"""The amounts of one job on an invoice: what its order brings in."""

from decimal import Decimal

from models.values.base_models import Frozen
from models.values.money import ZERO


class JobAmounts(Frozen):
    """The sums of the invoiced lines of an order, before tax."""

    job: Decimal = ZERO
    kpi: Decimal = ZERO
    materials: Decimal = ZERO

    @property
    def invoiced(self) -> Decimal:
        """What the work of the job brings in. Materials are apart, because what they cost is not known here."""
        return self.job + self.kpi

    @property
    def total(self) -> Decimal:
        """What all lines of the job add to the invoice, before tax."""
        return self.invoiced + self.materials
