"""The documented answer of prefill, literally (docs/specification/pricing.md 6.6)."""

from typing import Any

DATES = {"period_start": "2026-02-01", "period_end": "2026-02-28"}

SEED: dict[str, Any] = {
    "application_key": "APP-001",
    "customer_key": "CUST-001",
    "period_start": "2026-02-01",
    "period_end": "2026-02-28",
    "deal_type": "SUP",
    "currency": "UZS",
    "base_amount": "15000000.00",
    "overtime_hours": "5.50",
    "overtime_amount": "825000.00",
    "total_amount": "15825000.00",
    "total_hours": "45.50",
    "is_overtime": True,
}
SEED_SUPPORT = {
    "line_type": "support",
    "description": "Monthly support — February 2026",
    "time_seconds": 0,
    "billable_seconds": 0,
    "unit_price": "15000000.00",
    "quantity": "1",
    "line_total": "15000000.00",
    "rate_tier": "standard",
    "rate_multiplier": "1.0",
    "source": "auto",
}
SEED_TASK = {
    "line_type": "task",
    "description": "PROJ-456: Implement user dashboard",
    "jira_key": "PROJ-456",
    "time_seconds": 7200,
    "billable_seconds": 7200,
    "unit_price": "150000.00",
    "quantity": "2.00",
    "line_total": "300000.00",
    "rate_tier": "standard",
    "rate_multiplier": "1.0",
    "source": "auto",
}
SEED_APPLICATION = {"application_name": "Acme Support", "deal_type": "SUP", "monthly_limit": 40}


def has(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    return {name: found.get(name) for name in expected} == expected
