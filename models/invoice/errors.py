"""The errors of the invoice rules. The class name is the public error code and must not change.

InvoiceError
├── Refused               the command is not allowed now; the error carries the allowed commands
│   ├── StaleRevision     the invoice was changed after the revision that the command names
│   ├── StaleReview       the approval names the digest of another document than the current one
│   ├── NeedsSomeoneElse  another person, or an admin, must give the command
│   ├── NeedsConfirmation the draft has warnings that `finalize` does not confirm
│   ├── AlreadyInvoiced   the work stands on another live invoice of the contract
│   ├── PrefillChanged    the contract's data changed after the preview that the request was made from
│   ├── KeyReused         the Idempotency-Key was used for another request
│   └── PaymentMismatch   the payment id was used with another amount or date
├── InvoiceStopped        the record in PostgreSQL refuses what the workflow tells; only a restore continues it
├── InvalidChange         the values do not make a correct invoice; the message names the field
├── NotAServiceInvoice    the request needs a contract, and the invoice is not made from one
└── DraftRefused          no draft can be made (contract, customer, currency...)
"""


class InvoiceError(Exception):
    """The base class. `code` is the public error code."""

    @property
    def code(self) -> str:
        return type(self).__name__


class Refused(InvoiceError):
    """A command that is not allowed now. `allowed` names the commands that are."""

    def __init__(self, message: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.allowed = allowed


class StaleRevision(Refused):
    pass


class StaleReview(Refused):
    pass


class NeedsSomeoneElse(Refused):
    pass


class AlreadyInvoiced(Refused):
    pass


class NeedsConfirmation(Refused):
    """`warnings` holds the code and the message of each warning that is not confirmed."""

    def __init__(self, message: str, allowed: tuple[str, ...], warnings: tuple[dict[str, str], ...]) -> None:
        super().__init__(message, allowed)
        self.warnings = warnings


class PrefillChanged(Refused):
    """The draft would be another one than the preview that a person saw and may have edited."""

    def __init__(self) -> None:
        super().__init__(
            "The contract's data has changed since the preview was computed, so the draft would not be the one that "
            "was reviewed. Nothing was created. Compute the preview again."
        )


class KeyReused(Refused):
    pass


class PaymentMismatch(Refused):
    pass


class InvoiceStopped(InvoiceError):
    """The invoice has stopped, because PostgreSQL has recorded another history than its workflow tells."""

    def __init__(self, invoice_id: str, why: str) -> None:
        super().__init__(
            f"The invoice has stopped: its workflow tells another history than PostgreSQL has recorded. {why} Nothing "
            f"is sent and no command is accepted. `{restore_command(invoice_id)}` continues it from the recorded state."
        )


class InvalidChange(InvoiceError):
    pass


class NotAServiceInvoice(InvoiceError):
    def __init__(self, kind: str) -> None:
        super().__init__(f"This is a {kind} invoice: it has no contract, no rates and no worklogs.")


class DraftRefused(InvoiceError):
    pass


def restore_command(invoice_id: str) -> str:
    """Return the command that continues the invoice from the state that PostgreSQL has recorded."""
    return f"aktum invoice restore {invoice_id}"
