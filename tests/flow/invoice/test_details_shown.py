"""The current details are built once for each activation, however many messages it handles."""

from typing import Any

import pytest
from temporalio.client import Client

from models.invoice import current_details
from models.invoice.invoice import Invoice
from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.invoice_driver import InvoiceDriver
from worker import build_worker

MESSAGES = 50


async def test_many_messages_build_the_details_once(
    temporal: Client, activities: InMemoryActivities, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with build_worker(temporal, activities.all(), queue):
        driver = await InvoiceDriver.open(temporal, activities, queue)
    for _ in range(MESSAGES):
        await driver.handle.signal("decline", {"reason": "wrong hours"})
    built: list[str] = []
    build = current_details.current_details

    def count_and_build(invoice: Invoice, *more: Any) -> str:
        built.append(build(invoice, *more))
        return built[-1]

    monkeypatch.setattr(current_details, "current_details", count_and_build)
    async with build_worker(temporal, activities.all(), queue):
        shown = await driver.until_details("Ignored `decline`")
        activities.resume_all()
    # The new worker first replays the tasks of the draft; then one task handles all signals.
    assert sum("Ignored `decline`" in page for page in built) == 1
    assert shown.count("Ignored `decline`") == 10  # the number of notes that an invoice keeps
