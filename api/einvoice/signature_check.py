"""The check of a signature before it is stored: what was signed, whose certificate it is, and when it is valid."""

from datetime import datetime

from activities.clients.pkcs7 import NotASignature, SignedMessage, read_signature
from api.errors import Invalid
from models.invoice.signing.certificate import reason_unfit
from models.invoice.signing.tables import DocumentToSign


def checked_signature(pkcs7: str, given: DocumentToSign, now: datetime) -> SignedMessage:
    """Return what the signature contains.

    Raise Invalid if it is no signature, does not cover the bytes that were given, or if its certificate is expired or
    that of another company.
    """
    try:
        signed = read_signature(pkcs7)
    except NotASignature as error:
        raise Invalid.at("pkcs7", str(error)) from error
    if signed.content != bytes(given.content):
        raise Invalid.at("pkcs7", "covers other bytes than those that were given; fetch the document to sign again")
    if reason := reason_unfit(signed.certificate, given.seller_tin, now):
        raise Invalid.at("pkcs7", reason)
    return signed
