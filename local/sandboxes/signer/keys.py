"""The keys of the sandbox signer: a good one, an expired one, and one of another company.

E-IMZO signs with national algorithms. The sandbox signs with ECDSA, in messages of the same form.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from cryptography.x509.oid import NameOID, ObjectIdentifier

COMPANY_TIN = ObjectIdentifier("1.2.860.3.16.1.1")
OTHER_TIN = "301234567"
YEAR = timedelta(days=365)
MOMENT = "%Y.%m.%d %H:%M:%S"


@dataclass(frozen=True)
class Key:
    """A key file with its certificate, as E-IMZO lists it."""

    name: str
    holder: str
    company: str
    tin: str
    certificate: x509.Certificate
    private_key: ec.EllipticCurvePrivateKey

    @classmethod
    def made(cls, name: str, holder: str, company: str, tin: str, valid_from: datetime) -> "Key":
        """Return a key whose certificate is valid for a year."""
        private_key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, holder),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, company),
                x509.NameAttribute(COMPANY_TIN, tin),
            ]
        )
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sandbox of E-IMZO")]))
            .public_key(private_key.public_key())
            .serial_number(x509.random_serial_number() >> 96)
            .not_valid_before(valid_from)
            .not_valid_after(valid_from + YEAR)
            .sign(private_key, hashes.SHA256())
        )
        return cls(name, holder, company, tin, certificate, private_key)

    def reissued(self, valid_from: datetime) -> "Key":
        """Return the key with a new certificate for the same holder and company."""
        return Key.made(self.name, self.holder, self.company, self.tin, valid_from)

    @property
    def listed(self) -> dict[str, str]:
        """The entry in the list of certificates: `alias` holds all facts in one text."""
        valid = (self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc)
        start, end = (moment.strftime(MOMENT) for moment in valid)
        alias = (
            f"cn={self.holder},o={self.company},1.2.860.3.16.1.1={self.tin},"
            f"serialnumber={self.certificate.serial_number:x},validfrom={start},validto={end}"
        )
        return {"disk": "/", "path": "DSKEYS", "name": self.name, "alias": alias.lower()}

    def sign(self, content: bytes) -> tuple[str, str]:
        """Return the PKCS#7 message with the content, in base64, and the signature alone, in hexadecimal."""
        builder = PKCS7SignatureBuilder().set_data(content)
        builder = builder.add_signer(self.certificate, self.private_key, hashes.SHA256())
        der = builder.sign(Encoding.DER, [PKCS7Options.Binary])
        (signer,) = cms.ContentInfo.load(der)["content"]["signer_infos"]
        return base64.b64encode(der).decode(), signer["signature"].native.hex()


def keys_of(tin: str) -> tuple[Key, ...]:
    """Return the keys of the demo: of the company with this TIN, an expired one of it, and one of another company."""
    now = datetime.now(UTC).replace(microsecond=0)
    return (
        Key.made("DS_GOOD", "KARIMOVA AMINA", "PROXIMAOPS", tin, now - timedelta(days=30)),
        Key.made("DS_EXPIRED", "KARIMOVA AMINA", "PROXIMAOPS", tin, now - 2 * YEAR),
        Key.made("DS_FOREIGN", "SOLIEV RUSTAM", "OTHER LLC", OTHER_TIN, now - timedelta(days=30)),
    )
