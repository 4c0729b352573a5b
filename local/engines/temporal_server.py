"""The real Temporal server with its Web UI, from the `temporal` program of the virtual environment; data in SQLite."""

import subprocess
import sys
from pathlib import Path

from local.stack.component import Component, ComponentFailed
from local.stack.health_checks import check_temporal
from local.stack.port_allocation import HOST
from local.stack.state_directory import StateDirectory
from workflows.bills import search_attributes as bill_attributes
from workflows.invoice import search_attributes
from workflows.quotes import search_attributes as quote_attributes

NAMESPACE = "default"
# Queries, answers to repeated updates and the check for a second workflow of an id end with the retention.
RETENTION = "90d"
# Twice as fast as SQLite's defaults. An answered request survives the death of the process; only a power failure of the
# machine may lose the last moments.
PRAGMAS = ("journal_mode=wal", "synchronous=normal")
# The server's own limit is 10 updates in flight for each workflow. Simultaneous requests for one invoice exceed it on a
# busy machine.
DYNAMIC_CONFIG = ("frontend.WorkflowTimeSkippingEnabled=true", "history.maxInFlightUpdates=100")
SEARCH_ATTRIBUTES = {
    key.name: key.indexed_value_type.name.title().replace("_", "")
    for key in (*search_attributes.ALL, *bill_attributes.ALL, *quote_attributes.ALL)
}


def temporal_program() -> str:
    return str(Path(sys.executable).with_name("temporal"))


def temporal_component(directory: StateDirectory, port: int, ui_port: int) -> Component:
    program = temporal_program()
    address = f"{HOST}:{port}"

    def set_up() -> None:
        """Set up namespace and search attributes at each start: start-dev adds none to an existing database file."""
        operate(program, address, "namespace", "update", "--namespace", NAMESPACE, "--retention", RETENTION)
        named = [word for name, kind in SEARCH_ATTRIBUTES.items() for word in ("--name", name, "--type", kind)]
        operate(program, address, "search-attribute", "create", "--namespace", NAMESPACE, *named)

    return Component(
        name="temporal",
        command=(
            *(program, "server", "start-dev", "--ip", HOST, "--port", str(port), "--ui-port", str(ui_port)),
            *("--db-filename", str(directory.path / "temporal.db"), "--log-level", "warn", "--ui-disable-news-fetch"),
            *(word for pragma in PRAGMAS for word in ("--sqlite-pragma", pragma)),
            *(word for value in DYNAMIC_CONFIG for word in ("--dynamic-config-value", value)),
        ),
        healthy=lambda: check_temporal(program, address),
        ready=set_up,
    )


def operate(program: str, address: str, *arguments: str) -> None:
    command = [program, "operator", *arguments, "--address", address, "--command-timeout", "20s"]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, start_new_session=True)
    if outcome.returncode != 0:
        raise ComponentFailed("temporal", f"{' '.join(arguments[:2])} failed: {outcome.stderr.strip()}")
