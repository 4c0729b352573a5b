"""The errors of quotes beside those of invoices; the class name is the public error code and must not change."""

from models.invoice.errors import InvoiceError, Refused


class OldVersion(Refused):
    """The command names a version of the quote that is no longer the current one."""


class LinkNotValid(Refused):
    """The link was revoked, or is none of this quote."""


class QuoteStopped(InvoiceError):
    """The quote has stopped, because PostgreSQL has recorded another history than its workflow tells."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The quote has stopped: its workflow tells another history than PostgreSQL has recorded. {why} Nothing is "
            "sent and no command is accepted."
        )
