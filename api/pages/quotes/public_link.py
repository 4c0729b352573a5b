"""The link by which a client comes: what its token names, and what may be shown.

Whoever sends tokens that this server did not make is slowed down, like somebody who guesses passwords; a token that was
made here needs no such limit, because its signature has 160 bits.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Request

from api.access.login_throttle import Attempt, LoginThrottle
from api.deps import NowDep, StateDep
from api.errors import NotFound
from api.pages.languages import N_
from api.quotes.quote_repository import QuoteRepository
from models.quotes.quote.links import read_token
from models.quotes.quote.preconditions import is_answerable
from models.quotes.quote.quote import Link, Quote
from models.quotes.quote.status import QuoteStatus

UNKNOWN = N_("This link is not valid. Check that you have copied all of it, or ask for a new one.")
GUESSED = "quote links from "


class Shown(StrEnum):
    """What the page shows of the quote."""

    OPEN = "open"  # it can be accepted or declined
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    NEWER = "newer"  # a newer version was begun or sent
    WITHDRAWN = "withdrawn"
    ENDED = "ended"  # the link was revoked, or its time is over


@dataclass(frozen=True)
class Visit:
    """A quote as the holder of one of its links sees it."""

    token: str
    quote: Quote
    link: Link
    shown: Shown

    @property
    def shows_content(self) -> bool:
        return self.shown in (Shown.OPEN, Shown.ACCEPTED, Shown.DECLINED, Shown.EXPIRED)


async def visit(token: str, request: Request, state: StateDep, now: NowDep) -> Visit:
    """Return the visit of the token's link. Raise NotFound for a token that was not made here, and TooManyRequests."""
    secret = state.settings.quotes.secret
    grant = read_token(secret, token) if secret else None
    quotes = QuoteRepository(state.engines.queries)
    quote = await quotes.find(grant.quote_id) if grant else None
    link = quote.link(grant.number) if quote and grant else None
    if grant is None or quote is None or link is None:
        address = request.client.host if request.client else "local"
        await LoginThrottle(state.engines.settings).begin(Attempt.of(f"{GUESSED}{address}", address), now)
        raise NotFound(UNKNOWN)
    return Visit(token, quote, link, shown_of(quote, link, now, grant.expires_at))


VisitDep = Annotated[Visit, Depends(visit)]


def shown_of(quote: Quote, link: Link, now: datetime, expires_at: datetime) -> Shown:
    """Return what the link shows now; `expires_at` is the end that its token names."""
    if now >= expires_at or link.revoked is not None or expires_at != link.expires_at:
        return Shown.ENDED
    if link.version != quote.version:
        return Shown.NEWER
    match quote.status:
        case QuoteStatus.WITHDRAWN:
            return Shown.WITHDRAWN
        case QuoteStatus.ACCEPTED:
            return Shown.ACCEPTED
        case QuoteStatus.DECLINED:
            return Shown.DECLINED
        case _ if is_answerable(quote, now):
            return Shown.OPEN
        case _:
            return Shown.EXPIRED
