"""Who may approve this very invoice: the one who finalised it perhaps not, and above an amount only an admin.

The policy is the issuer's setting, copied into the invoice when its draft is made; what a role may do at all is
`models/invoice/permissions.py`.
"""

from decimal import Decimal

from models.access.roles import Role
from models.invoice.commands import OPERATOR
from models.invoice.invoice import Invoice


def reason_approver_refused(invoice: Invoice, by: str, role: Role | None) -> str | None:
    """Why it is not for this person to approve, in words for them; None when it is."""
    return _same_person(invoice, by) or _too_large(invoice, role)


def admin_limit(invoice: Invoice) -> Decimal | None:
    """The amount above which an admin must approve, where that concerns this invoice."""
    limit = invoice.content.issuer.review.admin_above.get(invoice.content.currency)
    return limit if limit is not None and invoice.total > limit else None


def _same_person(invoice: Invoice, by: str) -> str | None:
    if not invoice.content.issuer.review.four_eyes or invoice.finalized is None:
        return None
    finalizer = invoice.finalized.by
    if finalizer == OPERATOR:
        return (
            "It was finalised in the Web UI without a name, so nobody can tell whether a second person looks at it "
            "now. Decline it, reopen it, and let somebody finalise it under their own name."
        )
    if by == OPERATOR:
        return "Two people must see this invoice, so an approval needs a name: give yours in `by`."
    if by.strip().casefold() == finalizer.strip().casefold():
        return f"{finalizer} finalised this invoice; another person must approve it."
    return None


def _too_large(invoice: Invoice, role: Role | None) -> str | None:
    limit = admin_limit(invoice)
    if limit is None or (role is not None and role.includes(Role.ADMIN)):
        return None
    currency = invoice.content.currency
    return (
        f"The total is {invoice.total:,.2f} {currency}; above {limit:,.2f} {currency} an admin must approve, "
        f"and {'you are ' + role if role else 'the approval does not say that an admin gives it'}."
    )
