"""What PlanFact would refuse is found before the write: nothing is sent, and the message says what has to be done."""

from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.accounting.shipments import Accounting
from activities.clients.errors import Ambiguous, Transient
from activities.clients.planfact.client import PlanFact
from activities.clients.planfact.records import OperationKind
from activities.documents.store import DocumentStore
from models.invoice.effects import EffectName, EffectState
from models.values.failure_codes import Failure
from tests.activities.accounting.posting import SHIPMENT, creations, seed
from tests.fixtures.issued_invoices import issue, run, settled
from tests.fixtures.sandboxes import COMPANY_ID, Sandbox

POST = EffectName.ACCOUNTING
# What is wrong in PlanFact, and what the message must name: the record and the remedy.
REFUSED: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"deal_closed": True}, ("Deal «[APP-001] Acme Corp»", "is closed", "APP-001", "Open it again")),
    ({"project_closed": True}, ("Project «APP-001 Acme Corp»", "is finished", "APP-001", "Open it")),
    ({"customer_archived": True}, ("Counterparty «Acme Corp»", "of deal «[APP-001]", "is archived", "Restore it")),
    ({"company_archived": True}, ("Company «ProximaOps»", str(COMPANY_ID), "is archived", "Restore it")),
    ({"twin_deal": True}, ("2 deals for APP-001", "50000001, 51000001", "keep one and close")),
    ({"twin_project": True}, ("2 projects for APP-001", "40000001, 41000001", "keep one and close")),
]


@pytest.mark.parametrize(("wrong", "words"), REFUSED, ids=lambda part: next(iter(part)))
async def test_it_is_refused_before_the_write_and_posted_once_when_it_is_mended(
    wrong: dict[str, Any],
    words: tuple[str, ...],
    accounting: Accounting,
    planfact_sandbox: Sandbox,
    store: DocumentStore,
) -> None:
    seed(planfact_sandbox, **wrong)
    request = (await issue(store)).request(POST)
    with pytest.raises(ApplicationError) as refusal:
        await run(accounting.post, request)
    assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
    assert [word for word in words if word not in refusal.value.message] == []
    assert creations(planfact_sandbox) == 0
    if not any(name.startswith("twin") for name in wrong):
        seed(planfact_sandbox)
        assert (await run(accounting.post, request)).state is EffectState.DONE
        assert (creations(planfact_sandbox), len(planfact_sandbox.effects())) == (1, 1)


async def test_an_open_deal_of_the_contract_is_used_although_others_are_closed(
    accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
) -> None:
    """A refusal of one contract does not concern another, also if they share their counterparty."""
    seed(planfact_sandbox, "APP-002", deal_closed=True, project_closed=True)
    assert (await run(accounting.post, (await issue(store)).request(POST))).state is EffectState.DONE


class TestLists:
    """PlanFact ignores the filters that it does not know, and cuts long lists."""

    @pytest.fixture(autouse=True)
    def others(self, planfact_sandbox: Sandbox) -> None:
        """Contracts before and after ours in every list, of an archived counterparty."""
        other = {"customer_name": "Other Corp", "tin": "987654321", "customer_archived": True, "deal_closed": True}
        planfact_sandbox.reset()
        mine = {"application_key": "APP-001", "customer_name": "Acme Corp", "tin": "123456789"}
        keys = ("APP-0", "APP-00", "XAPP-001"), ("APP-0011", "APP-001-2")
        before, after = ([{"application_key": key, **other} for key in part] for part in keys)
        planfact_sandbox.admin("seed", {"applications": [*before, mine, *after]})

    async def test_ignored_filters_lead_to_no_other_deal_project_or_counterparty(
        self, accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        planfact_sandbox.admin("lists", {"ignore_filters": True})
        await run(accounting.post, (await issue(store)).request(POST))
        (effect,) = planfact_sandbox.effects()
        for part in effect["record"]["operationParts"]:
            assert part["contrAgent"]["title"] == "Acme Corp"
            assert part["project"]["externalId"] == "APP-001"
            assert part["sellingDealId"] == 50_000_004  # the fourth of the seeded contracts
            assert part["operationCategory"]["title"] == "Продажа услуг"

    async def test_ignored_filters_lead_to_no_other_shipment(
        self, accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        other = await run(accounting.post, (await issue(store)).request(POST))
        request = (await issue(store)).request(POST)
        planfact_sandbox.fault("reset_before", path=SHIPMENT)
        with pytest.raises(Ambiguous):
            await run(accounting.post, request)
        planfact_sandbox.admin("lists", {"ignore_filters": True})
        receipt = await settled(accounting.post, request)
        assert {effect["id"] for effect in planfact_sandbox.effects()} == {other.vendor_id, receipt.vendor_id}
        assert (other.vendor_id != receipt.vendor_id, creations(planfact_sandbox)) == (True, 3)

    async def test_a_cut_list_is_no_answer(
        self, accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        planfact_sandbox.admin("lists", {"capped": True})
        request = (await issue(store)).request(POST)
        with pytest.raises(Transient, match="truncated list"):
            await run(accounting.post, request)
        assert creations(planfact_sandbox) == 0
        planfact_sandbox.admin("lists", {})
        assert (await run(accounting.post, request)).state is EffectState.DONE

    async def test_a_cut_list_of_shipments_does_not_count_as_absence(
        self, accounting: Accounting, planfact_sandbox: Sandbox, store: DocumentStore
    ) -> None:
        await run(accounting.post, (await issue(store)).request(POST))
        request = (await issue(store)).request(POST)
        planfact_sandbox.fault("commit_then_reset", path=SHIPMENT)
        with pytest.raises(Ambiguous):
            await run(accounting.post, request)
        planfact_sandbox.admin("lists", {"capped": True})
        with pytest.raises(Transient, match="truncated list"):
            await run(accounting.post, request)
        planfact_sandbox.admin("lists", {})
        await settled(accounting.post, request)
        assert (creations(planfact_sandbox), len(planfact_sandbox.effects())) == (2, 2)


async def test_two_shipments_of_one_approval_are_named_and_none_is_deleted(
    accounting: Accounting, books: PlanFact, planfact_sandbox: Sandbox, store: DocumentStore
) -> None:
    """Someone copies the shipment by hand, with its comment and its external id, while the answer is lost."""
    request = (await issue(store)).request(POST)
    planfact_sandbox.fault("commit_then_reset", path=SHIPMENT)
    with pytest.raises(Ambiguous):
        await run(accounting.post, request)
    [sent] = [each for each in planfact_sandbox.requests() if each["path"].endswith(SHIPMENT)]
    await books._create(OperationKind.SHIPMENT, sent["json"])
    with pytest.raises(ApplicationError) as refusal:
        await run(accounting.post, request)
    ids = [effect["id"] for effect in planfact_sandbox.effects()]
    assert len(ids) == 2
    assert all(each in refusal.value.message for each in ids)
    assert refusal.value.type == Failure.VENDOR_REFUSED
    assert not [each for each in planfact_sandbox.requests() if each["method"] == "DELETE"]
