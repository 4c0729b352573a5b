"""All pages of the desk that a person reaches by links, one or two of each kind, found from its first page."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import httpx
from selectolax.lexbor import LexborHTMLParser
from starlette.routing import BaseRoute, Match

from api.pages.site import ROUTERS
from api.request_log import PREFIX

# Of each kind of page, so many are opened: the second one shows whether the first was an exception.
OF_A_KIND = 2
HTML = "text/html"
_NO_PAGES = (PREFIX, "/assets/", "/docs", "/openapi.json")


@dataclass(frozen=True)
class FoundPage:
    """A page. `kind` is the path of its route, such as `/invoices/{invoice_id}`, and the names in its query."""

    kind: str
    address: str
    response: httpx.Response


@dataclass
class Crawl:
    """Opens the pages as the user who is signed in with the client's cookie. Only GET is sent, so nothing changes."""

    client: httpx.AsyncClient
    seen: dict[str, int] = field(default_factory=dict)
    routes: list[BaseRoute] = field(default_factory=lambda: _routes())
    waiting: list[str] = field(default_factory=lambda: ["/"])

    async def pages(self) -> AsyncIterator[FoundPage]:
        """Yield each page once, in the order in which they are found."""
        opened = set[str]()
        while self.waiting:
            address = self.waiting.pop(0)
            kind = self._kind(address)
            if kind is None or address in opened or self.seen.get(kind, 0) >= OF_A_KIND:
                continue
            opened.add(address)
            self.seen[kind] = self.seen.get(kind, 0) + 1
            response = await self.client.get(address, headers={"Accept": HTML})
            if not response.headers.get("Content-Type", "").startswith(HTML):
                continue
            self.waiting += _links(response, address)
            yield FoundPage(kind, address, response)

    def _kind(self, address: str) -> str | None:
        """Return the route and the names in the query; None when it is no page."""
        parts = urlsplit(address)
        if parts.path.startswith(_NO_PAGES):
            return None
        scope: Mapping[str, object] = {"type": "http", "path": parts.path, "method": "GET", "headers": []}
        for route in self.routes:
            matched, _ = route.matches(dict(scope))
            if matched is Match.FULL:
                names = sorted({each.partition("=")[0] for each in parts.query.split("&") if each})
                return f"{getattr(route, 'path', parts.path)}{'?' + '&'.join(names) if names else ''}"
        return None


def _routes() -> list[BaseRoute]:
    return [route for router in ROUTERS for route in router.routes]


def _links(response: httpx.Response, address: str) -> list[str]:
    """Return the addresses of this site that the page links to, without downloads and fragments."""
    found = []
    for node in LexborHTMLParser(response.text).css("a[href], [hx-get]"):
        target = node.attributes.get("href") or node.attributes.get("hx-get") or ""
        parts = urlsplit(urljoin(address, target))
        if not parts.scheme and not parts.netloc and "download" not in node.attributes:
            found.append(parts._replace(fragment="").geturl())
    return found
