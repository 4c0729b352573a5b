"""Mail: each letter arrives once, a lost confirmation is never answered by a second copy, and the words are right."""

import asyncio
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

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
from activities.documents.store import StoredDocuments
from activities.ledger.ledger import Ledger
from models.invoice.content.content import Content
from models.invoice.effects import EffectName, EffectState
from models.invoice.ports import EffectRequest
from models.values.failure_codes import Failure
from models.values.money import Currency
from tests.fixtures.issued_invoices import abroad, content, issue, run
from tests.fixtures.mailbox import MailboxView

EMAIL, NOTICE, REMINDER = EffectName.EMAIL, EffectName.NOTICE, EffectName.REMINDER
NBSP = "\xa0"
CUT = {"kind": "accept_then_drop"}
SENDER = "invoices@proximaops.example"
MakeMail = Callable[..., Mail]


@pytest.fixture
def make(mailbox: MailboxView, stored: StoredDocuments, ledger: Ledger, engine: AsyncEngine) -> MakeMail:
    def make(relay: Relay | None, **more: Any) -> Mail:
        return Mail(relay, Letters(SENDER), stored, ledger, OutgoingMails(engine), **more)

    return make


def relay_to(mailbox: MailboxView, timeout_seconds: float = 5) -> Relay:
    return Relay(mailbox.host, mailbox.port, security="none", timeout_seconds=timeout_seconds)


@pytest.fixture
def mail(make: MakeMail, mailbox: MailboxView) -> Mail:
    """As with an ordinary mail server, which cannot be asked what arrived."""
    return make(relay_to(mailbox), archive_url="https://invoices.example")


@pytest.fixture
def searching(make: MakeMail, mailbox: MailboxView, http: httpx.AsyncClient) -> Mail:
    return make(relay_to(mailbox), has_arrived=MailProbe(http, mailbox.probe_url))


async def email_of(stored: StoredDocuments, said: Content | None = None) -> EffectRequest:
    return (await issue(stored, said or abroad())).request(EMAIL)


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace(NBSP, " ")


