"""Each e-mail is sent once; after a lost confirmation no second copy is sent."""

import asyncio

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.clients.errors import Ambiguous, Transient
from activities.clients.mailbox_search import MailProbe
from activities.clients.smtp import Relay
from activities.delivery.letters import Letters
from activities.delivery.mail import Mail
from activities.delivery.outgoing_mail import OutgoingMails
from activities.documents.store import DocumentStore
from activities.ledger.ledger import Ledger
from models.invoice.effects import EffectState
from models.values.failure_codes import Failure
from models.values.money import Currency
from tests.activities.delivery.mails import NOTICE, REMINDER, MakeMail, email_of, relay_to
from tests.fixtures.issued_invoices import abroad, content, issue, run
from tests.fixtures.mailbox import MailboxView
from tests.fixtures.processes import POLL_SECONDS

DROPPED = {"kind": "accept_then_drop"}


class TestOnce:
    async def test_a_repeated_call_returns_the_same_receipt(
        self, mail: Mail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        request = await email_of(store)
        assert await run(mail.deliver, request) == await run(mail.deliver, request)
        assert len(mailbox.arrived()) == 1

    async def test_fifty_concurrent_letters(self, mail: Mail, mailbox: MailboxView, store: DocumentStore) -> None:
        """As many as a worker runs at the same time; each holds a connection of the ledger and needs others."""
        requests = [await email_of(store) for _ in range(50)]
        receipts = await asyncio.gather(*(run(mail.deliver, request) for request in requests))
        assert {receipt.vendor_id for receipt in receipts} == {each["message_id"] for each in mailbox.arrived()}
        assert len(mailbox.arrived()) == 50

    async def test_a_lost_confirmation_is_an_unknown_outcome(
        self, mail: Mail, mailbox: MailboxView, store: DocumentStore, ledger: Ledger
    ) -> None:
        request = await email_of(store)
        mailbox.fault(DROPPED)
        with pytest.raises(Ambiguous):
            await run(mail.deliver, request)
        for _ in range(2):
            with pytest.raises(ApplicationError, match="resolve this effect as done") as unknown:
                await run(mail.deliver, request)
            assert (unknown.value.type, unknown.value.non_retryable) == (Failure.OUTCOME_UNKNOWN, True)
        entry = await ledger.find(request.key)
        assert entry is not None
        assert entry.state is EffectState.UNKNOWN
        assert len(mailbox.arrived()) == 1

    async def test_a_lost_confirmation_with_a_mailbox_that_can_be_searched(
        self, searching_mail: Mail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        request = await email_of(store)
        mailbox.fault(DROPPED)
        with pytest.raises(Ambiguous):
            await run(searching_mail.deliver, request)
        receipt = await run(searching_mail.deliver, request)
        (arrived,) = mailbox.arrived()
        assert receipt.vendor_id == arrived["message_id"]

    async def test_a_worker_that_dies_before_the_answer(
        self, mail: Mail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        request = await email_of(store)
        mailbox.fault({"kind": "delay_after_data", "seconds": 30})
        attempt = asyncio.create_task(run(mail.deliver, request))
        async with asyncio.timeout(60):
            while not await asyncio.to_thread(mailbox.arrived):
                assert not attempt.done()
                await asyncio.sleep(POLL_SECONDS)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        with pytest.raises(ApplicationError) as unknown:
            await run(mail.deliver, request)
        assert unknown.value.type == Failure.OUTCOME_UNKNOWN
        assert len(mailbox.arrived()) == 1

    async def test_an_answer_after_the_timeout(
        self, make: MakeMail, mailbox: MailboxView, store: DocumentStore, http: httpx.AsyncClient
    ) -> None:
        impatient = make(relay_to(mailbox, 0.5), has_arrived=MailProbe(http, mailbox.probe_url))
        request = await email_of(store)
        mailbox.fault({"kind": "delay_after_data", "seconds": 3})
        with pytest.raises(Ambiguous):
            await run(impatient.deliver, request)
        await run(impatient.deliver, request)
        assert len(mailbox.arrived()) == 1

    async def test_a_letter_that_did_not_arrive_is_sent_again_with_the_same_bytes(
        self, searching_mail: Mail, mailbox: MailboxView, store: DocumentStore, engine: AsyncEngine
    ) -> None:
        request = await email_of(store)
        mailbox.fault(DROPPED)
        with pytest.raises(Ambiguous):
            await run(searching_mail.deliver, request)
        (lost,) = mailbox.raw()
        mailbox.clear()
        await run(searching_mail.deliver, request)
        assert mailbox.raw() == [lost]
        assert await OutgoingMails(engine).find(request.key) is None

    @pytest.mark.parametrize("lost", [False, True])
    async def test_a_letter_keeps_its_id_when_the_sender_changes(
        self,
        lost: bool,
        mailbox: MailboxView,
        store: DocumentStore,
        ledger: Ledger,
        engine: AsyncEngine,
        http: httpx.AsyncClient,
    ) -> None:
        def of(sender: str) -> Mail:
            probe = MailProbe(http, mailbox.probe_url)
            return Mail(relay_to(mailbox), Letters(sender), store, ledger, OutgoingMails(engine), has_arrived=probe)

        request = await email_of(store)
        mailbox.fault(
            DROPPED if lost else {"kind": "reply", "stage": "mail", "code": 553, "text": "sender not allowed"}
        )
        with pytest.raises(Ambiguous if lost else ApplicationError):
            await run(of("a@wrong.example").deliver, request)
        receipt = await run(of("b@right.example").deliver, request)
        (arrived,) = mailbox.arrived()
        assert receipt.vendor_id == receipt.details["message_id"] == arrived["message_id"]
        assert arrived["message_id"].endswith("@wrong.example>")

    @pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
    async def test_a_busy_server_is_retried(
        self, stage: str, mail: Mail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        request = await email_of(store)
        mailbox.fault({"kind": "reply", "stage": stage, "code": 451, "times": 2 if stage == "rcpt" else 1})
        with pytest.raises(Transient):
            await run(mail.deliver, request)
        assert mailbox.arrived() == []
        await run(mail.deliver, request)
        assert len(mailbox.arrived()) == 1

    async def test_a_server_that_cannot_be_reached_is_retried(
        self, make: MakeMail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        request = await email_of(store)
        with pytest.raises(Transient):
            await run(make(Relay("127.0.0.1", 1, security="none")).deliver, request)
        await run(make(relay_to(mailbox)).deliver, request)
        assert len(mailbox.arrived()) == 1

    @pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
    async def test_a_refusal_has_the_servers_message(
        self, stage: str, mail: Mail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        mailbox.fault({"kind": "reply", "stage": stage, "code": 554, "text": "5.7.1 We do not want this", "times": 2})
        with pytest.raises(ApplicationError, match=r"554 5\.7\.1 We do not want this") as refusal:
            await run(mail.deliver, await email_of(store))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
        assert mailbox.arrived() == []

    async def test_some_recipients_are_refused(self, mail: Mail, mailbox: MailboxView, store: DocumentStore) -> None:
        mailbox.fault({"kind": "reply", "stage": "rcpt", "code": 550, "text": "5.1.1 No such user"})
        request = await email_of(store)
        receipt = await run(mail.deliver, request)
        assert receipt.state is EffectState.DONE
        assert receipt.details["refused"] == "buyer@acme.example: 550 5.1.1 No such user"
        assert receipt.note == "Some recipients were refused: buyer@acme.example: 550 5.1.1 No such user"
        (arrived,) = mailbox.arrived()
        assert arrived["recipients"] == ["accounts@acme.example"]
        assert await run(mail.deliver, request) == receipt

    async def test_a_copy_alone_is_no_delivery(self, mail: Mail, mailbox: MailboxView, store: DocumentStore) -> None:
        mailbox.fault({"kind": "reply", "stage": "rcpt", "code": 550, "text": "5.1.1 No such user"})
        request = await email_of(store, abroad(recipients=("buyer@acme.example",), bcc=("archive@ours.example",)))
        with pytest.raises(ApplicationError, match=r"550 5\.1\.1 No such user") as refusal:
            await run(mail.deliver, request)
        assert refusal.value.type == Failure.VENDOR_REFUSED
        assert mailbox.arrived() == []

    async def test_a_copy_may_be_refused(self, mail: Mail, mailbox: MailboxView, store: DocumentStore) -> None:
        request = await email_of(store, abroad(recipients=("buyer@acme.example",), cc=("nobody@acme.example",)))
        mailbox.fault({"kind": "reply", "stage": "rcpt", "code": 550, "address": "nobody@acme.example"})
        receipt = await run(mail.deliver, request)
        assert receipt.state is EffectState.DONE
        assert receipt.details["refused"].startswith("nobody@acme.example: 550")
        (arrived,) = mailbox.arrived()
        assert arrived["recipients"] == ["buyer@acme.example"]

    async def test_a_letter_that_is_sent_again_has_the_same_blind_copies(
        self, searching_mail: Mail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        request = await email_of(store, abroad(bcc=("archive@ours.example",)))
        mailbox.fault(DROPPED)
        with pytest.raises(Ambiguous):
            await run(searching_mail.deliver, request)
        (before,) = mailbox.arrived()
        mailbox.clear()
        await run(searching_mail.deliver, request)
        (after,) = mailbox.arrived()
        assert after["recipients"] == before["recipients"]
        assert after["recipients"][-1] == "archive@ours.example"

    @pytest.mark.parametrize("field", ["cc", "bcc"])
    async def test_an_invalid_copy(self, field: str, mail: Mail, mailbox: MailboxView, store: DocumentStore) -> None:
        with pytest.raises(ApplicationError, match="'boss at acme' is not an e-mail") as refusal:
            await run(mail.deliver, await email_of(store, abroad(**{field: ("boss at acme",)})))
        assert refusal.value.non_retryable
        assert mailbox.arrived() == []

    @pytest.mark.parametrize(
        ("recipients", "words"), [((), "no e-mail recipient"), (("buyer at acme",), "'buyer at acme' is not an e-mail")]
    )
    async def test_invalid_recipients(
        self, recipients: tuple[str, ...], words: str, mail: Mail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        with pytest.raises(ApplicationError, match=words) as refusal:
            await run(mail.deliver, await email_of(store, abroad(recipients=recipients)))
        assert refusal.value.non_retryable
        assert mailbox.arrived() == []


class TestSwitchedOff:
    async def test_the_invoice_needs_a_mail_server(self, make: MakeMail, store: DocumentStore) -> None:
        with pytest.raises(ApplicationError, match="No mail server is configured") as refusal:
            await run(make(None).deliver, await email_of(store))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.SWITCHED_OFF, True)

    async def test_the_other_letters_are_skipped(self, make: MakeMail, store: DocumentStore) -> None:
        issued = await issue(store, content(currency=Currency.UZS))
        assert (await run(make(None).notice, issued.request(NOTICE))).state is EffectState.SKIPPED
        reminder = issued.request(REMINDER, days="0", balance="1.00")
        assert (await run(make(None).remind, reminder)).state is EffectState.SKIPPED
