"""The client of Didox: it creates the draft of an act, searches acts, reads their status and deletes drafts.

Didox sends an act when it is signed, and only a person with an E-IMZO key can sign, so this client creates drafts only.
Didox locks an account after wrong passwords (3 in a minute for 10 minutes, 25 for good). Therefore a refused password
is not sent again. See docs/specification/effects.md 5.
"""

import asyncio
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from activities.clients import decimal_json
from activities.clients.didox.act import ActDraft, ActLine, act_body
from activities.clients.didox.pdf import PdfDraft, pdf_body
from activities.clients.errors import NotFound, Permanent, RateLimited, Transient
from activities.clients.http_exchange import VendorResponse, exchange, unclear

__all__ = ["ActDraft", "ActLine", "ActSummary", "Didox", "DocumentState", "connect", "extract_message"]

VENDOR = "Didox"
ACT, FREE_PDF = "005", "000"
PAGE = 100
DRAFT = 0
# Without the filter `status` the list omits drafts. Deleted and cancelled acts (5, 55) do not count as existing.
EXISTING = (DRAFT, 1, 2, 3, 4, 6, 8, 40)
# Didox reports a failure of its upstream system as a 422 that contains the error text of curl.
UPSTREAM_FAILED = "cURL error"


class Row(BaseModel):
    """A frozen part of an answer; unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class ActSummary(Row):
    """A row of the list of documents. The list has ids in upper case, `create` in lower case; here they are lower."""

    id: str = Field(validation_alias="doc_id")
    number: str = Field(validation_alias="name")
    type: str = Field(validation_alias="doctype")
    partner_tin: str = Field(validation_alias="partnerTin")
    status: int = Field(validation_alias="doc_status")
    total: Decimal | None = Field(default=None, validation_alias="total_sum")
    comment: str | None = Field(default=None, validation_alias="status_comment")


class UpdatedDocument(Row):
    """What a sweep reads of a row. Documents that people write may lack a number, a partner or a sum."""

    id: str = Field(validation_alias="doc_id")
    type: str = Field(validation_alias="doctype")
    status: int = Field(validation_alias="doc_status")
    updated: str | None = None


class UpdatedPage(Row):
    """One page of the documents that were updated; `is_last` if no page follows."""

    documents: tuple[UpdatedDocument, ...]
    is_last: bool


class DocumentState(Row):
    """The status of a document, as its number: 0 draft, 1 sent, 3 signed by both, 4 rejected, 5 and 55 deleted, ..."""

    id: str = Field(validation_alias="doc_id")
    number: str = Field(validation_alias="name")
    status: int
    comment: str | None = Field(default=None, validation_alias="status_comment")
    updated: str | None = None


class Page(Row):
    data: tuple[dict[str, Any], ...]
    total: int


class Favourite(Row):
    code: str


class Created(Row):
    id: str = Field(validation_alias="_id", pattern="^[0-9A-Fa-f]{32}$")


class Login(Row):
    token: str = Field(min_length=1)


class Detail(Row):
    class Data(Row):
        document: DocumentState

    data: Data


def connect(url: str, partner_token: SecretStr, timeout_seconds: float) -> httpx.AsyncClient:
    """Return the HTTP client for `Didox`."""
    # The partner token has no prefix: with "Bearer " before it, Didox answers 500.
    headers = {"Partner-Authorization": partner_token.get_secret_value(), "Accept-Language": "ru"}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=httpx.Timeout(timeout_seconds))


class Didox:
    """The documents of one seller. Every method raises the errors of `activities/clients/errors.py`."""

    def __init__(self, http: httpx.AsyncClient, seller_tin: str, password: SecretStr) -> None:
        self._http = http
        self.seller_tin = seller_tin
        self._password = password
        self._user_key: str | None = None
        self._refused_login: Permanent | None = None
        self._logging_in = asyncio.Lock()

    async def find_acts(
        self, number: str, partner_tin: str, status: Sequence[int] = EXISTING, kind: str = ACT
    ) -> list[ActSummary]:
        """Return our documents of one type with exactly this number for this partner, drafts included.

        The list is read from a search index, so a document that was created seconds ago may be missing.
        """
        found: list[ActSummary] = []
        query: dict[str, str | int] = {
            "owner": 1, "doctype": kind, "name": number, "partner": partner_tin,
            "status": ",".join(map(str, status)), "limit": PAGE,
        }  # fmt: skip
        page_number, seen = 1, 0
        while True:
            answer = await self._call("GET", "/v2/documents", changes=False, params={**query, "page": page_number})
            page = answer.read(Page, answer.json())
            found += [act.model_copy(update={"id": act.id.lower()}) for act in self._acts(answer, page)]
            seen += len(page.data)
            if not page.data or seen >= page.total:
                break
            page_number += 1
        searched = (number, partner_tin, kind)
        return [act for act in found if (act.number, act.partner_tin, act.type) == searched and act.status in status]

    async def updated_since(self, kind: str, day: date, status: Sequence[int], page: int) -> UpdatedPage:
        """Return a page of our documents of one type that were updated on this day or later, in these statuses."""
        query: dict[str, str | int] = {
            "owner": 1, "doctype": kind, "status": ",".join(map(str, status)),
            "dateFromUpdated": day.isoformat(), "page": page, "limit": PAGE,
        }  # fmt: skip
        answer = await self._call("GET", "/v2/documents", changes=False, params=query)
        found = answer.read(Page, answer.json())
        rows = (answer.read(UpdatedDocument, row) for row in found.data)
        documents = (row.model_copy(update={"id": row.id.lower()}) for row in rows)
        wanted = tuple(each for each in documents if each.type == kind and each.status in status)
        return UpdatedPage(documents=wanted, is_last=not found.data or page * PAGE >= found.total)

    @staticmethod
    def _acts(answer: VendorResponse, page: Page) -> list[ActSummary]:
        return [answer.read(ActSummary, row) for row in page.data]

    async def create_act(self, draft: ActDraft) -> str:
        """Create the draft of an act and return its id."""
        body = act_body(draft, self.seller_tin)
        answer = await self._call("POST", f"/v1/documents/{ACT}/create/ru", changes=True, body=body)
        return answer.read(Created, answer.json()).id.lower()

    async def create_pdf(self, draft: PdfDraft, pdf: bytes) -> str:
        """Create the draft of a free PDF and return its id."""
        body = pdf_body(draft, self.seller_tin, pdf)
        answer = await self._call("POST", f"/v1/documents/{FREE_PDF}/create/ru", changes=True, body=body)
        return answer.read(Created, answer.json()).id.lower()

    async def is_favourite(self, code: str) -> bool:
        """Return whether the code of the catalogue is among the seller's favourites; others are refused at signing."""
        path = f"/v1/profile/{self.seller_tin}/productClasses/check/{code}/ru"
        answer = await self._call("GET", path, changes=False)
        body = answer.json()
        if not isinstance(body, list):
            raise answer.unclear("it is no list of codes")
        return any(answer.read(Favourite, row).code == code for row in body)

    async def get(self, document_id: str) -> DocumentState:
        """Return the status of a document. Raises NotFound if it does not exist."""
        # The value must be 1: for "true" Didox answers 500.
        answer = await self._call("GET", f"/v1/documents/{document_id}", changes=False, params={"owner": 1})
        state = answer.read(Detail, answer.json()).data.document
        return state.model_copy(update={"id": state.id.lower()})

    async def delete_draft(self, document_id: str) -> None:
        """Delete a draft. Raises NotFound if it does not exist."""
        answer = await self._call("POST", f"/v1/documents/{document_id}/delete/draft", changes=True)
        if answer.json() != {"data": True}:
            raise answer.unclear("it does not confirm that the draft was deleted")

    async def request(
        self, method: str, path: str, *, changes: bool, body: object = None, params: dict[str, Any] | None = None
    ) -> VendorResponse:
        """Send one request of another part of Didox and return the successful answer."""
        return await self._call(method, path, changes=changes, body=body, params=params)

    async def _call(
        self, method: str, path: str, *, changes: bool, body: object = None, params: dict[str, Any] | None = None
    ) -> VendorResponse:
        """Send one request with the user key of the login.

        Didox answers 401 before it executes anything. After a 401 the key is therefore renewed and the request is sent
        once more; this belongs to the login and is not a retry.
        """
        key = await self._log_in(expired=None)
        answer = await self._send(method, path, key, changes=changes, body=body, params=params)
        if answer.response.status_code == 401:
            key = await self._log_in(expired=key)
            answer = await self._send(method, path, key, changes=changes, body=body, params=params)
        if answer.response.is_success:
            return answer
        reason, status = extract_message(answer.response), answer.response.status_code
        if UPSTREAM_FAILED in reason:
            raise unclear(changes, f"{VENDOR} could not reach its own upstream ({reason})")
        if status == 404:
            raise NotFound(f"{VENDOR} has no such document", vendor_message=reason, status=status)
        raise Permanent(f"{VENDOR} refused: {reason}", vendor_message=reason, status=status)

    async def _send(
        self, method: str, path: str, key: str, *, changes: bool, body: object, params: dict[str, Any] | None
    ) -> VendorResponse:
        return await exchange(
            self._http, VENDOR, method, path, changes=changes, body=body, params=params, headers={"user-key": key}
        )

    async def _log_in(self, expired: str | None) -> str:
        """Return the user key. Without one, or after `expired` has expired, one login is made for all callers."""
        async with self._logging_in:
            if self._user_key is not None and self._user_key != expired:
                return self._user_key
            if self._refused_login is not None:
                raise self._login_refusal(self._refused_login.vendor_message, self._refused_login.status)
            self._user_key = None
            self._user_key = await self._fetch_key()
            return self._user_key

    async def _fetch_key(self) -> str:
        path = f"/v1/auth/{self.seller_tin}/password/ru"
        body = {"password": self._password.get_secret_value()}
        try:
            # A login whose answer is lost changes nothing at Didox.
            answer = await exchange(self._http, VENDOR, "POST", path, changes=False, body=body)
        except RateLimited as limit:
            self._refused_login = self._login_refusal(limit.message, 429)
            raise self._refused_login from limit
        if answer.response.is_success:
            return answer.read(Login, answer.json()).token
        reason = extract_message(answer.response)
        if UPSTREAM_FAILED in reason:
            raise Transient(f"{VENDOR} could not reach its own upstream ({reason})")
        self._refused_login = self._login_refusal(reason, answer.response.status_code)
        raise self._refused_login

    @staticmethod
    def _login_refusal(reason: str, status: int | None) -> Permanent:
        return Permanent(
            f"{VENDOR} refused our login: {reason}. Correct the login in the settings and restart the worker. No "
            "further login is tried until then, because repeated failures lock the account",
            vendor_message=reason,
            status=status,
        )


def extract_message(response: httpx.Response) -> str:
    """Return the message of an error response in any of Didox's forms, or the start of the body."""
    raw = response.text
    try:
        body = decimal_json.loads(response.content)
    except ValueError:
        return raw[:500].strip() or f"HTTP {response.status_code}"
    return _message(body) or raw[:500]


def _message(body: object) -> str | None:
    match body:
        case str():
            return body.strip() or None
        case {"message": str() as message} | {"error": str() as message} | {"reason": str() as message} if message:
            return message
        case {"error": dict() as inner} | {"data": dict() as inner}:
            return _message(inner)
        case {}:
            # The validation errors of Laravel: {"field": ["message", ...]}
            messages = {
                field: " ".join(map(str, texts)) for field, texts in body.items() if isinstance(texts, list) and texts
            }
            return "; ".join(f"{field}: {text}" for field, text in messages.items()) or None
        case _:
            return None
