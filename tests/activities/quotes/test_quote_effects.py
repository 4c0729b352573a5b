"""The archive and the letters of quotes, on the real object store and mail server of the stack."""

from email.message import EmailMessage
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.archive.addresses import ArchiveAddresses
from activities.archive.quotes import QuoteArchive
from activities.clients.object_store import ObjectStore
from activities.clients.smtp import Relay
from activities.delivery.letters import Letters
from activities.delivery.outgoing_mail import OutgoingMails
from activities.delivery.quote_letters import QuoteLetters
from activities.delivery.quote_mail import QuoteMail
from activities.ledger.ledger import Ledger
from models.invoice.effects import EffectState
from models.quotes.quote.effects import QuoteEffectName
from models.quotes.quote.links import read_token
from models.values.failure_codes import Failure
from settings import QuoteSettings, S3Settings
from tests.activities.quotes.conftest import QuotePlace, request_of, run
from tests.fixtures.mailbox import MailboxView
from tests.fixtures.quotes import content

E = QuoteEffectName
SECRET = "s" * 40
LINKS = QuoteSettings(public_url="https://quotes.example/", link_secret=SecretStr(SECRET))


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\xa0", " ")


@pytest.fixture
def mail(mailbox: MailboxView, place: QuotePlace, ledger: Ledger, engine: AsyncEngine) -> Any:
    def make(*, relay: bool = True, links: QuoteSettings = LINKS) -> QuoteMail:
        server = Relay(mailbox.host, mailbox.port, security="none", timeout_seconds=60) if relay else None
        letters = QuoteLetters(Letters("quotes@proximaops.example"))
        return QuoteMail(server, letters, place.store, ledger, OutgoingMails(engine), links)

    return make


async def test_the_pdf_of_a_version_is_archived_once(place: QuotePlace, ledger: Ledger, objects: ObjectStore) -> None:
    quote = await place.sent()
    archive = QuoteArchive(objects, ArchiveAddresses(S3Settings()), place.store.pdf, ledger)
    request = request_of(quote, E.ARCHIVE, year="2026")
    receipt = await run(archive.store, request)
    assert receipt.vendor_id == f"quotes/2026/{quote.display_number}.v1.pdf"
    stored = await objects.get(receipt.vendor_id)
    assert stored is not None
    assert stored.content == await place.store.pdf(quote.versions[0].digest)
    assert await run(archive.store, request) == receipt


async def test_a_foreign_file_at_the_key_is_not_overwritten(
    place: QuotePlace, ledger: Ledger, objects: ObjectStore
) -> None:
    quote = await place.sent()
    await objects.create(
        f"quotes/2026/{quote.display_number}.v1.pdf", b"other", "application/pdf", {"sha256": "0" * 64}
    )
    archive = QuoteArchive(objects, ArchiveAddresses(S3Settings()), place.store.pdf, ledger)
    with pytest.raises(ApplicationError, match="holds another document") as refused:
        await run(archive.store, request_of(quote, E.ARCHIVE, year="2026"))
    assert refused.value.type == Failure.VENDOR_REFUSED


async def test_without_an_archive_the_effect_is_skipped(place: QuotePlace, ledger: Ledger) -> None:
    archive = QuoteArchive(None, ArchiveAddresses(S3Settings()), place.store.pdf, ledger)
    receipt = await run(archive.store, request_of(await place.sent(), E.ARCHIVE, year="2026"))
    assert receipt.state is EffectState.SKIPPED


@pytest.mark.parametrize(("language", "subject", "open_it"), [
    ("en", "Quote {} — Migration to the cloud", "Open the quote"),
    ("ru", "Предложение {} — Migration to the cloud", "Открыть предложение"),
])  # fmt: skip
async def test_the_client_gets_pdf_and_link(
    mail: Any, mailbox: MailboxView, place: QuotePlace, language: str, subject: str, open_it: str
) -> None:
    quote = await place.sent(content(language=language, cc=("boss@example.com",)))
    request = request_of(quote, E.EMAIL, link="1")
    receipt = await run(mail().deliver, request)
    assert await run(mail().deliver, request) == receipt
    [_] = mailbox.arrived()
    message = mailbox.message()
    assert message["Subject"] == subject.format(quote.display_number)
    assert message["Cc"] == "boss@example.com"
    html = text_of(message, "html")
    assert open_it in html
    token = html.partition("https://quotes.example/q/")[2].partition('"')[0]
    grant = read_token(SECRET.encode(), token)
    assert grant is not None
    assert (grant.quote_id, grant.number) == (quote.id, 1)
    [pdf] = message.iter_attachments()
    assert pdf.get_filename() == f"Quote_{quote.display_number}.pdf"
    assert pdf.get_content() == await place.store.pdf(quote.versions[0].digest)


async def test_without_links_the_letter_asks_for_a_reply(mail: Any, mailbox: MailboxView, place: QuotePlace) -> None:
    await run(mail(links=QuoteSettings()).deliver, request_of(await place.sent(), E.EMAIL, link="1"))
    text = text_of(mailbox.message())
    assert "To accept it, simply reply" in text
    assert "http" not in text


async def test_a_reminder_and_a_notice(mail: Any, mailbox: MailboxView, place: QuotePlace) -> None:
    quote = await place.sent()
    await run(mail().remind, request_of(quote, E.REMINDER, days="1"))
    assert mailbox.message()["Subject"] == f"Reminder: quote {quote.display_number} is valid until 31 March 2026"
    mailbox.clear()
    await run(mail().notice, request_of(quote, E.NOTICE, answer="declined", reason="too dear"))
    notice = mailbox.message()
    assert notice["To"] == "finance@example.com"
    assert "has been declined: too dear" in text_of(notice)


async def test_without_a_mail_server_a_delivery_fails_and_a_reminder_is_skipped(mail: Any, place: QuotePlace) -> None:
    quote, silent = await place.sent(), mail(relay=False)
    with pytest.raises(ApplicationError) as refused:
        await run(silent.deliver, request_of(quote, E.EMAIL, link="1"))
    assert refused.value.type == Failure.SWITCHED_OFF
    assert (await run(silent.remind, request_of(quote, E.REMINDER, days="1"))).state is EffectState.SKIPPED
