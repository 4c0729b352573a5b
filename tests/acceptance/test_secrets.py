"""No secret of the run appears where people read: logs, histories, errors, metrics, process lists and the Web UI.

Vendors refuse and break first, because errors quote what was sent.
"""

from typing import Any

import httpx
import pytest
from temporalio.client import Client, WorkflowFailureError

from local.demo.api_client import ApiClient, until
from local.stack.credentials import Credentials
from local.stack.stack import Stack
from tests.acceptance import places_of_text
from tests.acceptance.operators import aktum, approved_invoice, refusal
from workflows.client.connection import connect
from workflows.runtime import ids

pytestmark = pytest.mark.timeout(600)

# The id of an access key is part of each signed link; only its secret key is a secret.
NO_SECRETS = {"s3_access_key"}
SHORTEST = 12  # a shorter text would be found by chance
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "status", "status": 401},
    {"kind": "html_502"},
    {"kind": "malformed_body"},
    {"kind": "reset_before"},
)


def credentials(stack: Stack) -> dict[str, str]:
    known = Credentials.load(stack.directory).model_dump(exclude=NO_SECRETS)
    users = {f"password of {each['username']}": each["password"] for each in known.pop("users")}
    return {name: str(value) for name, value in known.items()} | users


def sandboxes(described: dict[str, Any]) -> list[str]:
    return [*described["sandboxes"].values(), described["webhook_receiver"].removesuffix("/receive")]


async def break_vendors(described: dict[str, Any]) -> None:
    """Let each vendor answer its next requests wrongly, one after the other."""
    async with httpx.AsyncClient(timeout=60) as http:
        for url in sandboxes(described):
            faults = [{"match": {}, **fault} for fault in FAULTS]
            (await http.post(f"{url}/__sandbox/faults", json=faults)).raise_for_status()
        replies = [{"kind": "reply", "stage": "mail", "code": code} for code in (451, 554)]
        (await http.put(f"{described['mailbox']}/__sandbox/faults", json=replies)).raise_for_status()


async def end_faults(described: dict[str, Any]) -> None:
    async with httpx.AsyncClient(timeout=60) as http:
        for url in sandboxes(described):
            await http.delete(f"{url}/__sandbox/faults")
        await http.put(f"{described['mailbox']}/__sandbox/faults", json=[])


async def read_mailbox(described: dict[str, Any], client: Client) -> None:
    """Read the mailbox of returned letters twice: with a refused login, and with one that is accepted."""
    refused = [{"command": "LOGIN", "kind": "refuse"}]
    async with httpx.AsyncClient(timeout=60) as http:
        url = f"{described['mailbox']}/__sandbox/bounces/faults"
        (await http.put(url, json=refused)).raise_for_status()
    with pytest.raises(WorkflowFailureError):
        await client.execute_workflow("ReadBounces", id="read-bounces.refused", task_queue=ids.TASK_QUEUE)
    await client.execute_workflow("ReadBounces", id="read-bounces.accepted", task_queue=ids.TASK_QUEUE)


async def refused_deliveries(admin: ApiClient, endpoint_id: str) -> str:
    """Return what the API tells of the endpoint's deliveries when one was refused."""

    async def deliveries() -> str:
        return (await admin.http.get(f"/webhook-endpoints/{endpoint_id}/deliveries")).text

    return str(await until(deliveries, lambda text: "The receiver answered" in text, "a refused webhook"))


async def test_no_secret_is_readable(
    stack: Stack, described: dict[str, Any], editor: ApiClient, manager: ApiClient, admin: ApiClient
) -> None:
    made = await aktum(stack, "key", "add", "nightly-export", "--role", "viewer", "--owner", "manager")
    assert made.returncode == 0, made.stderr
    # The receiver is not told the secret, so it refuses the event with a reason.
    endpoint = await admin.add_webhook_endpoint(url=described["webhook_receiver"], event_types=["invoice.approved"])
    secrets = credentials(stack) | {
        "secret of an endpoint": endpoint["secret"],
        "token of the editor": editor.http.headers["Authorization"].removeprefix("Bearer "),
        "API key": made.stdout.split()[-1],
    }
    answers = [str(await refusal(editor, "no-such-invoice", "void", reason="x"))]
    await break_vendors(described)
    invoice = await approved_invoice(editor, manager, "2025-09-03")
    await manager.command(invoice["id"], "deliver", channel="email")
    await manager.until(invoice["id"], lambda found: any(e["error"] for e in found["effects"]), "a refused effect")
    answers.append(str(await manager.invoice(invoice["id"])))
    await end_faults(described)
    temporal = await connect(described["temporal"], "default")
    await read_mailbox(described, temporal)
    answers.append(await refused_deliveries(admin, endpoint["id"]))
    # The table of endpoints holds this secret, encrypted only where the installation has keys.
    await admin.http.delete(f"/webhook-endpoints/{endpoint['id']}")

    places = [*places_of_text.logs(stack), *places_of_text.processes(), ("answers of the API", "\n".join(answers))]
    places += [each async for each in places_of_text.metrics(described)]
    places += [each async for each in places_of_text.workflows(temporal)]
    places += [each async for each in places_of_text.tables(stack.env["DATABASE_URL"])]
    assert {name.split()[0] for name, _ in places} >= {"log", "process", "metrics"}
    for kind in ("workflow", "details", "table"):  # they are read, and decoded
        assert any(invoice["display_number"] in text for name, text in places if name.startswith(kind)), kind
    assert all(len(value) >= SHORTEST for value in secrets.values())
    found = [f"{secret} in {place}" for place, text in places for secret, value in secrets.items() if value in text]
    assert found == []
