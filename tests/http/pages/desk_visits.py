"""Visits of the desk as a browser makes them: with the session cookie, and with the headers of a form of its own."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from selectolax.lexbor import LexborHTMLParser, LexborNode

from api.pages.sessions import HOST_COOKIE
from models.invoice.invoice import Invoice

HTML = {"Accept": "text/html,application/xhtml+xml"}
OWN_FORM = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Page:
    response: httpx.Response
    tree: LexborHTMLParser

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        """The text of the page's main part, with single blanks."""
        main = self.tree.css_first("main")
        return " ".join(main.text(separator=" ").split()) if main else ""

    def all(self, selector: str) -> list[LexborNode]:
        return self.tree.css(selector)

    def texts(self, selector: str) -> list[str]:
        return [" ".join(node.text(separator=" ").split()) for node in self.tree.css(selector)]

    def links(self, selector: str) -> list[str]:
        return [str(node.attributes.get("href")) for node in self.tree.css(selector)]

    def fields(self, form: str = "form[data-command-form]") -> dict[str, str]:
        """Return the fields of a form as a browser would send them."""
        node = self.tree.css_first(form)
        assert node is not None, self.text
        found: dict[str, str] = {}
        for each in node.css("input, textarea, select"):
            name, kind = each.attributes.get("name"), each.attributes.get("type")
            if not name or kind == "file" or (kind in ("checkbox", "radio") and "checked" not in each.attributes):
                continue
            if each.tag == "select":
                chosen = each.css_first("option[selected]") or each.css_first("option")
                found[name] = (chosen.attributes.get("value") or "") if chosen else ""
            else:
                found[name] = each.text() if each.tag == "textarea" else each.attributes.get("value") or ""
        return found


@dataclass(frozen=True)
class Visitor:
    """One browser. Without a token nobody is signed in."""

    http: httpx.AsyncClient
    token: str | None = None
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> Page:
        return _page(await self.http.get(path, headers=self._headers(headers)))

    async def post(self, path: str, data: dict[str, Any], **headers: str) -> Page:
        given = {**OWN_FORM, **headers}
        return _page(await self.http.post(path, data=data, headers=self._headers(given)))

    async def upload(self, path: str, files: dict[str, tuple[str, bytes, str]], data: dict[str, Any]) -> Page:
        return _page(await self.http.post(path, data=data, files=files, headers=self._headers(OWN_FORM)))

    def speaking(self, language: str) -> "Visitor":
        return Visitor(self.http, self.token, {**self.cookies, "lang": language})

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        session = {HOST_COOKIE: self.token} if self.token else {}
        cookie = "; ".join(f"{name}={value}" for name, value in {**session, **self.cookies}.items())
        return {**HTML, **({"Cookie": cookie} if cookie else {}), **more}


def _page(response: httpx.Response) -> Page:
    return Page(response, LexborHTMLParser(response.text))


def changed(invoice: Invoice, **fields: Any) -> Invoice:
    """Return the invoice at its next revision with other values; an equal revision would not be saved."""
    return invoice.model_copy(update={**fields, "revision": invoice.revision + 1})
