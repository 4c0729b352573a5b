"""The ids that the sandboxes give: like a vendor, they give none twice, not even after a reset."""

from pathlib import Path

from activities.clients.didox.client import ActDraft, Didox
from activities.clients.planfact.client import PlanFact
from activities.clients.planfact.records import ShipmentDraft
from local.sandboxes.state import SandboxState
from tests.fixtures.sandboxes import Sandbox


def test_numbers_continue_after_a_reset_and_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "vendor.sqlite"
    state = SandboxState(path)
    assert [state.next_number("document"), state.next_number("document", 3), state.next_number("act")] == [1, 2, 1]
    state.reset()
    assert state.next_number("document") == 5
    state.close()
    assert SandboxState(path).next_number("document") == 6


async def test_an_act_has_another_id_after_a_reset(operator: Didox, didox_sandbox: Sandbox, act: ActDraft) -> None:
    before = await operator.create_act(act)
    didox_sandbox.reset()
    assert await operator.create_act(act) != before


async def test_a_shipment_has_another_id_after_a_reset(
    books: PlanFact, planfact_sandbox: Sandbox, shipment: ShipmentDraft
) -> None:
    before = (await books.create_shipment(shipment)).id
    planfact_sandbox.reset()
    contract = {"application_key": "APP-001", "customer_name": "Acme Corp", "tin": "123456789"}
    planfact_sandbox.admin("seed", {"applications": [contract]})
    assert (await books.create_shipment(shipment)).id != before
