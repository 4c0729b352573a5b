"""The errors of quotes beside those of invoices; the class name is the public error code and must not change."""

from models.invoice.errors import InvoiceError, Refused


class OldVersion(Refused):
    """The command names a version of the quote that is no longer the current one."""


class LinkNotValid(Refused):
    """The link was revoked, or is none of this quote."""


class QuoteStopped(InvoiceError):
    """The quote has stopped, because PostgreSQL has recorded another history than its workflow tells."""

    def __init__(self, quote_id: str, why: str) -> None:
        super().__init__(
            f"The quote has stopped: its workflow tells another history than PostgreSQL has recorded. {why} Nothing is "
            f"sent and no command is accepted. `{restore_quote_command(quote_id)}` continues it from the recorded "
            "state."
        )


def restore_quote_command(quote_id: str) -> str:
    """Return the command that continues the quote from the state that PostgreSQL has recorded."""
    return f"aktum quote restore {quote_id}"
