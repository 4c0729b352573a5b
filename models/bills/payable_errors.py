"""The errors of the rules of payables. The class name is the public error code and must not change.

PayableError
├── PayableRefused       the change is not allowed now; the error carries the commands that are
│   ├── StalePayable     the payable was changed after the revision that the command names
│   ├── PayableClosed    an import would change the money of a paid or locked payable
│   └── OlderVersion     an import has an older version of the bill than the payable
├── PayableForbidden     the command needs a higher role
├── PayableInvalid       a value of the command is wrong; `path` names the field
└── PayableUnknown       there is no such payable
"""


class PayableError(Exception):
    """The base class. `code` is the public error code."""

    @property
    def code(self) -> str:
        return type(self).__name__

    @property
    def message(self) -> str:
        return str(self)


class PayableRefused(PayableError):
    """A change that is not allowed now. `allowed` names the commands that are."""

    def __init__(self, message: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.allowed = allowed


class StalePayable(PayableRefused):
    def __init__(self, expected: int, current: int) -> None:
        super().__init__(
            f"The payable was changed meanwhile: it has revision {current}, the command was made on {expected}."
        )
        self.expected = expected
        self.current = current


class PayableClosed(PayableRefused):
    pass


class OlderVersion(PayableRefused):
    pass


class PayableForbidden(PayableError):
    pass


class PayableInvalid(PayableError):
    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.reason = message


class PayableUnknown(PayableError):
    def __init__(self, payable_id: str) -> None:
        super().__init__(f"There is no payable {payable_id}.")
