"""A vendor whose effects the ledger executes."""

import pytest

from activities.ledger.ledger import Ledger
from tests.fixtures.vendor import Vendor


@pytest.fixture
def vendor(ledger: Ledger) -> Vendor:
    return Vendor(ledger)
