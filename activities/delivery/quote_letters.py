"""The e-mails about quotes: the quote with its PDF and link, the reminder before it ends, and the notice to finance."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from activities.delivery.address_headers import AddressRefused, set_addresses
from activities.delivery.letters import NOTICE_LANGUAGE, Letters, addresses_of, not_in, paragraphs_of
from activities.documents.formatting import long_date, money
from activities.documents.legal_names import legal_name
from models.quotes.content.content import QuoteContent
from models.quotes.quote.ports import QuoteEffectRequest
from models.values.text import printable

_LINK_LABELS = {"en": "Open the quote", "ru": "Открыть предложение"}


@dataclass(frozen=True)
class QuoteLetters:
    """Composes the letters. `letters` knows the sender."""

    letters: Letters

    def quote(
        self, request: QuoteEffectRequest, content: QuoteContent, pdf: bytes, link: str | None, now: datetime
    ) -> EmailMessage:
        """Return the letter that delivers the quote. Raises AddressRefused."""
        return self._client_letter(request, content, pdf, link, now, "quote", {})

    def reminder(
        self, request: QuoteEffectRequest, content: QuoteContent, pdf: bytes, link: str | None, now: datetime
    ) -> EmailMessage:
        """Return the reminder before the validity ends. Raises AddressRefused."""
        days = {"days": int(request.argument["days"])}
        return self._client_letter(request, content, pdf, link, now, "quote_reminder", days)

    def notice(self, request: QuoteEffectRequest, content: QuoteContent, now: datetime) -> EmailMessage:
        """Return the notice to finance about an answer, or about the end of the validity. Raises AddressRefused."""
        assert content.issuer.notice_email, "a notice is enqueued only if finance has an address"
        words = self._words(request, content, NOTICE_LANGUAGE, None)
        given = {name: printable(request.argument.get(name, "")) for name in ("answer", "by", "reason")}
        summary = [(name, words[name]) for name in ("client", "total", "valid")]
        to = addresses_of((content.issuer.notice_email,))
        values = self._values("quote_notice", words | given, [("quote", words["number"]), *summary])
        return self.letters.composed(request.key, to, content.issuer.notice_email, now, values)

    def _client_letter(
        self,
        request: QuoteEffectRequest,
        content: QuoteContent,
        pdf: bytes,
        link: str | None,
        now: datetime,
        letter: str,
        more: dict[str, Any],
    ) -> EmailMessage:
        words = self._words(request, content, content.language, link) | more
        summary = [("quote", words["number"]), *((name, words[name]) for name in ("subject_line", "total", "valid"))]
        named = [("subject" if name == "subject_line" else name, value) for name, value in summary]
        if not (to := addresses_of(content.recipients)):
            raise AddressRefused("The quote has no e-mail recipient; revise it and add one.")
        values = self._values(letter, words, named)
        message = self.letters.composed(request.key, to, content.issuer.notice_email, now, values)
        if copies := not_in(addresses_of(content.cc), message["To"].addresses):
            set_addresses(message, "Cc", copies)
        name = f"Quote_{request.display_number}.pdf"
        message.add_attachment(pdf, maintype="application", subtype="pdf", filename=name)
        return message

    @staticmethod
    def _values(letter: str, words: dict[str, Any], summary: list[tuple[str, str]]) -> dict[str, Any]:
        subject, *paragraphs = paragraphs_of(f"{letter}.{words['language']}.txt.j2", words)
        return {**words, "subject": subject, "paragraphs": paragraphs, "summary": summary, "bank": []}

    @staticmethod
    def _words(request: QuoteEffectRequest, content: QuoteContent, language: str, link: str | None) -> dict[str, Any]:
        texts = {
            "language": language,
            "number": request.display_number,
            "title": content.title,
            "subject_line": content.title,
            "contact": content.contact,
            "client": legal_name(content.customer, language),
            "total": money(content.totals.total_amount, content.currency, language),
            "valid": long_date(content.valid_until, language),
            "issuer": legal_name(content.issuer.party, language),
        }
        cleaned: dict[str, Any] = {name: printable(" ".join(text.splitlines())) for name, text in texts.items()}
        return cleaned | {
            "version": request.version,
            "link": link,
            "link_label": _LINK_LABELS[language],
            "link_expires": None,
        }
