"""The process that runs workflows and activities: `python -m worker`.

It reads the settings, builds the activities with their clients, and starts one Temporal worker. Workflows and
activities share one task queue and one process, so that short activities start eagerly. After SIGTERM or Ctrl-C running
activities have 30 seconds to finish; Temporal gives unfinished ones to the next worker.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker import Worker
from temporalio.worker._workflow_instance import _WorkflowLogicFlag

import json_logs
from activities.database import schema
from activities.events.webhooks.wiring import webhook_activities_of
from activities.runtime.failures import ShortFailures
from activities.runtime.heartbeats import Heartbeats
from activities.wiring import activities_of, bill_activities_of
from settings import Settings, load
from workflows.client import event_feed
from workflows.client.connection import connect
from workflows.registry import WORKFLOWS
from workflows.runtime import ids
from workflows.runtime.interceptors import GuardMessages
from workflows.runtime.sandbox import RUNNER

GRACE = timedelta(seconds=30)
SINGLE_BATCH = _WorkflowLogicFlag.PROCESS_WORKFLOW_ACTIVATION_JOBS_AS_SINGLE_BATCH
CONCURRENT_ACTIVITIES = 50
WEBHOOKS_AT_ONCE = 20
# Each holds a connection and a part of a file; one of them at a time reads a file.
BILLS_AT_ONCE = 4
CACHED_WORKFLOWS = 1000
# Threads for blocking work of this process (pages, PDFs, prices) and for DNS look-ups. Each external system that may
# hang has its own thread pool.
THREADS = 32


def build_worker(
    client: Client,
    activities: list[Callable[..., Any]],
    task_queue: str,
    cached_workflows: int = CACHED_WORKFLOWS,
) -> Worker:
    """Return a worker for all workflows and the given activities; the caller starts it."""
    worker = Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        workflow_runner=RUNNER,
        max_cached_workflows=cached_workflows,
        activities=activities,
        max_concurrent_activities=CONCURRENT_ACTIVITIES,
        interceptors=[GuardMessages(), ShortFailures(), Heartbeats()],
        graceful_shutdown_timeout=GRACE,
    )
    # The SDK will switch this on itself in a later release. Without it, the order of the steps after a command depends
    # on whether the worker had the invoice in its cache (docs/specification/temporal.md 9.5).
    worker._set_default_workflow_logic_flag(SINGLE_BATCH, enabled=True)
    return worker


def build_webhook_worker(client: Client, activities: list[Callable[..., Any]], task_queue: str) -> Worker:
    """Return the worker that sends webhooks, beside the one that does everything else."""
    return Worker(
        client,
        task_queue=ids.webhooks_queue(task_queue),
        activities=activities,
        max_concurrent_activities=WEBHOOKS_AT_ONCE,
        interceptors=[ShortFailures(), Heartbeats()],
        graceful_shutdown_timeout=GRACE,
    )


def build_bill_worker(client: Client, activities: list[Callable[..., Any]], task_queue: str) -> Worker:
    """Return the worker that reads files of vendor bills and writes their lines."""
    return Worker(
        client,
        task_queue=ids.bills_queue(task_queue),
        activities=activities,
        max_concurrent_activities=BILLS_AT_ONCE,
        interceptors=[ShortFailures(), Heartbeats()],
        graceful_shutdown_timeout=GRACE,
    )


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Worker]:
    """Run a worker with the given settings until the block ends."""
    runtime = _runtime(settings.metrics_address, settings.metrics_port)
    key = settings.temporal.api_key
    client = await connect(
        settings.temporal.address,
        settings.temporal.namespace,
        api_key=key.get_secret_value() if key else None,
        tls=settings.temporal.tls,
        encryption_keys=settings.temporal.key_ring,
        runtime=runtime,
    )
    async with (
        activities_of(settings) as activities,
        webhook_activities_of(settings) as webhooks,
        bill_activities_of(settings) as bills,
        build_worker(client, activities, ids.TASK_QUEUE, settings.cached_workflows) as worker,
        build_webhook_worker(client, webhooks, ids.TASK_QUEUE),
        build_bill_worker(client, bills, ids.TASK_QUEUE),
    ):
        await event_feed.ensure_running(client)
        yield worker


def _runtime(metrics_address: str, metrics_port: int | None) -> Runtime | None:
    """Return the runtime that serves metrics for Prometheus; None without a port.

    The metric to alert on is `temporal_workflow_task_execution_failed`: it rises when a workflow cannot proceed.
    """
    if metrics_port is None:
        return None
    metrics = PrometheusConfig(
        bind_address=f"{metrics_address}:{metrics_port}",
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
    )
    return Runtime(telemetry=TelemetryConfig(metrics=metrics, global_tags={"service": "aktum-worker"}))


async def main() -> None:
    """Run the worker until SIGTERM or Ctrl-C. End the process if the database lacks migrations."""
    settings = load()
    json_logs.configure(settings.log_level)
    try:
        schema.require_migrated_at(settings.database_url.get_secret_value())
    except schema.SchemaOutdated as error:
        raise SystemExit(str(error)) from error
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="worker"))
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(settings) as worker:
        logging.getLogger(__name__).info("polling task queue %s", worker.task_queue)
        await stop.wait()
        logging.getLogger(__name__).info("stopping; running activities have %d s to finish", GRACE.total_seconds())


if __name__ == "__main__":
    asyncio.run(main())
    # An ordinary exit of the interpreter can be aborted by Temporal's native threads
    # (docs/specification/temporal.md 10.1).
    logging.shutdown()
    sys.stderr.flush()
    os._exit(0)
