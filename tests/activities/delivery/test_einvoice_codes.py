"""Codes of services in acts: the favourites of the seller are asked for before an act is created."""

from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.clients.errors import Transient
from activities.delivery.einvoice import EInvoice
from activities.documents.store import DocumentStore
from models.issuer.issuer import TaxRate
from models.issuer.service_code import ServiceCode
from models.values.failure_codes import Failure
from tests.activities.delivery.einvoices import CREATE, creations
from tests.fixtures.issued_invoices import content, issue, run
from tests.fixtures.sandboxes import Sandbox

IKPU = "10609001001000000"
CODE = ServiceCode(ikpu=IKPU, ikpu_name="Поддержка ПО", package_code="1492018", package_name="услуга (сум)")


def checks(sandbox: Sandbox) -> int:
    return sum("/productClasses/check/" in request["path"] for request in sandbox.requests())


def add_favourite(sandbox: Sandbox) -> None:
    sandbox.admin("favourites", {"code": IKPU})


async def test_an_act_names_the_code_its_package_and_the_vat(
    einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
) -> None:
    """12 % of 15,000,000.00 and of 825,000.00 are 1,800,000.00 and 99,000.00."""
    add_favourite(didox_sandbox)
    tax = TaxRate(code="VAT", rate="0.12", valid_from="2026-01-01")  # type: ignore[arg-type]
    issued = await issue(store, content(tax=tax, service_code=CODE))
    await run(einvoice.create, issued.request(CREATE))
    [effect] = didox_sandbox.effects()
    act: dict[str, Any] = effect["record"]["json"]
    lines = act["extended_json"]["productlist"]["products"]
    names = ("catalogcode", "packagecode", "packagename", "measureid", "vatrate", "vatsum", "totalsum", "withoutvat")
    assert [tuple(line[name] for name in names) for line in lines] == [
        (IKPU, "1492018", "услуга (сум)", None, "12", "1800000.00", "16800000.00", False),
        (IKPU, "1492018", "услуга (сум)", None, "12", "99000.00", "924000.00", False),
    ]
    assert act["extended_json"]["productlist"]["hasvat"] is True
    assert checks(didox_sandbox) == 1  # both lines have one code
    didox_sandbox.admin(f"{effect['id']}/sign")


async def test_a_code_that_is_no_favourite_is_an_obstacle_before_the_act_is_created(
    einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
) -> None:
    request = (await issue(store, content(service_code=CODE))).request(CREATE)
    with pytest.raises(ApplicationError, match=f"IKPU\\) {IKPU} is not among your favourites") as refusal:
        await run(einvoice.create, request)
    assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
    assert "Add it in Didox" in str(refusal.value)
    assert creations(didox_sandbox) == 0
    add_favourite(didox_sandbox)
    assert (await run(einvoice.create, request)).vendor_id
    assert creations(didox_sandbox) == 1


@pytest.mark.parametrize("kind", ["html_502", "reset_before", "commit_then_reset", "empty_200", "malformed_body"])
async def test_a_fault_of_the_check_creates_nothing_and_is_retried(
    kind: str, einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
) -> None:
    add_favourite(didox_sandbox)
    request = (await issue(store, content(service_code=CODE))).request(CREATE)
    didox_sandbox.fault(kind, path="/productClasses/check/")
    with pytest.raises(Transient):
        await run(einvoice.create, request)
    assert creations(didox_sandbox) == 0
    assert (await run(einvoice.create, request)).vendor_id
    assert creations(didox_sandbox) == 1


async def test_an_act_without_a_code_asks_for_none(
    einvoice: EInvoice, didox_sandbox: Sandbox, store: DocumentStore
) -> None:
    await run(einvoice.create, (await issue(store)).request(CREATE))
    assert checks(didox_sandbox) == 0
