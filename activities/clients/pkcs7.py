"""Signatures of E-IMZO: a PKCS#7 message (CMS) that contains the signed bytes and the signer's certificate.

Only Didox can verify such a signature, because its algorithms are national ones. This module reads what was signed, and
with which certificate.
"""

import base64
import binascii
from dataclasses import dataclass

from asn1crypto import cms, x509

from models.invoice.signing.certificate import Certificate

COMPANY_TIN = "1.2.860.3.16.1.1"
PERSON_TIN = "0.9.2342.19200300.100.1.1"  # uid
COMMON_NAME = "2.5.4.3"


class NotASignature(ValueError):
    """The text is no PKCS#7 message with the signed bytes and a certificate."""


@dataclass(frozen=True)
class SignedMessage:
    """What was signed, and the certificate of the signer."""

    der: bytes
    content: bytes
    certificate: Certificate


def read_signature(pkcs7: str) -> SignedMessage:
    """Return the message of a base64 text. Raises NotASignature."""
    try:
        der = base64.b64decode(pkcs7, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotASignature("is not base64") from error
    try:
        return _message(der)
    except NotASignature:
        raise
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:  # what asn1crypto raises for others
        raise NotASignature("is no PKCS#7 message") from error


def _message(der: bytes) -> SignedMessage:
    info = cms.ContentInfo.load(der, strict=True)
    if info["content_type"].native != "signed_data":
        raise NotASignature("is a PKCS#7 message without a signature")
    signed = info["content"]
    content = signed["encap_content_info"]["content"]
    if not isinstance(content.native, bytes):
        raise NotASignature("does not contain the signed bytes; sign with the option that attaches them")
    (signer,) = signed["signer_infos"]
    return SignedMessage(der, content.native, _certificate(signed["certificates"], signer["sid"]))


def _certificate(certificates: cms.CertificateSet, sid: cms.SignerIdentifier) -> Certificate:
    if sid.name != "issuer_and_serial_number":
        raise NotASignature("does not name its certificate by the serial number")
    serial, issuer = sid.chosen["serial_number"].native, sid.chosen["issuer"].dump()
    for each in certificates:
        found = each.chosen
        if isinstance(found, x509.Certificate) and (found.serial_number, found.issuer.dump()) == (serial, issuer):
            return _facts(found)
    raise NotASignature("does not contain the certificate of its signer")


def _facts(certificate: x509.Certificate) -> Certificate:
    names = {part["type"].dotted: str(part["value"].native) for group in certificate.subject.chosen for part in group}
    validity = certificate["tbs_certificate"]["validity"]
    return Certificate(
        serial=f"{certificate.serial_number:x}",
        tin=names.get(COMPANY_TIN) or names.get(PERSON_TIN) or "",
        holder=names.get(COMMON_NAME) or "(no name)",
        valid_from=validity["not_before"].native,
        valid_to=validity["not_after"].native,
    )
