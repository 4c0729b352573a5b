"""The crawl of the desk's pages: which kinds there are, and how many of each are opened."""

from typing import Any

import httpx
import pytest

from benchmarks.desk.crawl import Crawl

LINKS = {
    "/": ["/invoices", "/invoices?status=sent", "/invoices?q=1", "/invoices?q=2", "/settings/exclusions", "/nowhere"],
    "/invoices": ["/invoices/1", "/invoices/2", "/invoices/3", "https://elsewhere.example/invoices"],
    "/invoices/1": ["/invoices/1/commands/void#form", "/api/v1/invoices/1", "/assets/desk.css"],
}


async def opened(**limits: Any) -> list[tuple[str, str]]:
    def answer(request: httpx.Request) -> httpx.Response:
        links = LINKS.get(request.url.path, [])
        return httpx.Response(200, html="".join(f'<a href="{link}">there</a>' for link in links))

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://desk") as client:
        return [(page.kind, page.address) async for page in Crawl(client, waiting=["/"], **limits).pages()]


async def test_two_of_each_kind_are_opened() -> None:
    assert await opened() == [
        ("/", "/"),
        ("/invoices", "/invoices"),
        ("/invoices?status", "/invoices?status=sent"),
        ("/invoices?q", "/invoices?q=1"),
        ("/invoices?q", "/invoices?q=2"),
        ("/settings/exclusions", "/settings/exclusions"),
        ("/invoices/{invoice_id}", "/invoices/1"),
        ("/invoices/{invoice_id}", "/invoices/2"),
        ("/invoices/{invoice_id}/commands/void", "/invoices/1/commands/void"),
    ]


@pytest.mark.parametrize(
    ("limits", "kinds"),
    [
        (
            {"of_a_kind": 1, "of_a_path": 2},
            ["/invoices", "/invoices?status", "/settings/exclusions", "/invoices/{invoice_id}"],
        ),
        (
            {"of_a_kind": 1, "of_a_path": 1, "named": ()},
            ["/invoices", "/settings/{area}", "/invoices/{invoice_id}"],
        ),
    ],
)
async def test_fewer_are_opened(limits: dict[str, Any], kinds: list[str]) -> None:
    found = [kind for kind, _ in await opened(**limits)]
    assert [kind for kind in found if "commands" not in kind] == ["/", *kinds]
