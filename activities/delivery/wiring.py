"""The activities of delivery, with their clients of Didox, of the mail server and of its search."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.archive.addresses import ArchiveAddresses
from activities.clients.didox import client as didox
from activities.clients.didox.client import Didox
from activities.clients.didox.signing import ActSigning
from activities.clients.imap import BounceMailbox
from activities.clients.mailbox_search import MailProbe
from activities.clients.smtp import Relay
from activities.delivery.act_sweeps import ActSweep, Sweeps
from activities.delivery.bounces import Bounces
from activities.delivery.einvoice import EInvoice
from activities.delivery.einvoice_signing import EInvoiceSigning
from activities.delivery.letters import Letters
from activities.delivery.mail import Mail
from activities.delivery.outgoing_mail import OutgoingMails
from activities.delivery.quote_letters import QuoteLetters
from activities.delivery.quote_mail import QuoteMail
from activities.delivery.signatures import Signatures
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from activities.quotes.store import QuoteStore
from settings import Settings, SmtpSettings


async def activities(
    settings: Settings, engine: AsyncEngine, store: DocumentStore, ledger: Ledger, stack: AsyncExitStack
) -> list[Callable[..., Any]]:
    """Return the activities of this domain; `stack` closes their clients. A system without an address has no client."""
    client, sweeps = await _didox(settings, stack), Sweeps(engine)
    signing = _signing(settings, client, engine, ledger)
    einvoice = _einvoice(settings, client, store, ledger, sweeps, signing)
    sweep = ActSweep(client, engine, sweeps)
    letters, probe = Letters(settings.smtp.sender, settings.smtp.reply_to), await _probe(settings.smtp, stack)
    mail = _mail(settings, engine, store, ledger, letters, probe)
    quotes = _quote_mail(settings, engine, ledger, letters, probe)
    bounces = _bounces(settings, engine, stack)
    return [
        einvoice.create,
        einvoice.await_signature,
        einvoice.await_answer,
        einvoice.cancel,
        mail.deliver,
        mail.notice,
        mail.remind,
        mail.bounce_notice,
        mail.deadline_notice,
        quotes.deliver,
        quotes.remind,
        quotes.notice,
        bounces.read,
        bounces.mark_read,
        signing.fetch,
        signing.send,
        einvoice.check,
        sweep.find_changed,
        sweep.mark_swept,
    ]


async def _didox(settings: Settings, stack: AsyncExitStack) -> Didox | None:
    configured = settings.didox
    if not configured.url:
        return None
    http = didox.connect(configured.url, configured.partner_token, configured.timeout_seconds)
    return Didox(await stack.enter_async_context(http), configured.seller_tin, configured.password)


def _signing(settings: Settings, client: Didox | None, engine: AsyncEngine, ledger: Ledger) -> EInvoiceSigning:
    settle = timedelta(seconds=settings.didox.settle_seconds)
    return EInvoiceSigning(ActSigning(client) if client else None, Signatures(engine), ledger, settle=settle)


def _einvoice(
    settings: Settings,
    client: Didox | None,
    store: DocumentStore,
    ledger: Ledger,
    sweeps: Sweeps,
    signing: EInvoiceSigning,
) -> EInvoice:
    settle = timedelta(seconds=settings.didox.settle_seconds)
    measure_id = settings.didox.measure_id
    return EInvoice(client, store, ledger, measure_id=measure_id, settle=settle, sweeps=sweeps, signing=signing)


async def _probe(smtp: SmtpSettings, stack: AsyncExitStack) -> MailProbe | None:
    if not smtp.probe_url:
        return None
    http = await stack.enter_async_context(httpx.AsyncClient(timeout=smtp.timeout_seconds))
    return MailProbe(http, smtp.probe_url)


def _mail(
    settings: Settings,
    engine: AsyncEngine,
    store: DocumentStore,
    ledger: Ledger,
    letters: Letters,
    probe: MailProbe | None,
) -> Mail:
    return Mail(
        _relay(settings.smtp),
        letters,
        store,
        ledger,
        OutgoingMails(engine),
        archive=ArchiveAddresses(settings.s3),
        has_arrived=probe,
    )


def _quote_mail(
    settings: Settings, engine: AsyncEngine, ledger: Ledger, letters: Letters, probe: MailProbe | None
) -> QuoteMail:
    return QuoteMail(
        _relay(settings.smtp),
        QuoteLetters(letters),
        QuoteStore(engine),
        ledger,
        OutgoingMails(engine),
        settings.quotes,
        has_arrived=probe,
    )


def _bounces(settings: Settings, engine: AsyncEngine, stack: AsyncExitStack) -> Bounces:
    mailbox = BounceMailbox.of(settings.imap)
    if mailbox:
        stack.callback(mailbox.close)
    return Bounces(mailbox, engine, settings.smtp.sender.rpartition("@")[2])


def _relay(smtp: SmtpSettings) -> Relay | None:
    if not smtp.host:
        return None
    return Relay(
        host=smtp.host,
        port=smtp.port,
        username=smtp.username,
        password=smtp.password,
        security=smtp.security,
        timeout_seconds=smtp.timeout_seconds,
    )
