"""What a read of ClickHouse raises."""


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
