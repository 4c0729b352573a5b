"""`aktum sign`: signs the acts that wait in Didox, with E-IMZO on this machine, through Aktum's API.

Exit codes: 0 done, 1 nothing could be signed, 2 a wrong argument, 3 some documents need a person.
"""

import asyncio
import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import typer
from pydantic import SecretStr
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from models.invoice.signing.certificate import reason_unfit
from operations.api.client import LOGIN
from operations.api.signing import ApiRefused, ApiUnavailable, Outcome, Queued, SigningApi
from operations.connections import ATTENTION, console, signer_settings
from operations.eimzo import ADDRESSES, EImzo, KeyFile, NotRunning, SignerRefused, is_local

INSTALL = (
    "E-IMZO does not run on this machine. Start it (its icon is beside the clock). If it is not installed: download it "
    "from https://e-imzo.soliq.uz, install it, and put the key file (DS....pfx) into the folder DSKEYS of a drive, or "
    "insert the token. Then start it, and run `aktum sign` again. Nothing was signed."
)


@dataclass(frozen=True)
class Wish:
    """What is to be signed, where, and with which certificate."""

    api: str
    token: SecretStr
    invoices: Sequence[str]
    certificate: str | None
    eimzo: Sequence[str]
    only_list: bool
    confirmed: bool


class Impossible(Exception):
    """Nothing can be signed, for the reason in the text."""


def sign(
    api: str | None, invoices: Sequence[str], certificate: str | None, *, only_list: bool, confirmed: bool
) -> None:
    """Sign the documents and print what became of each."""
    given = signer_settings(api)
    wish = Wish(given.url, given.token, invoices, certificate, given.eimzo_addresses, only_list, confirmed)
    if not wish.token.get_secret_value():
        raise _failed(LOGIN)
    if remote := [address for address in wish.eimzo if not is_local(address)]:
        raise typer.BadParameter(f"AKTUM_EIMZO: {remote[0]} is no WebSocket (ws:// or wss://) of this machine")
    try:
        finished = asyncio.run(_sign(wish))
    except ApiUnavailable as error:
        raise _failed(f"Aktum at {wish.api} does not answer: {error}") from error
    except ApiRefused as error:
        raise _failed(f"Aktum refuses: {error}") from error
    except NotRunning as error:
        raise _failed(f"{INSTALL}\n({error})") from error
    except SignerRefused as error:
        raise _failed(f"E-IMZO refuses: {error}. Nothing more was signed.") from error
    except Impossible as error:
        raise _failed(str(error)) from error
    if not finished:
        raise typer.Exit(ATTENTION)


async def _sign(wish: Wish) -> bool:
    """Return whether everything that was chosen is signed and executed in Didox."""
    async with SigningApi(wish.api, wish.token) as api:
        queue = _chosen(await api.queue(), wish.invoices)
        if not queue:
            console.print("Nothing waits for our signature.")
            return True
        console.print(_queue_table(queue))
        program = EImzo(wish.eimzo or ADDRESSES)
        await program.open()
        # An API that does not know the company's TIN names it with the bytes.
        tin = queue[0].seller_tin or (await api.to_sign(queue[0].invoice_id)).seller_tin
        file = _fitting(await program.key_files(), tin, wish.certificate)
        if wish.only_list:
            return True
        facts = file.certificate
        console.print(Text(f"Certificate {facts.serial} of {facts.holder}, TIN {facts.tin}."))
        if not wish.confirmed and not typer.confirm(f"Sign {len(queue)} of them? A signed act goes to the client"):
            raise Impossible("Nothing was signed.")
        return await _sign_all(api, program, file, queue)


async def _sign_all(api: SigningApi, program: EImzo, file: KeyFile, queue: Sequence[Queued]) -> bool:
    key_id = await program.load(file)
    results: list[tuple[Queued, Outcome]] = []
    try:
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("Signing", total=len(queue))
            for document in queue:
                progress.update(task, description=f"Signing {escape(document.name)}")
                results.append((document, await _sign_one(api, program, file, key_id, document)))
                progress.advance(task)
    finally:  # also if E-IMZO or Aktum stops answering in between
        console.print(_result_table(results))
        done = sum(outcome.state == "done" for _, outcome in results)
        console.print(f"{done} of {len(queue)} were signed and executed in Didox.")
    return done == len(queue)


