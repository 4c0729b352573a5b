"""Bodies of calculations for tests."""

from typing import Any


def deal(code: str, **changes: Any) -> dict[str, Any]:
    """100 hours at 90.00 USD by somebody with the cost rate `code`."""
    fields: dict[str, Any] = {
        "name": "Support",
        "deal_type": "HR",
        "currency": "USD",
        "prices": {"hourly_rate": "90.00"},
        "hours": {"standard": "100"},
        "team": [{"role": code, "hours": "100"}],
    }
    return fields | changes


def calculation(*deals: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"scenarios": list(deals)} | changes
