"""The worker's composition root: settings -> clients -> activities -> one Temporal worker. Run as `python -m worker`.

Workflows and activities share one task queue and one process, so that short activities start eagerly. SIGTERM and
Ctrl-C let running activities finish for 30 seconds; Temporal gives what is left to the next worker.
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

import json_logs
from activities.runtime.heartbeats import Heartbeats
from activities.wiring import activities_of
from settings import Settings, load
from workflows.billing.billing_run import MonthlyDraftsWorkflow
from workflows.client.connection import connect
from workflows.invoice.workflow import InvoiceWorkflow
from workflows.runtime import ids
from workflows.runtime.interceptors import GuardMessages
from workflows.runtime.sandbox import RUNNER

WORKFLOWS = [InvoiceWorkflow, MonthlyDraftsWorkflow]
GRACE = timedelta(seconds=30)
CONCURRENT_ACTIVITIES = 50
CACHED_WORKFLOWS = 1000
# For work of our own that blocks (pages, PDFs, prices) and name look-ups. Systems that hang have threads of their own.
THREADS = 32


def build_worker(
    client: Client,
    activities: list[Callable[..., Any]],
    task_queue: str,
    cached_workflows: int = CACHED_WORKFLOWS,
) -> Worker:
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        workflow_runner=RUNNER,
        max_cached_workflows=cached_workflows,
        activities=activities,
        max_concurrent_activities=CONCURRENT_ACTIVITIES,
        interceptors=[GuardMessages(), Heartbeats()],
        graceful_shutdown_timeout=GRACE,
    )


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Worker]:
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
        build_worker(client, activities, ids.TASK_QUEUE, settings.cached_workflows) as worker,
    ):
        yield worker


def _runtime(metrics_address: str, metrics_port: int | None) -> Runtime | None:
    """Watch `temporal_workflow_task_execution_failed`: it is the alarm for a stuck invoice."""
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
    settings = load()
    json_logs.configure(settings.log_level)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="worker"))
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running(settings) as worker:
        logging.getLogger(__name__).info("working on task queue %s", worker.task_queue)
        await stop.wait()
        logging.getLogger(__name__).info("stopping; running activities have %d s", GRACE.total_seconds())


if __name__ == "__main__":
    asyncio.run(main())
    # Temporal's native threads may abort an interpreter that takes its time to exit
    # (docs/specification/temporal.md 10.1).
    logging.shutdown()
    sys.stderr.flush()
    os._exit(0)
