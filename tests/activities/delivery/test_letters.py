"""The texts, headers and attachments of the e-mails."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pytest
from pydantic import SecretStr

from activities.archive.addresses import ArchiveAddresses
from activities.archive.archived import stored_as
from activities.delivery.mail import Mail
from activities.documents.store import DocumentStore
from activities.ledger.effect_steps import EffectSteps, Payload
from activities.ledger.entry import Found
from activities.ledger.ledger import Ledger
from models.invoice.content.content import Content
from models.invoice.content.lines import LineType
from models.invoice.effects import EffectName
from models.issuer.issuer import BankAccount
from models.values.money import Currency
from settings import S3Settings
from tests.activities.delivery.mails import (
    EMAIL,
    NOTICE,
    REMINDER,
    SENDER,
    MakeMail,
    email_of,
    html_of,
    relay_to,
    text_of,
)
from tests.fixtures.issued_invoices import ISSUER, abroad, content, issue, line, run
from tests.fixtures.mailbox import MailboxView


@dataclass
class Archived(EffectSteps):
    """An upload that succeeded at once."""

    request: Payload

    def payload(self) -> Payload:
        return self.request

    async def probe(self) -> Found | None:
        return None

    async def create(self) -> Found:
        return Found("key")


class TestLetters:
    async def test_the_invoice(self, mail: Mail, mailbox: MailboxView, store: DocumentStore) -> None:
        issued = await issue(store, abroad())
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
        for words in ("USD 15,825,000.00", "15 April 2026", "20208000905123456001", "KACHUZ22", "under agreement D-12"):
            assert words in text
        (attachment,) = message.iter_attachments()
        assert attachment.get_filename() == f"Invoice_{issued.number}.pdf"
        assert attachment.get_content_type() == "application/pdf"
        assert attachment.get_payload(decode=True) == issued.pdf
        (arrived,) = mailbox.arrived()
        assert arrived["recipients"] == ["buyer@acme.example", "accounts@acme.example"]
        assert arrived["envelope_from"] == SENDER

    async def test_a_local_client_receives_the_invoice_in_russian(
        self, mail: Mail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        await run(mail.deliver, issued.request(EMAIL))
        message = mailbox.message()
        assert message["Subject"] == f"Акт выполненных работ {issued.number} — февраль 2026 г."
        assert message["From"] == f"ООО «ProximaOps» <{SENDER}>"
        text = text_of(message)
        for words in ("15 825 000,00 сум", "срок оплаты 15 апреля 2026 г.", "МФО: 01088", "ИНН: 309630523"):
            assert words in text
        (attachment,) = message.iter_attachments()
        assert attachment.get_filename() == f"Act_{issued.number}.pdf"

    async def test_the_reference_of_a_payment_in_russian(
        self, mail: Mail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        issued = await issue(store)
        await run(mail.deliver, issued.request(EMAIL))
        assert f"Назначение платежа: Оплата по акту № {issued.number}" in text_of(mailbox.message()).splitlines()

    async def test_both_parts_tell_how_to_pay(self, mail: Mail, mailbox: MailboxView, store: DocumentStore) -> None:
        issued = await issue(store, abroad())
        await run(mail.deliver, issued.request(EMAIL))
        message = mailbox.message()
        for words in (
            ("Amount due", "USD 15,825,000.00"),
            ("Due date", "15 April 2026"),
            ("Beneficiary", "ProximaOps LLC"),
            ("Account", "20208000905123456001"),
            ("SWIFT/BIC", "KACHUZ22"),
            ("Payment reference", issued.number),
        ):
            assert ": ".join(words) in text_of(message).splitlines()
            between = r"\s*(<[^>]*>\s*)+"
            assert re.search(between.join(map(re.escape, words)), html_of(message))

    async def test_the_account_is_that_of_the_currency(
        self, mail: Mail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        account = BankAccount(currency=Currency.USD, account_number="2020 8840 USD", bank_name="Dollar Bank")
        issuer = ISSUER.model_copy(update={"accounts": (account,)}).paid_in(Currency.USD)
        await run(mail.deliver, await email_of(store, abroad(issuer=issuer)))
        lines = text_of(mailbox.message()).splitlines()
        assert {"Account: 2020 8840 USD", "Bank: Dollar Bank"} <= set(lines)
        assert not [each for each in lines if each.startswith(("MFO", "SWIFT"))]

    async def test_an_invoice_of_nothing_asks_for_no_payment(
        self, mail: Mail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        free = line(LineType.SUPPORT, "0.00")
        await run(mail.deliver, await email_of(store, abroad(lines=(free,), totals=content(free).totals)))
        message = mailbox.message()
        assert "There is nothing to pay for this invoice." in text_of(message)
        assert "20208000905123456001" not in text_of(message) + html_of(message)

    async def test_nothing_is_fetched_from_outside(
        self, mail: Mail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        await run(mail.deliver, await email_of(store))
        assert not re.search(r"src=|url\(|@import|<link|<script|<img", html_of(mailbox.message()))

    async def test_the_letter_has_a_link_once_the_pdf_is_archived(
        self, mail: Mail, mailbox: MailboxView, store: DocumentStore, ledger: Ledger
    ) -> None:
        issued = await issue(store, abroad())
        await run(mail.deliver, issued.request(EMAIL))
        assert "https://" not in text_of(mailbox.message()) + html_of(mailbox.message())
        mailbox.clear()
        key = f"invoices/2026/APP-001/Act_{issued.number}.pdf"
        await ledger.execute(issued.request(EffectName.ARCHIVE), Archived(stored_as(key, "another document")))
        await run(mail.deliver, issued.request(EMAIL, revision=6))
        assert "https://" not in text_of(mailbox.message()) + html_of(mailbox.message())
        mailbox.clear()
        archived = Archived(stored_as(key, issued.document.sha256))
        await ledger.execute(issued.request(EffectName.ARCHIVE, revision=7), archived)
        await run(mail.deliver, issued.request(EMAIL, revision=8))
        assert f"PDF in the archive: https://invoices.example/{key}" in text_of(mailbox.message()).splitlines()
        assert f'<a href="https://invoices.example/{key}"' in html_of(mailbox.message())

    @pytest.mark.parametrize(
        ("made", "sentences"),
        [
            (
                abroad,
                ("The same PDF can be opened with the link in this e-mail", "If anything in the invoice"),
            ),
            (content, ("Этот же PDF можно открыть по ссылке в письме", "Если у вас есть вопросы по акту")),
        ],
    )
    @pytest.mark.parametrize("links", ["secret", "signed"])
    async def test_each_sentence_about_the_link_is_a_paragraph(
        self,
        links: Literal["secret", "signed"],
        made: Callable[[], Content],
        sentences: tuple[str, str],
        make: MakeMail,
        mailbox: MailboxView,
        store: DocumentStore,
        ledger: Ledger,
    ) -> None:
        secret = SecretStr("s" * 32)
        s3 = S3Settings(
            public_url="https://s3.example", links=links, link_secret=secret, access_key="key", secret_key=secret
        )
        addresses = ArchiveAddresses(s3)
        issued = await issue(store, made())
        stored = stored_as(addresses.key(made(), issued.number), issued.document.sha256)
        await ledger.execute(issued.request(EffectName.ARCHIVE), Archived(stored))
        await run(make(relay_to(mailbox), archive=addresses).deliver, issued.request(EMAIL))
        lines = text_of(mailbox.message()).splitlines()
        link, closing = ([line for line in lines if line.startswith(words)] for words in sentences)
        assert len(link) == len(closing) == 1
        assert link[0].endswith(".")
        assert (" until " in link[0] or " до " in link[0]) == (links == "signed")

    async def test_copies(self, mail: Mail, mailbox: MailboxView, store: DocumentStore) -> None:
        """An address that stands in several lists gets one copy; a blind copy is nowhere in the bytes."""
        copied = abroad(
            recipients=("buyer@acme.example",),
            cc=("boss@acme.example", "Buyer@acme.example"),
            bcc=("Archive@ours.example", "boss@acme.example", "archive@ours.example"),
        )
        issued = await issue(store, copied)
        reminder = issued.request(REMINDER, days="0", balance="1.00")
        for effect, request in ((mail.deliver, issued.request(EMAIL)), (mail.remind, reminder)):
            mailbox.clear()
            await run(effect, request)
            message = mailbox.message()
            assert (message["To"], message["Cc"]) == ("buyer@acme.example", "boss@acme.example")
            (arrived,) = mailbox.arrived()
            assert arrived["recipients"] == ["buyer@acme.example", "boss@acme.example", "archive@ours.example"]
            assert b"bcc" not in mailbox.raw()[0].lower()
            assert b"archive@ours" not in mailbox.raw()[0].lower()
        mailbox.clear()
        await run(mail.notice, issued.request(NOTICE))
        (arrived,) = mailbox.arrived()
        assert arrived["recipients"] == ["finance@proximaops.example"]

    async def test_entered_text_is_escaped_in_the_html_part(
        self, mail: Mail, mailbox: MailboxView, store: DocumentStore
    ) -> None:
        await run(mail.deliver, await email_of(store, abroad(application_name="<script>\nR&D")))
        html = html_of(mailbox.message())
        assert "&lt;script&gt; R&amp;D" in html
        assert "<script>" not in html
