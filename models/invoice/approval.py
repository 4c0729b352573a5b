"""The approval policy of one invoice: four eyes, and an amount above which an admin must approve.

The policy is a setting of the issuer and is copied into the invoice when its draft is made
(docs/specification/lifecycle.md 6.2, 6.3). The commands that each role may give stand in
`models/invoice/permissions.py`.
"""

from decimal import Decimal

from models.access.api_keys import person
from models.access.roles import Role
from models.invoice.commands import OPERATOR
from models.invoice.invoice import Invoice
from models.values.money import readable

UNUSUAL_SHARE = Decimal("0.2")


def reason_approver_refused(
    invoice: Invoice, by: str, role: Role | None, on_behalf_of: str | None = None
) -> str | None:
    """Return why the policy forbids this person to approve, as a message for them; None when it allows it.

    Four eyes look at the person who acts. If they act in somebody's name, that person must not be a maker either.
    """
    reason = _four_eyes_reason(invoice, by)
    if reason is None and on_behalf_of is not None and _four_eyes_reason(invoice, on_behalf_of):
        reason = f"{on_behalf_of}, in whose name you act, made this invoice; another person must approve it."
    return reason or _amount_reason(invoice, role)


def admin_limit(invoice: Invoice) -> Decimal | None:
    """Return the amount above which an admin must approve, if the invoice's total is above it; otherwise None."""
    limit = invoice.content.issuer.review.admin_above.get(invoice.content.currency)
    return limit if limit is not None and invoice.total > limit else None


def changed_share(amount: Decimal, before: Decimal) -> Decimal | None:
    """Return by which share the amount differs from the one before, as 0.08 for 8 % more; None if that was zero."""
    return (amount - before) / before if before else None


def is_unusual(amount: Decimal, before: Decimal) -> bool:
    """Return whether a reviewer should look twice, because the amount differs much from the month before."""
    share = changed_share(amount, before)
    return amount != before if share is None else abs(share) > UNUSUAL_SHARE


def makers_of(invoice: Invoice) -> tuple[str, ...]:
    """Return the people who may not approve the invoice, first the one who finalised it; nobody without four eyes."""
    review = invoice.content.issuer.review
    if not review.four_eyes or invoice.finalized is None:
        return ()
    finalizer = invoice.finalized.by
    editors = invoice.makers if review.any_maker else ()
    return (finalizer, *(name for name in editors if not _same_person(name, finalizer)))


def _four_eyes_reason(invoice: Invoice, by: str) -> str | None:
    makers = makers_of(invoice)
    if not makers:
        return None
    finalizer, *editors = makers
    if finalizer == OPERATOR:
        return (
            "It was finalised in the Web UI without a name, so it is unknown whether you are a second person. "
            "Decline it, reopen it, and let somebody finalise it under their own name."
        )
    if OPERATOR in editors:
        return (
            "It was edited in the Web UI without a name, so it is unknown whether you are a second person. "
            "Decline it, regenerate it, and let somebody edit it under their own name."
        )
    if by == OPERATOR:
        return "Two people must review this invoice, so an approval needs a name; give yours in `by`."
    if _same_person(by, finalizer):
        return f"{finalizer} finalised this invoice; another person must approve it."
    editor = next((name for name in editors if _same_person(name, by)), None)
    return f"{editor} edited this invoice; another person must approve it." if editor else None


def _same_person(one: str, other: str) -> bool:
    """Return whether both are one person. An API key counts as its owner."""
    return person(one).strip().casefold() == person(other).strip().casefold()


def _amount_reason(invoice: Invoice, role: Role | None) -> str | None:
    limit = admin_limit(invoice)
    if limit is None or (role is not None and role.includes(Role.ADMIN)):
        return None
    currency = invoice.content.currency
    return (
        f"The total is {readable(invoice.total)} {currency}. Above {readable(limit)} {currency} an admin must approve, "
        f"and {'your role is ' + role if role else 'the approval does not state the role admin'}."
    )
