"""Dependencies of the settings routes: the store, the roles, the expected version, and the issuer's time zone."""

from typing import Annotated

from fastapi import Depends, Header

from api.access.deps import Actor, require_role
from api.deps import StateDep
from api.settings.repositories import ISSUER
from api.settings.store import SettingsStore
from models.access.roles import ADMINISTERING, CONFIGURING, READING

Reader = Annotated[Actor, Depends(require_role(READING, "reading"))]
Configurer = Annotated[Actor, Depends(require_role(CONFIGURING, "changing settings"))]
Administrator = Annotated[Actor, Depends(require_role(ADMINISTERING, "changing the company's settings"))]
UserAdministrator = Annotated[Actor, Depends(require_role(ADMINISTERING, "reading and changing users"))]
KeyAdministrator = Annotated[Actor, Depends(require_role(ADMINISTERING, "reading and changing API keys"))]


async def settings_store(state: StateDep) -> SettingsStore:
    return SettingsStore(state.engines.settings)


SettingsStoreDep = Annotated[SettingsStore, Depends(settings_store)]


async def issuer_zone(store: SettingsStoreDep) -> str:
    """Return the time zone in which the issuer's days begin and end; Tashkent until the issuer is configured."""
    async with store.reading() as connection:
        return await ISSUER.zone(connection)


IssuerZoneDep = Annotated[str, Depends(issuer_zone)]


async def _if_match(
    given: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="The version that was read before. Without it the setting must not exist yet; `*` accepts any "
            "version.",
            examples=['"5f1d3c9e2d0c4b44"'],
        ),
    ] = None,
) -> str | None:
    """Return the version without quotes."""
    return None if given is None else given.strip().removeprefix("W/").strip('"')


ExpectedVersion = Annotated[str | None, Depends(_if_match)]
