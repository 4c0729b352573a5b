"""The effects of e-mail for their tests, a client of the embedded mail server, and a request."""

from collections.abc import Callable

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
