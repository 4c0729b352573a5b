"""The addresses of archived PDFs: the keys in the object store, and the links with which people open the files.

The year, the contract key and the running number in a key can be guessed. With a public URL whoever knows an address
opens the file without a login, so AKTUM_S3__LINKS chooses what cannot be guessed: a secret part of the key, or a
signature that expires (docs/specification/documents.md 4.1).
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from activities.clients import object_store
from models.documents.file_name import file_name
from models.invoice.content.content import Content
from settings import S3Settings

QUOTES = "quotes/"
SECRET_DIGITS = 32  # hexadecimal digits, 128 bits
_SECRET_PART = re.compile(rf"\.[0-9a-f]{{{SECRET_DIGITS}}}(?=\.pdf$)")


@dataclass(frozen=True)
class ArchiveLink:
    """A link to an archived file; `expires_at` is None if it does not expire."""

    url: str
    expires_at: datetime | None = None


def plain_key(content: Content, display_number: str) -> str:
    """Return the key of a PDF without a secret part; the year is that of the invoice date."""
    return f"invoices/{content.invoice_date.year}/{content.subject_key}/{file_name(display_number)}"


def without_secret(key: str) -> str:
    """Return the key without its secret part; a key that has none is returned unchanged."""
    return _SECRET_PART.sub("", key)


def is_copy_of(key: str, copy: str) -> bool:
    """Return whether `copy` is the key of a copy of the file, whatever the secret parts of both are."""
    stem = re.escape(without_secret(key).removesuffix(".pdf"))
    return re.fullmatch(rf"{stem}\.rev\d+\.pdf", without_secret(copy)) is not None


class ArchiveAddresses:
    """Computes keys and links as the settings of the archive require."""

    def __init__(self, s3: S3Settings) -> None:
        self._settings = s3
        secret = s3.link_secret if s3.links == "secret" else None
        self._secret = secret.get_secret_value().encode() if secret else None
        self._signer = None
        if s3.public_url and s3.links == "signed":
            # A signature includes the host, so the client is given the host that readers use. Signing sends nothing.
            self._signer = object_store.connect(s3.public_url, s3.region, s3.access_key, s3.secret_key)

    def key(self, content: Content, display_number: str) -> str:
        """Return the key of a PDF that is stored now. Files that were stored with other settings keep their keys."""
        return self._with_secret(plain_key(content, display_number))

    def quote_key(self, year: int, number: str, version: int) -> str:
        """Return the key of the PDF of a quote's version; each version has a key of its own, so none is replaced."""
        return self._with_secret(f"{QUOTES}{year}/{number}.v{version}.pdf")

    def copy_key(self, key: str, copy: int) -> str:
        """Return the key of the copy that is kept before the file is replaced; copies are counted from 1.

        A copy has a secret part of its own, so the link to a document does not reveal its earlier versions.
        """
        return self._with_secret(f"{without_secret(key).removesuffix('.pdf')}.rev{copy}.pdf")

    def link(self, key: str) -> ArchiveLink | None:
        """Return the link to a file; None if the archive has no public URL."""
        s3 = self._settings
        if s3.public_url is None:
            return None
        if self._signer is None:
            return ArchiveLink(f"{s3.public_url.rstrip('/')}/{quote(key)}")
        valid = timedelta(days=s3.link_days)
        expires_at = datetime.now(UTC) + valid
        url = self._signer.generate_presigned_url(
            "get_object", Params={"Bucket": s3.bucket, "Key": key}, ExpiresIn=int(valid.total_seconds())
        )
        return ArchiveLink(url, expires_at)

    def _with_secret(self, key: str) -> str:
        if self._secret is None:
            return key
        part = hmac.new(self._secret, key.encode(), hashlib.sha256).hexdigest()[:SECRET_DIGITS]
        return f"{key.removesuffix('.pdf')}.{part}.pdf"
