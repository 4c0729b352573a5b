"""The activities of delivery, on the sandbox of Didox and on the embedded mailbox."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.archive.addresses import ArchiveAddresses
from activities.clients.didox.client import Didox
from activities.clients.didox.signing import ActSigning
from activities.clients.mailbox_search import MailProbe
from activities.clients.smtp import Relay
from activities.delivery.act_sweeps import Sweeps
from activities.delivery.einvoice import EInvoice
from activities.delivery.einvoice_signing import EInvoiceSigning
from activities.delivery.letters import Letters
from activities.delivery.mail import Mail
from activities.delivery.outgoing_mail import OutgoingMails
from activities.delivery.signatures import Signatures
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from models.invoice.acts.tables import EInvoiceSweep
from settings import S3Settings
from tests.activities.delivery.mails import SENDER, MakeMail, relay_to
from tests.activities.delivery.signed_acts import Act, drafted_act
from tests.fixtures.issued_invoices import SETTLE
from tests.fixtures.mailbox import MailboxView
from tests.fixtures.sandboxes import Sandbox


@pytest.fixture
def einvoice(operator: Didox, store: DocumentStore, ledger: Ledger) -> EInvoice:
    return EInvoice(operator, store, ledger, settle=SETTLE)


@pytest.fixture
async def sweeps(engine: AsyncEngine) -> Sweeps:
    """The record of sweeps, without one."""
    async with engine.begin() as connection:
        await connection.execute(delete(EInvoiceSweep))
    return Sweeps(engine)


@pytest.fixture
def patient_einvoice(operator: Didox, store: DocumentStore, ledger: Ledger) -> EInvoice:
    """Its settle time is longer than any fault of a test lasts."""
    return EInvoice(operator, store, ledger, settle=timedelta(minutes=1))


@pytest.fixture
def make(mailbox: MailboxView, store: DocumentStore, ledger: Ledger, engine: AsyncEngine) -> MakeMail:
    def make(relay: Relay | None, **more: Any) -> Mail:
        return Mail(relay, Letters(SENDER), store, ledger, OutgoingMails(engine), **more)

    return make


@pytest.fixture
def mail(make: MakeMail, mailbox: MailboxView) -> Mail:
    """With an ordinary mail server, which cannot be searched for what has arrived."""
    return make(relay_to(mailbox), archive=ArchiveAddresses(S3Settings(public_url="https://invoices.example")))


@pytest.fixture
def searching_mail(make: MakeMail, mailbox: MailboxView, http: httpx.AsyncClient) -> Mail:
    """With a mail server whose mailbox can be searched."""
    return make(relay_to(mailbox), has_arrived=MailProbe(http, mailbox.probe_url))


@pytest.fixture
def signing(operator: Didox, engine: AsyncEngine, ledger: Ledger) -> EInvoiceSigning:
    return EInvoiceSigning(ActSigning(operator), Signatures(engine), ledger, settle=SETTLE)


@pytest.fixture
def signable_einvoice(operator: Didox, store: DocumentStore, ledger: Ledger, signing: EInvoiceSigning) -> EInvoice:
    return EInvoice(operator, store, ledger, settle=SETTLE, signing=signing)


@pytest.fixture
async def act(
    signable_einvoice: EInvoice,
    signing: EInvoiceSigning,
    store: DocumentStore,
    didox_sandbox: Sandbox,
    engine: AsyncEngine,
) -> Act:
    """The draft of an act in Didox."""
    return await drafted_act(signable_einvoice, signing, store, didox_sandbox, engine)
