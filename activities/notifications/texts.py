"""The texts of the notices in Telegram's HTML, in English or Russian. Every value is escaped by the templates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from activities.documents.formatting import long_date, money
from models.notifications.bundles import sections
from models.notifications.markup import split
from models.notifications.notice import Notice, short_id
from models.notifications.summary import Summary
from models.values.money import Currency

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[2] / "templates" / "telegram"),
    autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Texts:
    """Composes the messages. `invoice_url` is the page of an invoice with {id} in place of its id."""

    language: str
    invoice_url: str | None = None

    def of_notices(self, key: str, notices: Sequence[Notice]) -> list[str]:
        """Return the parts of a message about these notices; `key` is that of the message."""
        if len(notices) == 1:
            return self._render("notice", notice=notices[0])
        return self._render("bundle", sections=sections(notices), short_id=short_id(key))

    def of_summary(self, summary: Summary) -> list[str]:
        """Return the parts of the daily summary."""
        return self._render(
            "summary",
            summary=summary,
            day=self._date(summary.day),
            paid_from=self._date(summary.paid_from),
            paid_to=self._date(summary.day - timedelta(days=1)),
            short_id=short_id(summary.key),
        )

    def _render(self, template: str, **values: Any) -> list[str]:
        known = {"language": self.language, "money": self._money, "link": self._link}
        return split(TEMPLATES.get_template(f"{template}.html.j2").render({**known, **values}).strip())

    def _money(self, amount: Decimal, currency: str) -> str:
        return money(amount, Currency(currency), self.language)

    def _link(self, notice: Notice) -> str | None:
        return self.invoice_url.replace("{id}", notice.invoice_id) if self.invoice_url else None

    def _date(self, day: Any) -> str:
        return long_date(day, self.language)
