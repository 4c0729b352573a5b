"""The signing queue: the browser asks E-IMZO on its own machine, the server gives the bytes and takes the signatures.

The private key stays in E-IMZO. Whether a certificate may sign is decided here, by the same rule as at the signature.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Response
from fastapi.responses import JSONResponse

from api.access.deps import Actor, require
from api.deps import NowDep, StateDep
from api.einvoice.deps import SignaturesDep
from api.einvoice.schemas import QueuedDocument, SignatureBody
from api.einvoice.signing import given_document, submitted
from api.errors import Conflict, Invalid, NotFound
from api.http.decimal_json import DecimalJsonRoute
from api.pages.forms.fields import body_of
from api.pages.invoice.command_routes import CommandCallDep
from api.pages.invoice.deps import PageInvoiceDep
from api.pages.rendering import POLICY, Desk, DeskDep
from api.pages.sessions import PageActorDep
from api.pages.signing.outcome import in_words
from models.invoice.commands import SubmitSignature
from models.invoice.permissions import LEAST_ROLE
from models.invoice.signing.certificate import Certificate, certificate_of, reason_unfit

PER_PAGE = 100
LONGEST_LIST = 1_000_000
MOST_CERTIFICATES = 200
# E-IMZO wants a key of each domain. Those of the own machine are published.
PUBLISHED_KEYS = (
    "localhost",
    "96D0C1491615C82B9A54D9989779DF825B690748224C2B04F500F370D51827CE"
    "2644D8D4A82C18184D73AB8530BB8ED537269603F61DB0D03D2104ABF789970B",
    "127.0.0.1",
    "A7BCFA5D490B351BE0754130DF03A068F855DB4333D43921125B9CF2670EF6A4"
    "0370C646B90401955E1F7BC9CDBF59CE0B2C5467D820BE189C845D0B79CFC96F",
)


async def signer(actor: PageActorDep) -> Actor:
    require(actor, LEAST_ROLE[SubmitSignature.name], "signing")
    return actor


SignerDep = Annotated[Actor, Depends(signer)]

router = APIRouter(prefix="/signing", include_in_schema=False, route_class=DecimalJsonRoute)


@dataclass(frozen=True)
class Key:
    """A key that E-IMZO has found, with the reason why it may not sign for the seller."""

    alias: str
    certificate: Certificate | None
    reason: str | None


@router.get("")
async def signing_page(
    desk: DeskDep,
    _: SignerDep,
    state: StateDep,
    repository: SignaturesDep,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """List what waits for our signature. Only this page may connect to E-IMZO on the machine of the browser."""
    rows, total = await repository.queue((page - 1) * PER_PAGE, PER_PAGE)
    seller_tin = state.settings.didox.seller_tin
    addresses = state.settings.api.signer_addresses.split()
    return desk.page(
        "signing/queue.html.j2",
        headers={"Content-Security-Policy": _policy(addresses)},
        rows=[QueuedDocument.of(row, seller_tin) for row in rows],
        total=total,
        page=page,
        is_last=page * PER_PAGE >= total,
        seller_tin=seller_tin,
        addresses=addresses,
        keys=[*PUBLISHED_KEYS, *state.settings.api.signer_keys.split()],
    )


@router.post("/certificates")
async def certificates(
    desk: DeskDep,
    _: SignerDep,
    state: StateDep,
    now: NowDep,
    aliases: Annotated[str, Form(max_length=LONGEST_LIST)] = "[]",
) -> Response:
    """Answer the certificates that E-IMZO has listed as a choice, each with the reason why it may not sign."""
    tin = state.settings.didox.seller_tin
    keys = []
    for alias in _listed(aliases):
        certificate, problem = _certificate(desk, alias)
        reason = reason_unfit(certificate, tin or certificate.tin, now) if certificate else problem
        keys.append(Key(alias, certificate, reason))
    fitting = [key for key in keys if key.reason is None]
    return desk.page("signing/certificates.html.j2", keys=keys, fitting=fitting, seller_tin=tin)


@router.post("/{invoice_id}/document")
async def document(
    desk: DeskDep,
    actor: SignerDep,
    invoice: PageInvoiceDep,
    state: StateDep,
    repository: SignaturesDep,
    now: NowDep,
    alias: Annotated[str, Form(max_length=5000)] = "",
    action: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Answer the bytes to sign. Refuse a certificate that may not sign them, before anything is signed."""
    given = await given_document(invoice, state, repository, actor)
    if given.action.value != action:
        raise Conflict("What waits for a signature has changed since this page was opened; open it again.")
    certificate, problem = _certificate(desk, alias)
    if reason := reason_unfit(certificate, given.seller_tin, now) if certificate else problem:
        raise Invalid.at("alias", reason)
    return _json(content=given.content, sha256=given.sha256)


@router.post("/{invoice_id}")
async def sign(
    desk: DeskDep,
    _: SignerDep,
    invoice: PageInvoiceDep,
    call: CommandCallDep,
    repository: SignaturesDep,
    sha256: Annotated[str, Form(max_length=64)] = "",
    pkcs7: Annotated[str, Form(max_length=LONGEST_LIST)] = "",
    signature_hex: Annotated[str, Form(max_length=4096)] = "",
    action: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Take the signature, send it, and answer what became of it. The same signature is sent once."""
    body, errors = body_of(SignatureBody, {"sha256": sha256, "pkcs7": pkcs7, "signature_hex": signature_hex})
    if not isinstance(body, SignatureBody):
        path, message = next(iter(errors.items()))
        raise Invalid.at(path, message)
    key = hashlib.sha256(f"{sha256} {signature_hex}".encode()).hexdigest()
    answer = await submitted(invoice, body, repository, call.with_key(f"sign-{key}"))
    return _json(**in_words(desk, answer.data, action))


def _json(**fields: Any) -> JSONResponse:
    return JSONResponse(fields, headers={"Cache-Control": "no-store"})


def _policy(addresses: list[str]) -> str:
    return POLICY.replace("connect-src 'self'", " ".join(["connect-src 'self'", *addresses]))


def _listed(aliases: str) -> list[str]:
    try:
        found = json.loads(aliases)
    except ValueError as error:
        raise NotFound("This list of certificates cannot be read; open the page again.") from error
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise NotFound("This list of certificates cannot be read; open the page again.")
    return found[:MOST_CERTIFICATES]


def _certificate(desk: Desk, alias: str) -> tuple[Certificate | None, str]:
    """Return the certificate, or None with the reason why it cannot be read."""
    try:
        return certificate_of(alias, desk.formats.zone), ""
    except ValueError as error:
        return None, str(error)
