"""What a read of ClickHouse raises."""

from collections.abc import Iterator


class WarehouseError(Exception):
    """ClickHouse could not be read. A read changes nothing, so it can always be repeated."""


class WarehouseTimeout(WarehouseError):
    """ClickHouse did not answer within the time limit."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"ClickHouse did not answer within {seconds} s")


class WarehouseUnavailable(WarehouseError):
    """ClickHouse cannot be reached, or all threads wait for it."""


class WarehouseRefused(WarehouseError):
    """ClickHouse answered with an error, for example a missing table, a missing right, or out of memory."""


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error, what caused it, and so on."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