class TestLetters:
    async def test_the_invoice(self, mail: Mail, mailbox: MailboxView, stored: StoredDocuments) -> None:
        issued = await issue(stored, abroad())
        receipt = await run(mail.deliver, issued.request(EMAIL))
        message = mailbox.message()
        assert message["Subject"] == f"Invoice {issued.number} — February 2026"
        assert message["From"] == f"ProximaOps LLC <{SENDER}>"
        assert message["To"] == "buyer@acme.example, accounts@acme.example"
        assert message["Reply-To"] == "finance@proximaops.example"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Message-ID"] == receipt.vendor_id
        assert receipt.vendor_id is not None
        assert receipt.vendor_id.endswith("@proximaops.example>")
        text = text_of(message)
        for said in ("USD 15,825,000.00", "15 April 2026", "20208000905123456001", "KACHUZ22", "under agreement D-12"):
            assert said in text
        (attachment,) = message.iter_attachments()
        assert attachment.get_filename() == f"Invoice_{issued.number}.pdf"
        assert attachment.get_content_type() == "application/pdf"
        assert attachment.get_payload(decode=True) == issued.pdf
        (arrived,) = mailbox.arrived()
        assert arrived["recipients"] == ["buyer@acme.example", "accounts@acme.example"]
        assert arrived["envelope_from"] == SENDER

    async def test_a_local_client_is_written_to_in_russian(
        self, mail: Mail, mailbox: MailboxView, stored: StoredDocuments
    ) -> None:
        issued = await issue(stored)
        await run(mail.deliver, issued.request(EMAIL))
        message = mailbox.message()
        assert message["Subject"] == f"Акт выполненных работ {issued.number} — февраль 2026 г."
        assert message["From"] == f"ООО «ProximaOps» <{SENDER}>"
        text = text_of(message)
        for said in ("15 825 000,00 сум", "срок оплаты 15 апреля 2026 г.", "МФО: 01088", "ИНН: 309630523"):
            assert said in text
        (attachment,) = message.iter_attachments()
        assert attachment.get_filename() == f"Act_{issued.number}.pdf"

    async def test_what_people_typed_is_text_in_the_html_part(
        self, mail: Mail, mailbox: MailboxView, stored: StoredDocuments
    ) -> None:
        await run(mail.deliver, await email_of(stored, abroad(application_name="<script>\nR&D")))
        body = mailbox.message().get_body(("html",))
        assert body is not None
        html = body.get_content()
        assert "&lt;script&gt; R&amp;D" in html
        assert "<script>" not in html

    async def test_the_notice_to_finance(self, mail: Mail, mailbox: MailboxView, stored: StoredDocuments) -> None:
        issued = await issue(stored)
        await run(mail.notice, issued.request(NOTICE))
        message = mailbox.message()
        assert message["To"] == "finance@proximaops.example"
        assert message["Subject"] == f"Approved: act {issued.number} — Acme Corp LLC, UZS 15,825,000.00"
        assert f"Act {issued.number} for Acme Corp LLC (February 2026) has been approved." in text_of(message)
        assert f"Act: {issued.number}" in text_of(message).splitlines()
        assert "nvoice" not in text_of(message).replace("https://invoices.example/invoices/", "")
        assert f"https://invoices.example/invoices/2026/APP-001/Act_{issued.number}.pdf" in text_of(message)
        assert list(message.iter_attachments()) == []

    async def test_the_notice_of_an_english_invoice(
        self, mail: Mail, mailbox: MailboxView, stored: StoredDocuments
    ) -> None:
        issued = await issue(stored, abroad())
        await run(mail.notice, issued.request(NOTICE))
        message = mailbox.message()
        assert message["Subject"] == f"Approved: invoice {issued.number} — Acme Corp LLC, USD 15,825,000.00"
        assert f"Invoice: {issued.number}" in text_of(message).splitlines()

    @pytest.mark.parametrize(
        ("days", "subject", "said"),
        [
            ("-7", "Reminder: invoice {} is due on 15 April 2026", "friendly reminder"),
            ("0", "Payment due: invoice {}, 15 April 2026", "is due on 15 April 2026"),
            ("7", "Overdue: invoice {} was due on 15 April 2026", "has not reached us yet"),
        ],
    )
    async def test_reminders(
        self, days: str, subject: str, said: str, mail: Mail, mailbox: MailboxView, stored: StoredDocuments
    ) -> None:
        issued = await issue(stored, abroad())
        await run(mail.remind, issued.request(REMINDER, days=days, balance="825000.00"))
        message = mailbox.message()
        assert message["Subject"] == subject.format(issued.number)
        text = text_of(message)
        assert said in text
        assert "Still to be paid: USD 825,000.00" in text
        (attachment,) = message.iter_attachments()
        assert attachment.get_payload(decode=True) == issued.pdf

    @pytest.mark.parametrize(
        ("days", "subject"),
        [
            ("-7", "Напоминание об оплате акта {}: срок 15 апреля 2026 г."),
            ("0", "Срок оплаты акта {}: 15 апреля 2026 г."),
            ("15", "Просрочена оплата акта {}: срок был 15 апреля 2026 г."),
        ],
    )
    async def test_reminders_in_russian(
        self, days: str, subject: str, mail: Mail, mailbox: MailboxView, stored: StoredDocuments
    ) -> None:
        issued = await issue(stored)
        await run(mail.remind, issued.request(REMINDER, days=days, balance="825000.00"))
        message = mailbox.message()
        assert message["Subject"] == subject.format(issued.number)
        assert "Остаток к оплате: 825 000,00 сум" in text_of(message)


