"""The reason why an effect is retried is visible: in the current details, and for the API."""

import pytest

from models.documents.ports import RENDER
from models.invoice.effects import EffectName
from tests.fixtures.activities import InMemoryActivities
from tests.fixtures.invoice_driver import InvoiceDriver, eventually
from workflows.client.attempts import failed_attempts

E = EffectName
LONG = "The archive did not answer in time. " * 200


@pytest.mark.parametrize("message", ["The archive did not answer in time.", LONG])
async def test_details_and_api_name_error_attempt_and_next_try(
    driver: InvoiceDriver, activities: InMemoryActivities, message: str
) -> None:
    activities.outages["archive.store"] = ConnectionError(message)
    await driver.finalize()
    await driver.approve()
    shown = await driver.until_details("Attempt 2 failed: The archive did not answer in time.")
    assert "The next one starts at 20" in shown
    assert len(shown) < 5000
    invoice = await driver.state()
    key = invoice.open_effects[0].key
    found = await eventually(lambda: failed_attempts(driver.client, invoice), lambda found: key in found)
    assert found[key].attempt >= 1
    assert found[key].error.startswith("The archive did not answer in time.")
    assert "size limit" not in found[key].error
    del activities.outages["archive.store"]
    await driver.until_completed(E.ARCHIVE)
    assert "Attempt" not in await driver.details()
    assert await failed_attempts(driver.client, await driver.state()) == {}


async def test_an_internal_effect_too(driver: InvoiceDriver, activities: InMemoryActivities) -> None:
    activities.outages[RENDER.name] = ConnectionError("no Gotenberg")
    await driver.handle.signal("finalize", {"by": "amina"})
    await driver.until_details("Attempt 2 failed: no Gotenberg")
    invoice = await driver.state()
    found = await eventually(lambda: failed_attempts(driver.client, invoice), bool)
    assert [attempt.error for attempt in found.values()] == ["no Gotenberg"]
    del activities.outages[RENDER.name]
    await driver.until_completed(E.DOCUMENT)


async def test_a_refusal_and_a_first_failure_are_not_reported(
    driver: InvoiceDriver, activities: InMemoryActivities
) -> None:
    activities.fail("archive.store", ConnectionError("once"))
    await driver.finalize_and_approve()
    names = [
        event.workflow_execution_signaled_event_attributes.signal_name
        async for event in driver.handle.fetch_history_events()
        if event.HasField("workflow_execution_signaled_event_attributes")
    ]
    assert names == []
