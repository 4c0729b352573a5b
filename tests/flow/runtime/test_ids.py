"""Workflow ids: readable, in lower case, and different for keys that differ in case only."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.values.period import Period
from workflows.runtime import ids

FEBRUARY = Period.month(2026, 2)
KEYS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,10}", fullmatch=True)


@pytest.mark.parametrize(
    ("key", "attempt", "expected"),
    [
        ("APP-001", 0, "service-invoice.app-001.2026-02"),
        ("APP-001", 2, "service-invoice.app-001.2026-02.3"),
        # printf Ha-Case | sha256sum | head -c 8
        ("Ha-Case", 0, "service-invoice.ha-case~4f3b1f9b.2026-02"),
    ],
)
def test_the_id_of_an_invoice(key: str, attempt: int, expected: str) -> None:
    """Ids of Jira's keys are those of earlier releases, because invoice ids are derived from them."""
    assert ids.service_invoice(key, FEBRUARY, attempt) == expected


@given(st.lists(KEYS, min_size=2, max_size=6, unique=True))
def test_two_keys_never_share_an_id(keys: list[str]) -> None:
    variants = {variant for key in keys for variant in (key, key.lower(), key.upper(), key.title())}
    for one, other in combinations(sorted(variants), 2):
        assert ids.service_invoice(one, FEBRUARY) != ids.service_invoice(other, FEBRUARY)
        assert ids.invoice_id(ids.service_invoice(one, FEBRUARY)) != ids.invoice_id(
            ids.service_invoice(other, FEBRUARY)
        )
