"""The certificate of a signature: whose it is, and whether it may sign for the seller now."""

from datetime import datetime, tzinfo
from typing import Final

from models.values.base_models import Frozen

MOMENT: Final = "%Y.%m.%d %H:%M:%S"
COMPANY_TIN: Final = "1.2.860.3.16.1.1"


class Certificate(Frozen):
    """A certificate of E-IMZO. `tin` is the TIN of the company, or that of the person if no company is named."""

    serial: str
    tin: str
    holder: str
    valid_from: datetime
    valid_to: datetime


def certificate_of(alias: str, zone: tzinfo | None) -> Certificate:
    """Return the certificate that E-IMZO describes in one text: `cn=...,1.2.860.3.16.1.1=...,validto=...`.

    Its times are those of the machine that it runs on. Without a zone they are of this machine. Raises ValueError.
    """
    facts = dict(part.split("=", 1) for part in alias.lower().split(",") if "=" in part)
    return Certificate(
        serial=facts.get("serialnumber", ""),
        tin=facts.get(COMPANY_TIN) or facts.get("uid", ""),
        holder=facts.get("cn", "(no name)").upper(),
        valid_from=_moment(facts.get("validfrom", ""), zone),
        valid_to=_moment(facts.get("validto", ""), zone),
    )


def _moment(text: str, zone: tzinfo | None) -> datetime:
    try:
        moment = datetime.strptime(text, MOMENT)  # noqa: DTZ007 (the zone follows)
    except ValueError as error:
        raise ValueError(f"the time {text!r} of a certificate cannot be read") from error
    return moment.replace(tzinfo=zone) if zone else moment.astimezone()


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
