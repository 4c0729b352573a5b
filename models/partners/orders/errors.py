"""The errors of the rules of orders. The class name is the public error code and must not change.

OrderError
├── OrderRefused      the change is not allowed now; the error carries the statuses that can follow
│   ├── StaleOrder    the order was changed after the revision that the change names
│   └── NotReady      the gate refuses some orders; the error carries every obstacle of each
├── OrderForbidden    the change needs a higher role
├── OrderInvalid      the values of the change are wrong; `path` names the field
└── OrderUnknown      there is no such order
"""

from collections.abc import Mapping

from models.partners.readiness import Obstacle


class OrderError(Exception):
    """The base class. `code` is the public error code."""

    @property
    def code(self) -> str:
        return type(self).__name__

    @property
    def message(self) -> str:
        return str(self)


class OrderRefused(OrderError):
    """A change that is not allowed now. `allowed` names the statuses that can follow."""

    def __init__(self, message: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.allowed = allowed


class StaleOrder(OrderRefused):
    def __init__(self, order_key: str, expected: int, current: int) -> None:
        super().__init__(
            f"Order {order_key} was changed meanwhile: it has revision {current}, the change was made on {expected}."
        )
        self.expected = expected
        self.current = current


class NotReady(OrderRefused):
    """`obstacles` has every obstacle of every order that cannot be invoiced, by order key."""

    def __init__(self, obstacles: Mapping[str, tuple[Obstacle, ...]]) -> None:
        first = next(iter(obstacles))
        reasons = " ".join(obstacle.message for obstacle in obstacles[first])
        others = f" {len(obstacles) - 1} more orders cannot be invoiced either." if len(obstacles) > 1 else ""
        super().__init__(f"Order {first} cannot be invoiced. {reasons}{others}")
        self.obstacles = obstacles


class OrderForbidden(OrderError):
    pass


class OrderInvalid(OrderError):
    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.reason = message


class OrderUnknown(OrderError):
    def __init__(self, *order_keys: str) -> None:
        named = ", ".join(order_keys[:20])
        super().__init__(f"There is no order {named}." if len(order_keys) == 1 else f"There are no orders {named}.")
        self.order_keys = order_keys
