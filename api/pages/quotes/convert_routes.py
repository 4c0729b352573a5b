"""The conversion of an accepted quote: a form, what the quote would become, and the command that makes it so.

The last button stands below the result, and carries a digest of it: what was changed in between is shown again first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.access.deps import Actor
from api.deps import NowDep, StateDep
from api.error_handlers import EXPECTED, expected_error
from api.errors import ApiError, Conflict, Invalid
from api.pages.forms.fields import body_of
from api.pages.forms.form_page import FormPage, form_response, refused_response
from api.pages.forms.keys import form_key
from api.pages.quotes.command_page import command_page, form_of
from api.pages.quotes.deps import PageQuoteDep
from api.pages.quotes.schedule_fields import (
    EACH_LINE,
    KIND,
    MILESTONE,
    NEW_MILESTONES,
    OF_DEPOSIT,
    OF_MONTHS,
    TERMS,
    at_fields,
    typed_conversion,
)
from api.pages.rendering import Desk, DeskDep, url_query
from api.pages.sessions import PageActorDep
from api.quotes import calls
from api.quotes.bodies import ConvertQuoteBody
from api.quotes.command_call import QuoteCall
from api.quotes.deps import QuotesDep
from api.quotes.quote_repository import QuoteRef
from api.reads import ReadsDep
from api.uploads import UploadRoute
from models.quotes.conversion.inputs import DealAs
from models.quotes.conversion.preview import ConversionPreview
from models.quotes.quote.preconditions import allowed_for
from models.quotes.quote.quote import Quote
from models.quotes.quote.status import QuoteCommandName

router = APIRouter(prefix="/quotes/{quote_id}/commands", include_in_schema=False, route_class=UploadRoute)

CONVERT = QuoteCommandName.CONVERT
MOST_FIELDS = 600


@dataclass(frozen=True)
class ConversionForm:
    """The page of one request: the quote, what was typed, and the rows of milestones."""

    desk: Desk
    quote: Quote
    actor: Actor
    texts: Mapping[str, str]
    rows: Sequence[Mapping[str, str]] = ()

    def shown(self, status: int = 200, key: str | None = None, **more: Any) -> Response:
        """Return the form; `found` is what the quote would become, if it could be computed."""
        return form_response(self.desk, self._page, self.texts, status=status, key=key, **{**self._values, **more})

    def refused(self, key: str, refused: ApiError, found: ConversionPreview | None) -> Response:
        """Return the form with what was typed; the messages of a bad request stand at the fields."""
        if isinstance(refused, Invalid) and isinstance(refused.details, list):
            return self.shown(400, key, errors=at_fields({each.path: each.message for each in refused.details}))
        return refused_response(self.desk, self._page, self.texts, key, refused, **{**self._values, "found": found})

    @property
    def _page(self) -> FormPage:
        return command_page(form_of(CONVERT, self.actor), self.quote)

    @property
    def _values(self) -> dict[str, Any]:
        return {
            "template": "quotes/convert.html.j2",
            "quote": self.quote,
            "terms": TERMS,
            "kind": KIND,
            "of_deposit": OF_DEPOSIT,
            "of_months": OF_MONTHS,
            "milestone": MILESTONE,
            "rows": [*self.rows, *({} for _ in range(NEW_MILESTONES))],
            "found": None,
            "is_changed": False,
        }


@router.get("/convert")
async def show_conversion(desk: DeskDep, quote: PageQuoteDep, actor: PageActorDep, now: NowDep) -> Response:
    """Show the form, or why the quote cannot be converted."""
    form_of(CONVERT, actor)
    _require_convertible(quote, actor, now)
    known = {
        "application_key": quote.content.application_key or "",
        "deal_as": DealAs.PRICES.value,
        "replaces_base": "true",
        "kind": EACH_LINE,
    }
    return ConversionForm(desk, quote, actor, known).shown()


@router.post("/convert")
async def convert(
    request: Request,
    desk: DeskDep,
    quote: PageQuoteDep,
    actor: PageActorDep,
    quotes: QuotesDep,
    state: StateDep,
    reads: ReadsDep,
    now: NowDep,
) -> Response:
    """Show what the quote would become; from the button below it, convert the quote if the result is the same."""
    form_of(CONVERT, actor)
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    key, typed = form_key(posted), typed_conversion(posted, desk.formats.zone)
    page = ConversionForm(desk, quote, actor, typed.texts, typed.rows)
    body, found = body_of(ConvertQuoteBody, typed.values) if not typed.errors else (None, {})
    if not isinstance(body, ConvertQuoteBody):
        return page.shown(400, key, errors={**typed.errors, **at_fields(found)})
    seen = str(posted.get("seen", "")) if posted.get("step") == CONVERT else ""
    result = None
    try:
        result = await calls.preview_conversion(quote, reads, body)
        if seen != result.fingerprint:
            _require_convertible(quote, actor, now)
            return page.shown(key=key, found=result, is_changed=bool(seen))
        call = QuoteCall(state, quotes, actor, QuoteRef(quote.id, quote.workflow_id), key)
        done = (await calls.convert(call, reads, body)).data.revision
    except EXPECTED as error:
        return page.refused(key, expected_error(request, error), result)
    return RedirectResponse(f"/quotes/{quote.id}{url_query({'done': done, **desk.carried})}", 303)


def _require_convertible(quote: Quote, actor: Actor, now: datetime) -> None:
    if CONVERT not in allowed_for(quote, actor.role, now):
        raise Conflict(f"{quote.title} is {quote.status}; convert is not possible now.")
