"""The client of DigitalOcean against its sandbox: paging, limits, faults, and the preview that is no invoice."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from activities.clients import digitalocean
from activities.clients.digitalocean import DigitalOcean
from activities.clients.errors import NotFound, Permanent, RateLimited, Transient
from tests.fixtures.sandboxes import DIGITALOCEAN_TOKEN, Sandbox

APRIL = "0f9d1c1e-0000-4000-8000-202604000001"
TIMEOUT_SECONDS = 30.0
BASE = "/v2/customers/my/invoices"


@pytest.fixture
async def account(digitalocean_sandbox: Sandbox) -> AsyncIterator[DigitalOcean]:
    async with digitalocean.connect(digitalocean_sandbox.url, DIGITALOCEAN_TOKEN, TIMEOUT_SECONDS) as http:
        yield DigitalOcean(http, clock=lambda: 1_000_000.0)


def invoice(number: int, items: list[dict[str, Any]]) -> dict[str, Any]:
    uuid = f"0f9d1c1e-0000-4000-8000-{number:012}"
    month = f"{2000 + number // 12}-{number % 12 + 1:02}"
    summary = {"invoice_uuid": uuid, "invoice_id": str(number), "billing_period": month, "amount": "1.00"}
    return {"summary": summary, "invoice_items": items}


async def test_the_invoice_of_april_has_the_figures_of_the_specification(account: DigitalOcean) -> None:
    """docs/specification/bills.md 2.2: 33 lines, gross 86.92, tax 7.90."""
    [listed] = await account.invoices()
    items, summary = await account.items(APRIL), await account.summary(APRIL)
    assert (listed.invoice_uuid, listed.invoice_period, listed.amount) == (APRIL, "2026-04", Decimal("86.92"))
    assert (len(items), sum(item.amount for item in items)) == (33, Decimal("86.92"))
    assert sum(item.amount for item in items if item.product == "Taxes") == Decimal("7.90")
    assert summary.taxes is not None
    assert (summary.amount, summary.taxes.amount) == (Decimal("86.92"), Decimal("7.90"))


async def test_a_list_is_read_until_its_end(account: DigitalOcean, digitalocean_sandbox: Sandbox) -> None:
    """450 items of one cent are three pages of 200: 4.50, and not the 2.00 of the first one."""
    item = {"product": "Droplets", "description": "web", "amount": "0.01"}
    digitalocean_sandbox.admin("invoices", invoice(1, [item] * 450))
    seen: list[int] = []
    items = await account.items("0f9d1c1e-0000-4000-8000-000000000001", seen.append)
    assert (len(items), sum(each.amount for each in items)) == (450, Decimal("4.50"))
    assert seen == list(range(1, 451))
    pages = [each["query"] for each in digitalocean_sandbox.requests()]
    assert pages == ["page=1&per_page=200", "page=2&per_page=200", "page=3&per_page=200"]


async def test_all_pages_of_the_list_of_invoices(account: DigitalOcean, digitalocean_sandbox: Sandbox) -> None:
    for number in range(1, 206):
        digitalocean_sandbox.admin("invoices", invoice(number, []))
    assert len(await account.invoices()) == 206


async def test_the_preview_is_never_an_invoice(account: DigitalOcean, digitalocean_sandbox: Sandbox) -> None:
    digitalocean_sandbox._call("DELETE", "invoices")
    assert await account.invoices() == []


@pytest.mark.parametrize("missing", [1, 200])
async def test_a_list_that_is_cut_is_not_taken_for_whole(
    account: DigitalOcean, digitalocean_sandbox: Sandbox, missing: int
) -> None:
    digitalocean_sandbox.admin("lists", {"missing": missing})
    with pytest.raises(Transient, match=f"33 rows of a list of {33 + missing}"):
        await account.items(APRIL)


@pytest.mark.parametrize("kind", ["html_502", "reset_before", "empty_200", "malformed_body", "commit_then_reset"])
async def test_a_fault_is_transient_because_reads_change_nothing(
    account: DigitalOcean, digitalocean_sandbox: Sandbox, kind: str
) -> None:
    digitalocean_sandbox.fault(kind)
    with pytest.raises(Transient):
        await account.items(APRIL)
    assert len(await account.items(APRIL)) == 33


async def test_the_limit_says_how_long_to_wait(account: DigitalOcean, digitalocean_sandbox: Sandbox) -> None:
    digitalocean_sandbox.fault("status", status=429)
    with pytest.raises(RateLimited) as limited:
        await account.invoices()
    # The reset is far after the clock of this client, which stands at 1,000,000: an hour at the most.
    assert limited.value.retry_after == timedelta(hours=1)


async def test_the_reset_of_the_limit_in_seconds() -> None:
    limits = {"ratelimit-limit": "5000", "ratelimit-remaining": "0", "ratelimit-reset": "1000042"}
    transport = httpx.MockTransport(lambda _: httpx.Response(429, headers=limits))
    async with httpx.AsyncClient(base_url="http://vendor.example", transport=transport) as http:
        with pytest.raises(RateLimited) as limited:
            await DigitalOcean(http, clock=lambda: 1_000_000.0).summary(APRIL)
    assert limited.value.retry_after == timedelta(seconds=42)


async def test_another_token_is_refused_for_good(digitalocean_sandbox: Sandbox) -> None:
    async with digitalocean.connect(digitalocean_sandbox.url, SecretStr("other"), TIMEOUT_SECONDS) as http:
        with pytest.raises(Permanent, match="billing:read") as refused:
            await DigitalOcean(http).invoices()
    assert (refused.value.status, refused.value.vendor_message) == (401, "Unable to authenticate you")


async def test_an_unknown_invoice_is_not_found(account: DigitalOcean) -> None:
    with pytest.raises(NotFound):
        await account.items("0f9d1c1e-0000-4000-8000-00000000dead")


async def test_the_official_examples_can_be_read() -> None:
    """The answers of the official description, cut to what the client reads; the preview must not be counted."""
    listed = {
        "invoices": [
            {"invoice_uuid": "a", "invoice_id": "12345678", "amount": "12.34", "invoice_period": "2019-12"},
            {"invoice_uuid": "b", "invoice_id": "23456789", "amount": "23.45", "invoice_period": "2019-11"},
        ],
        "invoice_preview": {"invoice_uuid": "c", "invoice_id": "3", "amount": "34.56", "invoice_period": "2020-02"},
        "links": {},
        "meta": {"total": 2},
    }
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=listed))
    async with httpx.AsyncClient(base_url="http://vendor.example", transport=transport) as http:
        found = await DigitalOcean(http).invoices()
    assert sum(each.amount for each in found) == Decimal("35.79")  # 12.34 + 23.45
