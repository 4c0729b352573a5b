"""A worker with the product's activities that can be stopped at a chosen point of an effect, to be killed there.

The file named by the first argument holds a JSON object: the key of an effect, the chat of a message in Telegram or the
id of a webhook's event, each with `before_send` or `before_record`.
Where the effect arrives at its point it waits for ever, and a file named by the key says so in the same folder.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import certifi
from temporalio.worker import Worker

import json_logs
from activities.events.webhooks.sender import WebhookSender
from activities.events.webhooks.wiring import webhook_activities_of
from activities.ledger import ledger, rows
from activities.notifications import sending
from activities.runtime.failures import ShortFailures
from activities.runtime.heartbeats import Heartbeats
from activities.wiring import activities_of
from settings import load
from tests.fixtures.push_one_bill import PushOneBill
from tests.matrices.execute_effect import ExecuteEffect
from worker import build_webhook_worker
from workflows.client.connection import connect
from workflows.events.delivery import DeliverWebhooksWorkflow
from workflows.notifications.chat import TelegramChatWorkflow
from workflows.runtime.interceptors import GuardMessages
from workflows.runtime.sandbox import RUNNER

TASK_QUEUE = "matrices"
BEFORE_SEND, BEFORE_RECORD = "before_send", "before_record"


def stopping(point: str, stops: Path, step: Callable[..., Awaitable[Any]], key_of: Callable[..., str]) -> Any:
    """Return the step with a stop before it for the effects that the file names with this point."""
    stopped = _named(stops, point)

    async def stop(*arguments: Any, **more: Any) -> Any:
        if (key := key_of(*arguments)) in stopped:
            await _stay(stops, key)
        return await step(*arguments, **more)

    return stop


def stopping_around(stops: Path, send: Callable[..., Awaitable[Any]], key_of: Callable[..., str]) -> Any:
    """Return a step that sends a message, with a stop before it, and with one after it, where it would be recorded."""
    recorded = _named(stops, BEFORE_RECORD)

    async def stop(*arguments: Any) -> Any:
        answer = await send(*arguments)
        if (key := key_of(*arguments)) in recorded:
            await _stay(stops, key)
        return answer

    return stopping(BEFORE_SEND, stops, stop, key_of)


def _named(stops: Path, point: str) -> set[str]:
    return {key for key, at in json.loads(stops.read_text()).items() if at == point}


async def _stay(stops: Path, key: str) -> None:
    """Say that the point is reached, and wait for ever."""
    (stops.parent / key.replace(":", "_")).touch()
    await asyncio.Event().wait()


async def main(stops: Path) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(32))
    ledger._create = stopping(BEFORE_SEND, stops, ledger._create, lambda _, entry, *__: entry.key)
    rows.complete = stopping(BEFORE_RECORD, stops, rows.complete, lambda _, key, *__: key)
    sending.deliver = stopping_around(stops, sending.deliver, lambda _, __, chat, *___: chat)
    send = stopping_around(stops, WebhookSender.send, lambda _, message: message.event_id)
    WebhookSender.send = send  # type: ignore[method-assign]
    # The client of webhooks takes nothing from the environment, so the authority of the lines is put among its own.
    certifi.where = lambda: os.environ["SSL_CERT_FILE"]
    settings = load()
    json_logs.configure(settings.log_level)
    client = await connect(settings.temporal.address, settings.temporal.namespace)
    async with (
        activities_of(settings) as activities,
        webhook_activities_of(settings) as webhooks,
        build_webhook_worker(client, webhooks, TASK_QUEUE),
        Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[ExecuteEffect, PushOneBill, TelegramChatWorkflow, DeliverWebhooksWorkflow],
            workflow_runner=RUNNER,
            activities=activities,
            interceptors=[GuardMessages(), ShortFailures(), Heartbeats()],
        ),
    ):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