class TestOnce:
    async def test_a_repeated_call_returns_the_same_receipt(
        self, mail: Mail, mailbox: MailboxView, stored: StoredDocuments
    ) -> None:
        request = await email_of(stored)
        assert await run(mail.deliver, request) == await run(mail.deliver, request)
        assert len(mailbox.arrived()) == 1

    async def test_fifty_at_once(self, mail: Mail, mailbox: MailboxView, stored: StoredDocuments) -> None:
        """As many as a worker runs beside each other; each holds the ledger while it reads and writes its letter."""
        requests = [await email_of(stored) for _ in range(50)]
        receipts = await asyncio.gather(*(run(mail.deliver, request) for request in requests))
        assert {receipt.vendor_id for receipt in receipts} == {each["message_id"] for each in mailbox.arrived()}
        assert len(mailbox.arrived()) == 50

    async def test_a_lost_confirmation_is_for_a_person(
        self, mail: Mail, mailbox: MailboxView, stored: StoredDocuments, ledger: Ledger
    ) -> None:
        request = await email_of(stored)
        mailbox.fault(CUT)
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

    async def test_unless_the_mailbox_can_be_asked(
        self, searching: Mail, mailbox: MailboxView, stored: StoredDocuments
    ) -> None:
        request = await email_of(stored)
        mailbox.fault(CUT)
        with pytest.raises(Ambiguous):
            await run(searching.deliver, request)
        receipt = await run(searching.deliver, request)
        (arrived,) = mailbox.arrived()
        assert receipt.vendor_id == arrived["message_id"]

    async def test_a_worker_that_dies_before_it_hears_the_answer(
        self, mail: Mail, mailbox: MailboxView, stored: StoredDocuments
    ) -> None:
        request = await email_of(stored)
        mailbox.fault({"kind": "delay_after_data", "seconds": 3})
        attempt = asyncio.create_task(run(mail.deliver, request))
        async with asyncio.timeout(10):
            while not await asyncio.to_thread(mailbox.arrived):
                assert not attempt.done()
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        with pytest.raises(ApplicationError) as unknown:
            await run(mail.deliver, request)
        assert unknown.value.type == Failure.OUTCOME_UNKNOWN
        assert len(mailbox.arrived()) == 1

    async def test_an_answer_that_comes_too_late(
        self, make: MakeMail, mailbox: MailboxView, stored: StoredDocuments, http: httpx.AsyncClient
    ) -> None:
        impatient = make(relay_to(mailbox, 0.5), has_arrived=MailProbe(http, mailbox.probe_url))
        request = await email_of(stored)
        mailbox.fault({"kind": "delay_after_data", "seconds": 3})
        with pytest.raises(Ambiguous):
            await run(impatient.deliver, request)
        await run(impatient.deliver, request)
        assert len(mailbox.arrived()) == 1

    async def test_what_certainly_did_not_arrive_is_sent_again_to_the_letter(
        self, searching: Mail, mailbox: MailboxView, stored: StoredDocuments, engine: AsyncEngine
    ) -> None:
        request = await email_of(stored)
        mailbox.fault(CUT)
        with pytest.raises(Ambiguous):
            await run(searching.deliver, request)
        (lost,) = mailbox.raw()
        mailbox.clear()
        await run(searching.deliver, request)
        assert mailbox.raw() == [lost]
        assert await OutgoingMails(engine).find(request.key) is None

    @pytest.mark.parametrize("lost", [False, True])
    async def test_a_letter_keeps_its_id_when_the_sender_changes(
        self,
        lost: bool,
        mailbox: MailboxView,
        stored: StoredDocuments,
        ledger: Ledger,
        engine: AsyncEngine,
        http: httpx.AsyncClient,
    ) -> None:
        def of(sender: str) -> Mail:
            probe = MailProbe(http, mailbox.probe_url)
            return Mail(relay_to(mailbox), Letters(sender), stored, ledger, OutgoingMails(engine), has_arrived=probe)

        request = await email_of(stored)
        mailbox.fault(CUT if lost else {"kind": "reply", "stage": "mail", "code": 553, "text": "sender not allowed"})
        with pytest.raises(Ambiguous if lost else ApplicationError):
            await run(of("a@wrong.example").deliver, request)
        receipt = await run(of("b@right.example").deliver, request)
        (arrived,) = mailbox.arrived()
        assert receipt.vendor_id == receipt.details["message_id"] == arrived["message_id"]
        assert arrived["message_id"].endswith("@wrong.example>")

    @pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
    async def test_a_busy_server_is_tried_again(
        self, stage: str, mail: Mail, mailbox: MailboxView, stored: StoredDocuments
    ) -> None:
        request = await email_of(stored)
        mailbox.fault({"kind": "reply", "stage": stage, "code": 451, "times": 2 if stage == "rcpt" else 1})
        with pytest.raises(Transient):
            await run(mail.deliver, request)
        assert mailbox.arrived() == []
        await run(mail.deliver, request)
        assert len(mailbox.arrived()) == 1

    async def test_so_is_one_that_cannot_be_reached(
        self, make: MakeMail, mailbox: MailboxView, stored: StoredDocuments
    ) -> None:
        request = await email_of(stored)
        with pytest.raises(Transient):
            await run(make(Relay("127.0.0.1", 1, security="none")).deliver, request)
        await run(make(relay_to(mailbox)).deliver, request)
        assert len(mailbox.arrived()) == 1

    @pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
    async def test_a_refusal_is_told_in_the_servers_words(
        self, stage: str, mail: Mail, mailbox: MailboxView, stored: StoredDocuments
    ) -> None:
        mailbox.fault({"kind": "reply", "stage": stage, "code": 554, "text": "5.7.1 We do not want this", "times": 2})
        with pytest.raises(ApplicationError, match=r"554 5\.7\.1 We do not want this") as refusal:
            await run(mail.deliver, await email_of(stored))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.VENDOR_REFUSED, True)
        assert mailbox.arrived() == []

    async def test_some_recipients_are_refused(self, mail: Mail, mailbox: MailboxView, stored: StoredDocuments) -> None:
        mailbox.fault({"kind": "reply", "stage": "rcpt", "code": 550, "text": "5.1.1 No such user"})
        request = await email_of(stored)
        receipt = await run(mail.deliver, request)
        assert receipt.state is EffectState.DONE
        assert receipt.details["refused"] == "buyer@acme.example: 550 5.1.1 No such user"
        assert receipt.note == "Some recipients were refused: buyer@acme.example: 550 5.1.1 No such user"
        (arrived,) = mailbox.arrived()
        assert arrived["recipients"] == ["accounts@acme.example"]
        assert await run(mail.deliver, request) == receipt

    @pytest.mark.parametrize(
        ("recipients", "said"), [((), "no e-mail recipient"), (("buyer at acme",), "'buyer at acme' is not an e-mail")]
    )
    async def test_recipients_that_nobody_can_write_to(
        self, recipients: tuple[str, ...], said: str, mail: Mail, mailbox: MailboxView, stored: StoredDocuments
    ) -> None:
        with pytest.raises(ApplicationError, match=said) as refusal:
            await run(mail.deliver, await email_of(stored, abroad(recipients=recipients)))
        assert refusal.value.non_retryable
        assert mailbox.arrived() == []


class TestSwitchedOff:
    async def test_the_invoice_needs_a_mail_server(self, make: MakeMail, stored: StoredDocuments) -> None:
        with pytest.raises(ApplicationError, match="No mail server is configured") as refusal:
            await run(make(None).deliver, await email_of(stored))
        assert (refusal.value.type, refusal.value.non_retryable) == (Failure.SWITCHED_OFF, True)

    async def test_the_other_letters_are_left_out(self, make: MakeMail, stored: StoredDocuments) -> None:
        issued = await issue(stored, content(currency=Currency.UZS))
        assert (await run(make(None).notice, issued.request(NOTICE))).state is EffectState.SKIPPED
        reminder = issued.request(REMINDER, days="0", balance="1.00")
        assert (await run(make(None).remind, reminder)).state is EffectState.SKIPPED
