"""All pages of the desk that a person reaches by links, one or two of each kind, found from its first page."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

import httpx
from selectolax.lexbor import LexborHTMLParser
from starlette.routing import BaseRoute, Match

from api.pages.site import ROUTERS
from api.request_log import PREFIX

# Of each kind of page, so many are opened: the second one shows whether the first was an exception.
OF_A_KIND = 2
# The page of another command or of another area of the settings is a page of another kind.
NAMES_OF_KINDS = ("command", "area")
HTML = "text/html"
# The box in the frame leads to the search, and no link.
FIRST = ("/", "/search?q=2026")
_NO_PAGES = (PREFIX, "/assets/", "/docs", "/openapi.json")


@dataclass(frozen=True)
class FoundPage:
    """A page. `kind` is the path of its route, such as `/invoices/{invoice_id}`, and the names in its query.

    The path names the command and the area of the settings: `/invoices/{invoice_id}/commands/void`.
    """

    kind: str
    address: str
    response: httpx.Response


@dataclass
class Crawl:
    """Opens the pages as the user who is signed in with the client's cookie. Only GET is sent, so nothing changes.

    `of_a_path` is the most pages of one path, whatever their queries: lists have a page for each choice of filters.
    `named` are the parameters of a path that tell kinds of pages apart.
    """

    client: httpx.AsyncClient
    of_a_kind: int = OF_A_KIND
    of_a_path: int | None = None
    named: Sequence[str] = NAMES_OF_KINDS
    kinds: Counter[str] = field(default_factory=Counter)
    paths: Counter[str] = field(default_factory=Counter)
    routes: list[BaseRoute] = field(default_factory=lambda: _routes())
    waiting: list[str] = field(default_factory=lambda: list(FIRST))

    async def pages(self) -> AsyncIterator[FoundPage]:
        """Yield each page once, in the order in which they are found."""
        opened = set[str]()
        while self.waiting:
            address = self.waiting.pop(0)
            kind = self._kind(address)
            if kind is None or address in opened or self._is_enough(kind):
                continue
            opened.add(address)
            self.kinds[kind] += 1
            self.paths[kind.partition("?")[0]] += 1
            response = await self.client.get(address, headers={"Accept": HTML})
            if not response.headers.get("Content-Type", "").startswith(HTML):
                continue
            self.waiting += _links(response, address)
            yield FoundPage(kind, address, response)

    def _is_enough(self, kind: str) -> bool:
        of_path = self.paths[kind.partition("?")[0]]
        return self.kinds[kind] >= self.of_a_kind or (self.of_a_path is not None and of_path >= self.of_a_path)

    def _kind(self, address: str) -> str | None:
        """Return the route and the names in the query; None when it is no page."""
        parts = urlsplit(address)
        if parts.path.startswith(_NO_PAGES):
            return None
        scope: Mapping[str, object] = {"type": "http", "path": parts.path, "method": "GET", "headers": []}
        for route in self.routes:
            matched, child = route.matches(dict(scope))
            if matched is Match.FULL:
                path: str = getattr(route, "path", parts.path)
                for name in self.named:
                    path = path.replace(f"{{{name}}}", child["path_params"].get(name, ""))
                names = sorted({each.partition("=")[0] for each in parts.query.split("&") if each})
                return f"{path}{'?' + '&'.join(names) if names else ''}"
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