async def _sign_one(api: SigningApi, program: EImzo, file: KeyFile, key_id: str, document: Queued) -> Outcome:
    """Sign one document. What concerns this document alone is its outcome; other errors end the command."""
    try:
        given = await api.to_sign(document.invoice_id)
        content = base64.b64decode(given.content)
        if given.action != document.action or hashlib.sha256(content).hexdigest() != given.sha256:
            return Outcome("refused", "it has changed since it was listed; run `aktum sign` again")
        if reason := reason_unfit(file.certificate, given.seller_tin, datetime.now(UTC)):
            return Outcome("refused", reason)
        signature = await program.sign(given.content, key_id)
        return await api.submit(document.invoice_id, given, signature.pkcs7, signature.signature_hex)
    except ApiRefused as error:
        return Outcome("refused", str(error))


def _chosen(queue: list[Queued], names: Sequence[str]) -> list[Queued]:
    """Return the documents of these invoices, or all. Raises BadParameter for one that does not wait."""
    if not names:
        return queue
    by_name = {name: document for document in queue for name in (document.invoice_id, document.display_number)}
    if missing := [name for name in names if name.strip() not in by_name]:
        waiting = ", ".join(document.name for document in queue) or "none"
        raise typer.BadParameter(f"{', '.join(missing)} does not wait for our signature; waiting are: {waiting}")
    return list({by_name[name.strip()].invoice_id: by_name[name.strip()] for name in names}.values())


def _fitting(files: Sequence[KeyFile], tin: str, wanted: str | None) -> KeyFile:
    """Return the certificate that may sign. Raises Impossible, after a table of all of them."""
    reasons = {file: reason_unfit(file.certificate, tin, datetime.now(UTC)) for file in files}
    console.print(_certificate_table(reasons))
    if wanted:
        named = [file for file in files if wanted.lower() in (file.name.lower(), file.certificate.serial.lower())]
        if not named:
            raise Impossible(f"E-IMZO has no certificate {wanted} on this machine. Nothing was signed.")
        if reason := reasons[named[0]]:
            raise Impossible(f"{reason} Nothing was signed.")
        return named[0]
    fitting = [file for file, reason in reasons.items() if reason is None]
    if not fitting:
        raise Impossible(
            f"E-IMZO has no valid certificate with the TIN {tin} on this machine. Insert the key of the company, or "
            "renew it. Nothing was signed."
        )
    if len(fitting) > 1:
        names = ", ".join(file.name for file in fitting)
        raise Impossible(f"Several certificates fit ({names}); choose one with --certificate. Nothing was signed.")
    return fitting[0]


def _queue_table(queue: Sequence[Queued]) -> Table:
    table = Table("Invoice", "Client", "Total", "", "What is signed", box=None, header_style="dim", pad_edge=False)
    for each in queue:
        what = "cancels the sent act" if each.action == "cancel" else "sends the act"
        table.add_row(Text(each.name), Text(each.customer_name), Text(each.total_amount), each.currency, what)
    return table


def _certificate_table(reasons: dict[KeyFile, str | None]) -> Table:
    table = Table("Key", "Serial", "Holder", "TIN", "Valid to", "", box=None, header_style="dim", pad_edge=False)
    for file, reason in reasons.items():
        facts = file.certificate
        fits = Text("fits", "green") if reason is None else Text(reason, "yellow")
        table.add_row(Text(file.name), facts.serial, Text(facts.holder), facts.tin, f"{facts.valid_to:%Y-%m-%d}", fits)
    return table


def _result_table(results: Sequence[tuple[Queued, Outcome]]) -> Table:
    table = Table("Invoice", "Outcome", "", box=None, header_style="dim", pad_edge=False)
    words = {"done": "signed", "pending": "Didox does not answer yet; it goes on by itself"}
    for document, outcome in results:
        style = {"done": "green", "pending": "yellow"}.get(outcome.state, "red")
        table.add_row(
            Text(document.name), Text(words.get(outcome.state, outcome.state), style), Text(outcome.error or "")
        )
    return table


def _failed(message: str) -> typer.Exit:
    console.print(Text(message, "red"))
    return typer.Exit(1)
