"""The operators' page is built once for all that one activation changes, however many messages came in."""

from typing import Any

import pytest
from temporalio.client import Client

from models.invoice import current_details
from models.invoice.invoice import Invoice
from tests.fixtures.activities import Outside
from tests.fixtures.invoice_driver import Desk
from worker import build_worker

MESSAGES = 50


async def test_a_burst_of_messages_is_shown_once(
    temporal: Client, outside: Outside, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with build_worker(temporal, outside.activities(), queue):
        desk = await Desk.open(temporal, outside, queue)
    for _ in range(MESSAGES):
        await desk.handle.signal("decline", {"reason": "wrong hours"})
    built: list[str] = []
    build = current_details.details

    def counted(invoice: Invoice, *more: Any) -> str:
        built.append(build(invoice, *more))
        return built[-1]

    monkeypatch.setattr(current_details, "details", counted)
    async with build_worker(temporal, outside.activities(), queue):
        shown = await desk.until_details("Ignored `decline`")
        outside.let_go()
    # The new worker replays the draft's own tasks first; all the signals come in one task after them.
    assert sum("Ignored `decline`" in page for page in built) == 1
    assert shown.count("Ignored `decline`") == 10  # as many notes as are kept
