"""`aktum schedule apply` creates the schedule of the Telegram summary, and removes it when it is switched off."""

import asyncio
from collections.abc import Iterator

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from typer.testing import CliRunner, Result

import cli
import settings
from workflows.runtime import ids


@pytest.fixture
def connected(own_temporal: Client, no_stack: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("AKTUM_TEMPORAL__ADDRESS", own_temporal.service_client.config.target_host)
    monkeypatch.setenv("AKTUM_TEMPORAL__NAMESPACE", own_temporal.namespace)
    settings.load.cache_clear()
    yield own_temporal
    settings.load.cache_clear()


async def apply() -> Result:
    settings.load.cache_clear()
    return await asyncio.to_thread(CliRunner().invoke, cli.app, ["schedule", "apply"])


async def exists(client: Client) -> bool:
    try:
        await client.get_schedule_handle(ids.SUMMARY_SCHEDULE).describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True


async def test_the_schedule_follows_the_settings(connected: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    done = await apply()
    assert done.exit_code == 0, done.output
    assert not await exists(connected)

    monkeypatch.setenv("AKTUM_TELEGRAM__TOKEN", "1:token")
    monkeypatch.setenv("AKTUM_TELEGRAM__CHAT", "-1001")
    assert "summary was created" in (await apply()).output
    assert "summary was updated" in (await apply()).output
    assert await exists(connected)

    monkeypatch.setenv("AKTUM_TELEGRAM__SUMMARY_DAYS", "off")
    assert "summary was removed" in (await apply()).output
    assert not await exists(connected)
