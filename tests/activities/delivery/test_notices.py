"""The texts of the notices to finance and of the reminders."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from activities.archive.addresses import ArchiveAddresses
from activities.delivery.mail import Mail
from activities.documents.formatting import long_date
from activities.documents.store import DocumentStore
from models.values.period import BILLING_ZONE, local_day
from settings import S3Settings
from tests.activities.delivery.mails import (
    NOTICE,
    REMINDER,
    MakeMail,
    relay_to,
    text_of,
)
from tests.fixtures.issued_invoices import abroad, issue, run
from tests.fixtures.mailbox import MailboxView


class TestNotices:
    async def test_the_notice_to_finance(self, mail: Mail, mailbox: MailboxView, store: DocumentStore) -> None:
        issued = await issue(store)
        await run(mail.notice, issued.request(NOTICE))
        message = mailbox.message()
        assert message["To"] == "finance@proximaops.example"
        assert message["Subject"] == f"Approved: act {issued.number} — Acme Corp LLC, UZS 15,825,000.00"
        assert f"Act {issued.number} for Acme Corp LLC (February 2026) has been approved." in text_of(message)
        assert f"Act: {issued.number}" in text_of(message).splitlines()
        assert "nvoice" not in text_of(message).replace("https://invoices.example/invoices/", "")
        assert f"https://invoices.example/invoices/2026/APP-001/Act_{issued.number}.pdf" in text_of(message)
        assert list(message.iter_attachments()) == []

    async def test_the_notice_has_the_link_of_a_key_with_a_secret_part(
        self, make: MakeMail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        s3 = S3Settings(public_url="https://invoices.example", link_secret=SecretStr("s" * 32))
        issued = await issue(store)
        await run(make(relay_to(mailbox), archive=ArchiveAddresses(s3)).notice, issued.request(NOTICE))
        text = text_of(mailbox.message())
        assert re.search(
            rf"https://invoices\.example/invoices/2026/APP-001/Act_{issued.number}\.[0-9a-f]{{32}}\.pdf", text
        )
        assert "expires" not in text

    async def test_the_notice_says_when_a_signed_link_expires(
        self, make: MakeMail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        s3 = S3Settings(
            public_url="https://s3.example", links="signed", access_key="key", secret_key=SecretStr("x"), link_days=2
        )
        issued = await issue(store)
        before = datetime.now(UTC)
        await run(make(relay_to(mailbox), archive=ArchiveAddresses(s3)).notice, issued.request(NOTICE))
        text = text_of(mailbox.message())
        assert f"https://s3.example/proxima-invoices/invoices/2026/APP-001/Act_{issued.number}.pdf?X-Amz-" in text
        days = (before + timedelta(days=2), datetime.now(UTC) + timedelta(days=2))  # both, if the day changes meanwhile
        shown = {long_date(local_day(day, BILLING_ZONE), "en").replace("\xa0", " ") for day in days}
        assert any(f"and expires on {day}." in text for day in shown)

    async def test_the_notice_of_an_english_invoice(
        self, mail: Mail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        issued = await issue(store, abroad())
        await run(mail.notice, issued.request(NOTICE))
        message = mailbox.message()
        assert message["Subject"] == f"Approved: invoice {issued.number} — Acme Corp LLC, USD 15,825,000.00"
        assert f"Invoice: {issued.number}" in text_of(message).splitlines()

    @pytest.mark.parametrize(
        ("days", "subject", "words"),
        [
            ("-7", "Reminder: invoice {} is due on 15 April 2026", "friendly reminder"),
            ("0", "Payment due: invoice {}, 15 April 2026", "is due on 15 April 2026"),
            ("7", "Overdue: invoice {} was due on 15 April 2026", "has not reached us yet"),
        ],
    )
    async def test_reminders(
        self, days: str, subject: str, words: str, mail: Mail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        issued = await issue(store, abroad())
        await run(mail.remind, issued.request(REMINDER, days=days, balance="825000.00"))
        message = mailbox.message()
        assert message["Subject"] == subject.format(issued.number)
        text = text_of(message)
        assert words in text
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
        self, days: str, subject: str, mail: Mail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        await run(mail.remind, issued.request(REMINDER, days=days, balance="825000.00"))
        message = mailbox.message()
        assert message["Subject"] == subject.format(issued.number)
        assert "Остаток к оплате: 825 000,00 сум" in text_of(message)
