"""Dependencies of the routes of the audit trail."""

from typing import Annotated

from fastapi import Depends

from api.audit.events import EventReads
from api.audit.verification import Verifications
from api.deps import StateDep


async def event_reads(state: StateDep) -> EventReads:
    return EventReads(state.engines.queries)


async def verifications(state: StateDep) -> Verifications:
    return Verifications(state.engines.exports, state.settings.auth.jwt_secret.get_secret_value())


EventReadsDep = Annotated[EventReads, Depends(event_reads)]
VerificationsDep = Annotated[Verifications, Depends(verifications)]
