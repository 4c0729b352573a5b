"""The e-mails of Aktum: the invoice, its reminders, and the notice to finance about an approval.

A letter is composed from the snapshot of the content, so that its values are those of the document. Invoices and
reminders are in the language of the document.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from activities.archive.addresses import ArchiveLink
from activities.delivery.address_headers import AddressRefused, set_addresses
from activities.delivery.responsible import Responsible
from activities.documents.formatting import NBSP, long_date, money, period_title
from activities.documents.legal_names import legal_name
from models.documents.file_name import file_name
from models.documents.view import DocumentKind
from models.invoice.content.basis import ServiceBasis
from models.invoice.content.content import Content
from models.invoice.deadlines.fired import Step
from models.invoice.effects import EffectName
from models.invoice.ports import EffectRequest
from models.values.email_address import ascii_address
from models.values.period import BILLING_ZONE, local_day
from models.values.text import printable

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[2] / "templates" / "mail"),
    autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# The namespace of Message-IDs: the same effect key always gives the same id.
MESSAGE_IDS = uuid.UUID("6f0c8a52-5a0e-4a5b-9d6b-2f6f3c1f7b10")
# The language of the notices to finance.
NOTICE_LANGUAGE = "en"

# What a payer writes on the transfer, so that the payment is matched at once.
REFERENCES = {"en": "{}", "ru": "Оплата по акту № {}"}

Rows = list[tuple[str, str]]


class HasBlindCopies(Protocol):
    """What an invoice and a quote have in common for their letters."""

    @property
    def bcc(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Letters:
    """Composes the letters. `sender` and `reply_to` are addresses; without `reply_to` replies go to finance."""

    sender: str
    reply_to: str | None = None

    def invoice(
        self, request: EffectRequest, content: Content, pdf: bytes, link: ArchiveLink | None, now: datetime
    ) -> EmailMessage:
        """Return the letter that delivers the invoice, with its PDF and, if it is archived, a link to it.

        Raises AddressRefused.
        """
        words = self._words(request, content, content.language, link)
        words |= {"amount": words["total"], "payable": content.totals.total_amount > 0}
        summary = _summary(words, "period", "amount", "due")
        return self._client_letter(request, content, pdf, now, "invoice", words, summary)

    def reminder(
        self, request: EffectRequest, content: Content, pdf: bytes, link: ArchiveLink | None, now: datetime
    ) -> EmailMessage:
        """Return a reminder with the balance and the PDF. `days` counts from the due date. Raises AddressRefused."""
        language = content.language
        balance = money(Decimal(request.argument["balance"]), content.currency, language)
        words = self._words(request, content, language, link)
        words |= {"days": int(request.argument["days"]), "balance": balance, "payable": True}
        summary = _summary(words, "period", "total", "balance", "due")
        return self._client_letter(request, content, pdf, now, "reminder", words, summary)

    def notice(self, request: EffectRequest, content: Content, link: ArchiveLink | None, now: datetime) -> EmailMessage:
        """Return the notice to finance about an approval, with a link to the archived PDF if there is one."""
        assert content.issuer.notice_email, "a notice is enqueued only if finance has an address"
        words = self._words(request, content, NOTICE_LANGUAGE, link)
        summary = _summary(words, "client", "period", "total", "due")
        return self._message(request, content, (content.issuer.notice_email,), now, "notice", words, summary)

    def bounce_notice(self, request: EffectRequest, content: Content, now: datetime) -> EmailMessage:
        """Return the letter to finance about a letter that did not arrive."""
        assert content.issuer.notice_email, "a notice is enqueued only if finance has an address"
        words = self._words(request, content, NOTICE_LANGUAGE, None)
        words |= {
            "letter": "letter" if request.argument["letter"] == EffectName.EMAIL else "reminder",
            "undelivered": printable(request.argument["undelivered"]),
        }
        summary = _summary(words, "client", "total", "due")
        return self._message(request, content, (content.issuer.notice_email,), now, "bounce_notice", words, summary)

    def deadline_notice(
        self, request: EffectRequest, content: Content, people: Responsible, now: datetime
    ) -> EmailMessage:
        """Return the letter about what an invoice waits for, to those who must act; to finance if they have no address.

        Raises AddressRefused.
        """
        argument = request.argument
        since = datetime.fromisoformat(argument["since"])
        words = self._words(request, content, NOTICE_LANGUAGE, None)
        words |= {
            "kind": argument["kind"],
            "effect": argument.get("effect", "").rpartition(":")[2].replace("_", " "),
            "escalation": argument["step"] == Step.ESCALATION,
            "role": argument["role"],
            "since": f"{since.astimezone(ZoneInfo(content.issuer.zone)):%Y-%m-%d %H:%M}",
            "nobody": "" if people.addresses else people.nobody,
        }
        finance = (content.issuer.notice_email,) if content.issuer.notice_email else ()
        summary = _summary(words, "client", "period", "total")
        return self._message(request, content, people.addresses or finance, now, "deadline_notice", words, summary)

    def message_id(self, key: str) -> str:
        """Return the Message-ID of an effect."""
        return f"<{uuid.uuid5(MESSAGE_IDS, key)}@{self.domain}>"

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2]

    @staticmethod
    def _words(request: EffectRequest, content: Content, language: str, link: ArchiveLink | None) -> dict[str, Any]:
        expires = link.expires_at if link else None
        service = content.basis if isinstance(content.basis, ServiceBasis) else None
        words = {
            "language": language,
            "document": DocumentKind.of(content).value,
            "number": request.display_number,
            "period": period_title(content.period, language),
            "client": legal_name(content.customer, language),
            "service": service.application_name if service else None,
            "agreement": service.agreement_number if service else None,
            "total": money(content.totals.total_amount, content.currency, language),
            "due": long_date(content.payable_by(request.due), language),
            "issuer": legal_name(content.issuer.party, language),
            "link": link.url if link else None,
            "link_expires": long_date(local_day(expires, BILLING_ZONE), language) if expires else None,
        }
        # Line breaks are removed, because a subject and a name may have none, and so is what turns a text around.
        return {name: printable(" ".join(text.splitlines())) if text else text for name, text in words.items()}

    def _client_letter(
        self,
        request: EffectRequest,
        content: Content,
        pdf: bytes,
        now: datetime,
        letter: str,
        words: dict[str, Any],
        summary: Rows,
    ) -> EmailMessage:
        """Return a letter to the client, with copies and the PDF. The blind copies are in no header."""
        bank = _bank_details(request, content) if words["payable"] else []
        message = self._message(request, content, content.recipients, now, letter, words, summary, bank)
        if copies := not_in(addresses_of(content.cc), message["To"].addresses):
            set_addresses(message, "Cc", copies)
        return _with_pdf(message, request, content, pdf)

    def _message(
        self,
        request: EffectRequest,
        content: Content,
        recipients: Iterable[str],
        now: datetime,
        letter: str,
        words: dict[str, Any],
        summary: Rows,
        bank: Rows | None = None,
    ) -> EmailMessage:
        subject, *paragraphs = paragraphs_of(f"{letter}.{words['language']}.txt.j2", words)
        if not (to := addresses_of(recipients)):
            raise AddressRefused("The invoice has no e-mail recipient; reopen it and add one.")
        values = {**words, "subject": subject, "paragraphs": paragraphs, "summary": summary, "bank": bank or []}
        return self.composed(request.key, to, content.issuer.notice_email, now, values)

    def composed(
        self, key: str, to: tuple[Address, ...], notice_email: str | None, now: datetime, values: dict[str, Any]
    ) -> EmailMessage:
        """Return the message of an effect. `values` are those of the templates `letter`, with the subject."""
        message = EmailMessage(policy=SMTP)
        set_addresses(message, "From", [Address(values["issuer"], addr_spec=self.sender)])
        set_addresses(message, "To", to)
        if reply_to := self.reply_to or notice_email:
            message["Reply-To"] = reply_to
        message["Subject"] = str(values["subject"]).replace(NBSP, " ")
        message["Date"] = format_datetime(now)
        message["Message-ID"] = self.message_id(key)
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = values["language"]
        message.set_content(TEMPLATES.get_template("letter.txt.j2").render(values))
        message.add_alternative(TEMPLATES.get_template("letter.html.j2").render(values), subtype="html")
        return message


def paragraphs_of(template: str, words: dict[str, Any]) -> list[str]:
    """Return the subject and the paragraphs of a letter."""
    text = TEMPLATES.get_template(template).render(words)
    return [" ".join(block.split("\n")) for block in text.strip().split("\n\n")]


def _with_pdf(message: EmailMessage, request: EffectRequest, content: Content, pdf: bytes) -> EmailMessage:
    """Attach the PDF. The file of an English invoice is not named an act."""
    number, is_act = request.display_number, DocumentKind.of(content) is DocumentKind.ACT
    name = file_name(number) if is_act else f"Invoice_{number}.pdf"
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename=name)
    return message


def blind_copies(content: HasBlindCopies) -> list[str]:
    """Return the addresses that receive the letters to the client without being named. Raises AddressRefused."""
    return [address.addr_spec for address in addresses_of(content.bcc)]


def addresses_of(texts: Iterable[str]) -> tuple[Address, ...]:
    """Return the addresses with their domains in ASCII. Raises AddressRefused."""
    return tuple(_address(text) for text in texts)


def not_in(addresses: Iterable[Address], named: Iterable[Address]) -> list[Address]:
    """Return the addresses that are not among the named ones."""
    known = {each.addr_spec.casefold() for each in named}
    return [each for each in addresses if each.addr_spec.casefold() not in known]


def _address(text: str) -> Address:
    """Return the address with its domain in ASCII. Raises AddressRefused."""
    found = ascii_address(text.strip())
    if found is None:
        raise AddressRefused(f"{text!r} is not an e-mail address; reopen the invoice and correct its recipients.")
    return Address(addr_spec=found)


def _summary(words: dict[str, Any], *names: str) -> Rows:
    return [(words["document"], words["number"]), *((name, words[name]) for name in names)]


def _bank_details(request: EffectRequest, content: Content) -> Rows:
    party = content.issuer.party
    rows = [
        ("beneficiary", legal_name(party, content.language)),
        ("tin", party.tin),
        ("account", party.account_number),
        ("bank", party.bank_name),
        ("mfo", party.mfo),
        ("swift", party.swift_bic),
        ("reference", REFERENCES[content.language].format(request.display_number)),
    ]
    return [(label, value) for label, value in rows if value]
