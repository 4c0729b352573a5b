"""The effects of e-mail for their tests, a client of the embedded mail server, and a request."""

from collections.abc import Callable
from email.message import EmailMessage

from activities.clients.smtp import Relay
from activities.delivery.mail import Mail
from activities.documents.store import DocumentStore
from models.invoice.content.content import Content
from models.invoice.effects import EffectName
from models.invoice.ports import EffectRequest
from tests.fixtures.issued_invoices import abroad, issue
from tests.fixtures.mailbox import MailboxView

EMAIL, NOTICE, REMINDER = EffectName.EMAIL, EffectName.NOTICE, EffectName.REMINDER
SENDER = "invoices@proximaops.example"
MakeMail = Callable[..., Mail]


def relay_to(mailbox: MailboxView, timeout_seconds: float = 60) -> Relay:
    return Relay(mailbox.host, mailbox.port, security="none", timeout_seconds=timeout_seconds)


async def email_of(store: DocumentStore, content: Content | None = None) -> EffectRequest:
    return (await issue(store, content or abroad())).request(EMAIL)


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\xa0", " ")


def html_of(message: EmailMessage) -> str:
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content()).replace("\xa0", " ")
