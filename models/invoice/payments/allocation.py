"""How much of each payment covers the invoice, and how much is surplus (docs/specification/lifecycle.md 8)."""

from decimal import Decimal

from models.invoice.invoice import Payment
from models.values.money import ZERO


def allocate(payments: tuple[Payment, ...], payable: Decimal) -> tuple[Payment, ...]:
    """Return the payments with their surpluses.

    The payments cover the payable amount in the order in which they were recorded. A reversed payment covers nothing.
    """
    rest, allocated = payable, []
    for payment in payments:
        counted = ZERO if payment.reversed else payment.amount
        covered = min(counted, rest)
        rest -= covered
        allocated.append(payment.model_copy(update={"surplus": counted - covered}))
    return tuple(allocated)
