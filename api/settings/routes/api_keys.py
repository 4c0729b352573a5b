"""Routes of the API keys, with which machines call the API."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.access.deps import LoggedInDep
from api.deps import NowDep
from api.errors import NotFound
from api.http.decimal_json import DecimalJsonRoute
from api.http.envelopes import Envelope
from api.http.error_responses import errors
from api.settings import api_keys
from api.settings.deps import KeyAdministrator, SettingsStoreDep
from api.settings.editing import writing
from api.settings.schemas import ApiKeyView, NewApiKeyView
from models.access.api_keys import NewApiKey

router = APIRouter(prefix="/settings/api-keys", tags=["settings"], route_class=DecimalJsonRoute)

KeyId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", examples=["5f1d3c9e2d0c4b449f0a7f4f5a1c0b9e"])]


@router.get("", summary="List the API keys", responses=errors(401, 403, 503))
async def list_api_keys(store: SettingsStoreDep, _: KeyAdministrator) -> Envelope[list[ApiKeyView]]:
    """Returns the newest first, also those that are revoked or expired. The keys themselves are stored nowhere."""
    async with store.reading() as connection:
        found = await api_keys.keys(connection)
    return Envelope(data=[ApiKeyView.model_validate(row) for row in found])


@router.post("", status_code=201, summary="Make an API key", responses=errors(400, 401, 403, 409, 503))
async def make_api_key(
    body: NewApiKey, store: SettingsStoreDep, admin: KeyAdministrator, _: LoggedInDep, now: NowDep
) -> Envelope[NewApiKeyView]:
    """Returns the key, this once only. It belongs to the admin who makes it: it may do at most what they may do, ends
    when they are deactivated, and counts as them where two people must review an invoice. A key makes no keys."""
    async with writing(store, admin) as transaction:
        row, secret = await api_keys.make(transaction, body, admin.username, now)
    shown = ApiKeyView.model_validate(row)
    return Envelope(data=NewApiKeyView(**shown.model_dump(), key=secret))


@router.delete("/{key_id}", status_code=204, summary="Revoke an API key", responses=errors(400, 401, 403, 404, 503))
async def revoke_api_key(key_id: KeyId, store: SettingsStoreDep, admin: KeyAdministrator, now: NowDep) -> None:
    """Ends the key at once. It stays in the list, because the audit trail names it."""
    async with writing(store, admin) as transaction:
        if not await api_keys.revoke(transaction, key_id, now):
            raise NotFound(f"There is no API key {key_id}, or it is revoked already.")
