"""Renders the templates of the desk, with what every page knows: the person, language, look and navigation."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache, partial
from typing import Annotated, Any
from urllib.parse import quote, urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

import heroicons.jinja
from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from api.access.deps import Actor
from api.pages import rule_messages, words
from api.pages.assets import TEMPLATES, accepts_gzip, asset
from api.pages.formats import Formats, shown_amount, shown_number
from api.pages.languages import LANGUAGES, language_of, translations
from api.pages.navigation import sections
from api.pages.outages import shown as shown_outages
from api.request_log import http_request_id_of
from api.settings.cost_access import CostAccessDep
from api.settings.deps import IssuerZoneDep
from models.access.cost_access import CostAccess
from models.values.money import plain
from models.values.period import BILLING_ZONE

THEME_COOKIE = "theme"
THEMES = ("system", "light", "dark")
DENSITY_COOKIE = "density"
DENSITIES = ("usual", "compact", "roomy")
LIST = "list"  # the field of an address with the state of the list that one came from
LONGEST_LIST = 2000
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    "Vary": "Cookie, Accept-Encoding, Accept-Language, HX-Request, HX-History-Restore-Request",
}


@pass_context
def amount(context: Context, value: Decimal, currency: str | None = None) -> Markup:
    """Return the amount as text whose plain number stands in `data-amount`, so that a copied cell is a number."""
    return _amount(context["formats"].language, value, currency)


@lru_cache(maxsize=10_000)  # some pages show a thousand amounts, most of them zero
def _amount(language: str, value: Decimal, currency: str | None) -> Markup:
    shown = shown_amount(language, value)
    unit = Markup('&nbsp;<span class="unit">{}</span>').format(currency) if currency else ""
    return Markup('<data class="amount" value="{0}" data-amount="{0}">{1}</data>{2}').format(plain(value), shown, unit)


def to_cents(value: Decimal) -> Decimal:
    """Return an exact cost with two decimals, for tables in which all decimals would only be noise."""
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pass_context
def moment(context: Context, value: datetime) -> Markup:
    formats = context["formats"]
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        value.isoformat(), formats.utc(value), formats.moment(value)
    )


@pass_context
def told(context: Context, message: str) -> str:
    """Return a message of the rules in the language of the page."""
    return rule_messages.told(context["language"], message)


@cache  # a page shows about fifty icons of few kinds
def icon(name: str, size: int = 16) -> Markup:
    """Return a decorative icon; the text beside it says what it means."""
    draw = heroicons.jinja.heroicon_micro if size <= 16 else heroicons.jinja.heroicon_mini
    return Markup(draw(name, size=size, aria_hidden="true", class_="icon").replace("class-=", "class="))  # noqa: S704


def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    found.globals.update(
        asset=asset,
        icon=icon,
        words=words,
        languages=LANGUAGES,
        themes=THEMES,
        densities=DENSITIES,
        fresh_key=_fresh_key,
    )
    found.filters.update(
        amount=amount, moment=moment, to_cents=to_cents, told=told, url_query=url_query, row_id=row_id, decimal=Decimal
    )
    return found


def _fresh_key() -> str:
    return str(uuid4())


def url_query(fields: Mapping[str, Any]) -> str:
    """Return the fields as the query of an address, with a question mark, without those that are empty."""
    given = [(name, value) for name, values in fields.items() for value in _each(values) if value not in (None, "")]
    return f"?{urlencode(given)}" if given else ""


def row_id(key: str) -> str:
    """Return the id of a row of a list, to which the way back from its page leads."""
    return f"row-{quote(key, safe='')}"


def is_list(text: str) -> bool:
    """Return whether the text can be the state of a list."""
    return 0 < len(text) <= LONGEST_LIST and text.isprintable()


def _each(values: Any) -> list[Any]:
    return list(values) if isinstance(values, list | tuple) else [values]


def _counted(language: str, one: str, many: str, number: int, **fields: Any) -> Markup:
    """Return the text for the number, which stands in it as `%(num)s`, as the language writes numbers."""
    text = Markup(translations(language).ngettext(one, many, number))  # noqa: S704
    return text % {"num": shown_number(language, number), **fields}


_ENVIRONMENTS: dict[str, Environment] = {}


def environment(language: str) -> Environment:
    """Return the environment whose messages are in the language."""
    if language not in _ENVIRONMENTS:
        made = _environment()
        made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
        made.globals["ngettext"] = partial(_counted, language)
        _ENVIRONMENTS[language] = made
    return _ENVIRONMENTS[language]


@dataclass(frozen=True)
class Desk:
    """Renders pages for one request."""

    request: Request
    formats: Formats
    costs: CostAccess | None = None  # who sees costs; None where it was not read

    @classmethod
    def of(cls, request: Request, zone: str = BILLING_ZONE, costs: CostAccess | None = None) -> "Desk":
        return cls(request, Formats(language_of(request), ZoneInfo(zone)), costs)

    @property
    def language(self) -> str:
        return self.formats.language

    def text(self, message: str, **values: object) -> str:
        """Return the message in the language of the page."""
        translated = translations(self.language).gettext(message) if message else message
        return translated % values if values else translated

    @property
    def sees_costs(self) -> bool:
        """Whether the person who is signed in sees costs and margins."""
        actor: Actor | None = getattr(self.request.state, "actor", None)
        return actor is not None and self.costs is not None and self.costs.allows(actor.role)

    @property
    def listed(self) -> str:
        """Return the state of the list that one came from; an empty text without one."""
        listed = self.request.query_params.get(LIST, "")
        return listed if is_list(listed) else ""

    @property
    def carried(self) -> dict[str, str]:
        """Return the list that one came from, as the field that links and forms of this page carry on."""
        return {LIST: self.listed} if self.listed else {}

    def told(self, message: str) -> str:
        """Return a message of the rules, or of the desk, in the language of the page."""
        own = self.text(message)
        return own if own != message else rule_messages.told(self.language, message)

    def page(
        self, template: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
    ) -> Response:
        """Return a response with the template rendered."""
        html = environment(self.language).get_template(template).render({**self._known(), **values})
        answered = {**HEADERS, **(headers or {})}
        if not accepts_gzip(self.request):
            return HTMLResponse(html, status, answered)
        return HTMLResponse(gzip.compress(html.encode(), 5), status, {**answered, "Content-Encoding": "gzip"})

    def _known(self) -> dict[str, Any]:
        request = self.request
        actor: Actor | None = getattr(request.state, "actor", None)
        theme, density = request.cookies.get(THEME_COOKIE), request.cookies.get(DENSITY_COOKIE)
        path = request.url.path
        return {
            "actor": actor,
            "formats": self.formats,
            "language": self.language,
            "theme": theme if theme in THEMES else THEMES[0],
            "density": density if density in DENSITIES else DENSITIES[0],
            "path": path,
            "here": path + (f"?{request.url.query}" if request.url.query else ""),
            "sections": sections(path, actor.role if actor else None, sees_costs=self.sees_costs),
            "http_request_id": http_request_id_of(request.scope),
            "carried": self.carried,
            "outage": shown_outages(request.app.state.outages.known),
        }


async def desk(request: Request, zone: IssuerZoneDep, access: CostAccessDep) -> Desk:
    return Desk.of(request, zone, access)


DeskDep = Annotated[Desk, Depends(desk)]
