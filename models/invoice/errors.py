"""What the rules may refuse. The class name is the public error code.

InvoiceError
├── Refused               the command is not allowed now; carries the allowed ones
│   ├── StaleRevision     somebody changed the invoice in between
│   ├── StaleReview       the approval names another document than the one that stands
│   ├── NeedsSomeoneElse  another person, or an admin, must do it
│   ├── KeyReused         the Idempotency-Key was used for something else
│   └── PaymentMismatch   the payment id was used with another amount or date
├── InvalidChange         the values cannot make a correct invoice
├── NotAServiceInvoice    something that only a contract's invoice has was asked of another
└── DraftRefused          no draft can be made (application, customer, currency...)
"""


class InvoiceError(Exception):
    @property
    def code(self) -> str:
        return type(self).__name__


class Refused(InvoiceError):
    def __init__(self, message: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.allowed = allowed


class StaleRevision(Refused):
    pass


class StaleReview(Refused):
    pass


class NeedsSomeoneElse(Refused):
    pass


class KeyReused(Refused):
    pass


class PaymentMismatch(Refused):
    pass


class InvalidChange(InvoiceError):
    pass


class NotAServiceInvoice(InvoiceError):
    def __init__(self, kind: str) -> None:
        super().__init__(f"This is a {kind} invoice: it has no contract, no rates and no worklogs.")


class DraftRefused(InvoiceError):
    pass
