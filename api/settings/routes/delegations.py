"""Routes of the delegations: who acts for whom, and for how long."""

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from api.access.deps import LoggedInDep
from api.deps import NowDep, TodayDep
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.settings import delegations
from api.settings.deps import Reader, SettingsStoreDep
from models.access.tables import Delegation
from models.invoice.delegations.delegation import NewDelegation
from models.invoice.status import CommandName

router = APIRouter(prefix="/settings/delegations", tags=["settings"], route_class=DecimalJsonRoute)

DelegationId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", examples=["5f1d3c9e2d0c4b449f0a7f4f5a1c0b9e"])]


class DelegationView(BaseModel):
    id: str
    delegator: str = Field(description="in whose name the delegate acts")
    delegate: str
    commands: list[CommandName]
    valid_from: date
    valid_to: date = Field(description="the last day, in Tashkent")
    reason: str | None
    created_by: str
    created_at: datetime
    revoked_at: datetime | None
    stands: bool = Field(description="today the delegate may act for the delegator")

    @classmethod
    def of(cls, row: Delegation, today: date) -> "DelegationView":
        stands = row.revoked_at is None and row.valid_from <= today <= row.valid_to
        return cls.model_validate({**row._mapping, "stands": stands})  # type: ignore[attr-defined]


@router.get("", summary="List the delegations", responses=errors(401, 403, 503))
async def list_delegations(store: SettingsStoreDep, user: Reader, today: TodayDep) -> Envelope[list[DelegationView]]:
    """Returns your own and those to you, an admin's list has all; the newest first, also what is over or revoked."""
    found = await delegations.visible(store, user)
    return Envelope(data=[DelegationView.of(row, today) for row in found])


@router.post("", status_code=201, summary="Let another user act for you", responses=errors(400, 401, 403, 409, 503))
async def make_delegation(
    body: NewDelegation, store: SettingsStoreDep, user: LoggedInDep, now: NowDep, today: TodayDep
) -> Envelope[DelegationView]:
    """The delegate gives the commands with the header `On-Behalf-Of`, with the role that you have then. Whoever made an
    invoice approves it in nobody's name. Only an admin makes delegations of other users."""
    return Envelope(data=DelegationView.of(await delegations.delegate(store, user, body, now, today), today))


@router.delete(
    "/{delegation_id}", status_code=204, summary="End a delegation", responses=errors(400, 401, 403, 404, 503)
)
async def revoke_delegation(
    delegation_id: DelegationId, store: SettingsStoreDep, user: LoggedInDep, now: NowDep
) -> None:
    """Ends it at once. The delegator and an admin may do this. It stays in the list."""
    await delegations.end(store, user, delegation_id, now)
