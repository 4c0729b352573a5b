"""The certificate of a signature: whose it is, and whether it may sign for the seller now."""

from datetime import datetime

from models.values.base_models import Frozen


class Certificate(Frozen):
    """A certificate of E-IMZO. `tin` is the TIN of the company, or that of the person if no company is named."""

    serial: str
    tin: str
    holder: str
    valid_from: datetime
    valid_to: datetime


def reason_unfit(certificate: Certificate, seller_tin: str, now: datetime) -> str | None:
    """Return why the certificate may not sign for the seller, as a message for a bookkeeper; None if it may."""
    name = f"The certificate {certificate.serial} of {certificate.holder}"
    if certificate.tin != seller_tin:
        return f"{name} has the TIN {certificate.tin or '(none)'}; the seller of the act is {seller_tin}."
    if now > certificate.valid_to:
        return f"{name} expired on {certificate.valid_to:%Y-%m-%d}; renew the key."
    if now < certificate.valid_from:
        return f"{name} is valid from {certificate.valid_from:%Y-%m-%d} only."
    return None
