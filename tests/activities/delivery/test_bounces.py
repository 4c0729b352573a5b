"""The mailbox of bounces: notices are matched with the letters of the ledger, and a position is kept in PostgreSQL."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.clients.errors import Transient
from activities.clients.imap import BounceMailbox
from activities.delivery.bounces import Bounces
from activities.delivery.letters import Letters
from activities.delivery.mail import Mail
from activities.documents.store import DocumentStore
from activities.invoice.projection import InvoiceProjection
from local.engines.imap_folder import ImapFault, ImapFolder, Returned, returned
from models.invoice.effects import EffectName, EffectState
from models.invoice.ports import EffectRequest, MailboxPosition, ReadBounces, ReadRequest
from models.values.failure_codes import Failure
from tests.activities.delivery.mails import EMAIL, SENDER, MakeMail
from tests.fixtures import database_invoices
from tests.fixtures.issued_invoices import Issued, abroad, issue, run
from tests.fixtures.mailbox import MailboxView

GONE = Returned(recipient="buyer@acme.example")
SLOW = Returned(recipient="accounts@acme.example", status="4.2.2", action="delayed", reason="smtp; 452 full")
OLD = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
def folder() -> ImapFolder:
    return ImapFolder()


@pytest.fixture
async def bounces(folder: ImapFolder, engine: AsyncEngine) -> AsyncIterator[Bounces]:
    async with folder.serving("127.0.0.1") as port:
        box = BounceMailbox(
            "127.0.0.1",
            port,
            "bounces",
            SecretStr("bounces"),
            folder=uuid4().hex,  # the tests share a database, which keeps the positions
            security="none",
            timeout_seconds=20,
        )
        yield Bounces(box, engine, "proximaops.example")
        box.close()


async def read(bounces: Bounces) -> ReadBounces:
    return await ActivityEnvironment().run(bounces.read, ReadRequest())


async def read_on(bounces: Bounces) -> ReadBounces:
    """Read and mark as read, as the workflow does."""
    found = await read(bounces)
    if found.position:
        await ActivityEnvironment().run(bounces.mark_read, found.position)
    return found


async def delivered(
    mail: Mail, mailbox: MailboxView, store: DocumentStore, engine: AsyncEngine
) -> tuple[Issued, bytes]:
    """Deliver an invoice; return it and the bytes of the letter."""
    issued = await issue(store, abroad())
    await InvoiceProjection(engine).project(
        database_invoices.invoice(id=issued.invoice_id, workflow_id=f"service-invoice.{issued.invoice_id}")
    )
    await run(mail.deliver, issued.request(EMAIL))
    return issued, mailbox.raw()[-1]


async def test_a_bounce_names_the_workflow_and_the_letter(
    bounces: Bounces, folder: ImapFolder, mail: Mail, mailbox: MailboxView, store: DocumentStore, engine: AsyncEngine
) -> None:
    issued, letter = await delivered(mail, mailbox, store, engine)
    folder.add(b"Subject: a person's question\r\n\r\nWhen is it due?\r\n")
    folder.add(returned(letter, GONE, SLOW, key="n1"))
    found, box = await read(bounces), bounces.mailbox
    assert box is not None
    assert [each.workflow_id for each in found.bounces] == [f"service-invoice.{issued.invoice_id}"] * 2
    failed, delayed = (each.report for each in found.bounces)
    assert failed.effect == delayed.effect == issued.request(EMAIL).key
    assert (failed.permanent, failed.summary) == (True, "buyer@acme.example: 5.1.1 550 5.1.1 No such user")
    assert (delayed.permanent, delayed.summary) == (False, "accounts@acme.example: 4.2.2 452 full")
    assert found.position == MailboxPosition(folder=box.name, uid_validity=1, uid=2)


async def test_messages_are_read_again_until_they_are_marked_and_then_never(
    bounces: Bounces, folder: ImapFolder, mail: Mail, mailbox: MailboxView, store: DocumentStore, engine: AsyncEngine
) -> None:
    _, letter = await delivered(mail, mailbox, store, engine)
    folder.add(returned(letter, GONE, key="n1"))
    assert await read(bounces) == await read(bounces)  # the worker died before it marked them
    assert len((await read_on(bounces)).bounces) == 1
    assert await read(bounces) == ReadBounces()
    folder.add(returned(letter, GONE, key="n2"))
    assert [each.report.notice for each in (await read_on(bounces)).bounces] == ["<n2@relay.example>"]
    assert await read(bounces) == ReadBounces()


async def test_a_folder_whose_uids_began_anew_is_read_from_the_beginning(
    bounces: Bounces, folder: ImapFolder, mail: Mail, mailbox: MailboxView, store: DocumentStore, engine: AsyncEngine
) -> None:
    _, letter = await delivered(mail, mailbox, store, engine)
    for key in ("n1", "n2", "n3"):
        folder.add(returned(letter, GONE, key=key))
    await read_on(bounces)
    folder.clear()
    folder.add(returned(letter, GONE, key="n4"))
    assert [each.report.notice for each in (await read_on(bounces)).bounces] == ["<n4@relay.example>"]


async def test_old_messages_of_a_folder_that_was_never_read_are_left(bounces: Bounces, folder: ImapFolder) -> None:
    folder.add(returned(b"Message-ID: <x@elsewhere.example>\r\n\r\n", GONE, key="n1"), OLD - timedelta(days=40))
    assert await read(bounces) == ReadBounces()


async def test_many_messages_are_read_in_batches(bounces: Bounces, folder: ImapFolder) -> None:
    for _ in range(101):
        folder.add(b"Subject: hello\r\n\r\n")
    uids = [found.position.uid if (found := await read_on(bounces)).position else None for _ in range(3)]
    assert uids == [100, 101, None]


async def test_notices_about_letters_of_others_are_counted_and_passed(bounces: Bounces, folder: ImapFolder) -> None:
    folder.add(returned(b"Message-ID: <spam@elsewhere.example>\r\n\r\n", GONE, key="n1"))
    folder.add(returned(b"Message-ID: <never@proximaops.example>\r\n\r\n", GONE, key="n2"), OLD)
    found = await read(bounces)
    assert (found.bounces, found.unknown, found.position and found.position.uid) == ((), 2, 2)


async def test_a_notice_that_comes_before_the_ledger_has_the_letter_waits_for_it(
    bounces: Bounces, folder: ImapFolder, mail: Mail, mailbox: MailboxView, store: DocumentStore, engine: AsyncEngine
) -> None:
    _, known = await delivered(mail, mailbox, store, engine)
    later = await issue(store, abroad())
    await InvoiceProjection(engine).project(database_invoices.invoice(id=later.invoice_id))
    early = Letters(SENDER).message_id(later.request(EMAIL).key)
    folder.add(returned(known, GONE, key="n1"))
    folder.add(returned(f"Message-ID: {early}\r\n\r\n".encode(), GONE, key="n2"))
    folder.add(returned(known, GONE, key="n3"))
    found = await read_on(bounces)
    assert ([each.report.notice for each in found.bounces], found.unknown) == (["<n1@relay.example>"], 0)
    assert await read(bounces) == ReadBounces()
    await run(mail.deliver, later.request(EMAIL))
    notices = [each.report.notice for each in (await read_on(bounces)).bounces]
    assert notices == ["<n2@relay.example>", "<n3@relay.example>"]


@pytest.mark.parametrize("command", ["LOGIN", "EXAMINE", "UID SEARCH", "UID FETCH"])
@pytest.mark.parametrize("kind", ["refuse", "drop", "delay"])
async def test_after_a_failure_nothing_is_lost_and_nothing_is_marked(
    command: str,
    kind: str,
    bounces: Bounces,
    folder: ImapFolder,
    mail: Mail,
    mailbox: MailboxView,
    store: DocumentStore,
    engine: AsyncEngine,
) -> None:
    _, letter = await delivered(mail, mailbox, store, engine)
    folder.add(returned(letter, GONE, key="n1"))
    folder.faults = [ImapFault.model_validate({"command": command, "kind": kind, "seconds": 2})]
    assert bounces.mailbox is not None
    impatient = replace(bounces, mailbox=replace(bounces.mailbox, timeout_seconds=0.5 if kind == "delay" else 20))
    with pytest.raises(ApplicationError if kind == "refuse" else Transient) as failure:
        await read(impatient)
    if isinstance(failure.value, ApplicationError):
        assert (failure.value.type, failure.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
        assert "not now" in str(failure.value)
    assert len((await read_on(bounces)).bounces) == 1
    assert await read(bounces) == ReadBounces()


async def test_a_wrong_password_is_tried_once(folder: ImapFolder, bounces: Bounces) -> None:
    assert bounces.mailbox is not None
    wrong = replace(bounces, mailbox=replace(bounces.mailbox, password=SecretStr("guess")))
    with pytest.raises(ApplicationError) as refusal:
        await read(wrong)
    assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
    assert "guess" not in str(refusal.value)
    assert folder.commands.count("LOGIN") == 1


async def test_a_server_that_cannot_be_reached_is_retried(engine: AsyncEngine) -> None:
    unreachable = BounceMailbox("127.0.0.1", 1, "bounces", SecretStr("x"), security="none")
    with pytest.raises(Transient):
        await read(Bounces(unreachable, engine, "proximaops.example"))
    unreachable.close()


async def test_without_a_mailbox_nothing_is_read(engine: AsyncEngine) -> None:
    assert await read(Bounces(None, engine, "")) == ReadBounces()


async def test_finance_gets_one_letter(mail: Mail, mailbox: MailboxView, store: DocumentStore) -> None:
    issued = await issue(store, abroad(cc=("boss@acme.example",), bcc=("archive@ours.example",)))
    undelivered = "buyer@acme.example: 5.1.1 550 No such user <script>"
    request: EffectRequest = issued.request(EffectName.BOUNCE_NOTICE, letter="email", undelivered=undelivered)
    for _ in range(2):
        receipt = await run(mail.bounce_notice, request)
        assert receipt.state is EffectState.DONE
    (arrived,) = mailbox.arrived()
    assert arrived["recipients"] == ["finance@proximaops.example"]
    message = mailbox.message()
    assert message["Subject"] == f"Not delivered: invoice {issued.number} — Acme Corp LLC"
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert undelivered in plain.get_content()
    assert "&lt;script&gt;" in html.get_content()
    assert list(message.iter_attachments()) == []


async def test_without_a_mail_server_finance_gets_none(make: MakeMail, store: DocumentStore) -> None:
    issued = await issue(store, abroad())
    request = issued.request(EffectName.BOUNCE_NOTICE, letter="reminder", undelivered="x")
    assert (await run(make(None).bounce_notice, request)).state is EffectState.SKIPPED
