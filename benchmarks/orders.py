"""The benchmark of field orders: imported as ready, swept into batches, and invoiced, on the embedded stack."""

import asyncio
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psutil
from rich.console import Console
from rich.progress import Progress

from benchmarks.engines import FOLDER, own_environment
from benchmarks.results import Result
from local.demo.api_client import ApiClient
from local.stack import display
from local.stack.stack import Stack
from local.stack.state_directory import StateDirectory
from models.billing.ready_orders import OrderSweepReport
from workflows.client.connection import connect
from workflows.partners.order_sweep import OrderSweepWorkflow
from workflows.runtime.ids import TASK_QUEUE

PARTNER = "CELCOM"  # its orders share an invoice
PRICE = 145  # of a prelaid activation, in ringgit
ROWS_OF_A_REQUEST = 1000
ANSWER_SECONDS = 600
SAMPLE_SECONDS = 0.25
MOST_MEMORY_MIB = 1024
MIB = 1024 * 1024


async def run(console: Console, *, orders: int) -> list[Result]:
    home = StateDirectory(FOLDER / "orders")
    shutil.rmtree(home.path, ignore_errors=True)
    with Stack(home, env=own_environment(AKTUM_API__UPDATE_TIMEOUT_SECONDS=str(ANSWER_SECONDS))) as stack:
        with display.Board(console) as board:
            await asyncio.to_thread(stack.start, board.show)
            board.freeze()
        with _largest(psutil.Process(stack.describe()["pids"]["worker"])) as memory:
            took, invoiced = await _invoice(console, stack.describe(), orders)
    shutil.rmtree(home.path)
    return [_result(orders, invoiced, took, max(memory) / MIB)]


async def _invoice(console: Console, described: dict[str, Any], orders: int) -> tuple[dict[str, float], int]:
    """Return the seconds of each step, and how many orders stand on the issued invoices."""
    user = next(user for user in described["users"] if user["role"] == "editor")
    desk = await ApiClient.open(described["api"], user["username"], user["password"])
    desk.http.timeout = httpx.Timeout(ANSWER_SECONDS)
    took, invoiced = {}, 0
    begun = time.perf_counter()
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("orders imported", total=orders)
        for first in range(0, orders, ROWS_OF_A_REQUEST):
            rows = [_order(number) for number in range(first, min(first + ROWS_OF_A_REQUEST, orders))]
            outcomes = {row["outcome"] or str(row) for row in await desk.receive_orders(rows)}
            assert outcomes == {"created"}, outcomes
            progress.advance(task, len(rows))
    took["import"], begun = time.perf_counter() - begun, time.perf_counter()
    temporal = await connect(described["temporal"], "default")
    report: OrderSweepReport = await temporal.execute_workflow(
        OrderSweepWorkflow.run, id="order-sweep.bench", task_queue=TASK_QUEUE
    )
    assert report.into_batches == orders, report
    took["sweep"], begun = time.perf_counter() - begun, time.perf_counter()
    drafts = [await desk.close_batch(batch["key"]) for batch in await desk.batches(PARTNER)]
    took["draft"], begun = time.perf_counter() - begun, time.perf_counter()
    for draft in drafts:
        issued = await desk.command(draft["id"], "finalize")
        await desk.pdf(issued["id"])
        assert issued["total_amount"] == f"{PRICE * len(issued['partner']['order_keys'])}.00"
        invoiced += len(issued["partner"]["order_keys"])
    took["issue"] = time.perf_counter() - begun
    await desk.close()
    return took, invoiced


def _order(number: int) -> dict[str, Any]:
    """Return the JSON of a job that was finished an hour ago and is ready."""
    completed = datetime.now(UTC) - timedelta(hours=1)
    return {
        "order_key": f"BENCH-{number:06d}",
        "source": "bench",
        "source_version": 1,
        "partner_key": PARTNER,
        "service_id": f"{PARTNER}{number:06d}",
        "order_type": "activation",
        "category": "FTTH",
        "method": "PRELAID",
        "customer_name": f"Customer {number}",
        "service_address": f"{number} Jalan Ampang, 50450 Kuala Lumpur",
        "building_name": f"Tower {number % 50}",
        "splitter_id": "SPL-1",
        "splitter_ports": 32,
        "splitter_port": number % 31 + 1,
        "appointment_start": (completed - timedelta(hours=3)).isoformat(),
        "completed_at": completed.isoformat(),
        "materials": [{"code": "ONU", "description": "ONU", "quantity": "1", "serial": f"ONU-{number:06d}"}],
        "materials_logged": True,
        "status": "ReadyForInvoice",
        "docket": {
            "number": f"D-{number}",
            "received_at": (completed + timedelta(minutes=20)).isoformat(),
            "validated": True,
            "uploaded_at": (completed + timedelta(minutes=30)).isoformat(),
        },
    }


@contextmanager
def _largest(worker: psutil.Process) -> Iterator[list[int]]:
    """Yield a list that has, at the end, samples of the resident memory of the worker with its printer, in bytes."""
    samples, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(SAMPLE_SECONDS):
            samples.append(sum(each.memory_info().rss for each in (worker, *worker.children(recursive=True))))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        ended.set()
        thread.join()


def _result(orders: int, invoiced: int, took: dict[str, float], memory: float) -> Result:
    steps = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in took.items())
    return Result(
        name="orders",
        what=f"{orders:,} field orders: import, sweep into batches, draft, issue with the PDF",
        target=f"all invoiced, worker below {MOST_MEMORY_MIB} MiB",
        measured=f"{invoiced:,} invoiced; {steps}; worker {memory:.0f} MiB",
        met=invoiced == orders and memory < MOST_MEMORY_MIB,
        figures={
            "orders": orders,
            "worker_mib": round(memory, 1),
            **{f"{k}_seconds": round(v, 1) for k, v in took.items()},
        },
    )
