"""Dependencies of the webhook routes: the role, what URLs are allowed, and the encryption of secrets."""

from typing import Annotated

from fastapi import Depends, Path

from activities.events.webhooks.sealing import Sealing
from api.access.deps import Actor, require_role
from api.deps import StateDep
from models.access.roles import ADMINISTERING, READING
from models.events.webhooks.target import TargetRules

Reader = Annotated[Actor, Depends(require_role(READING, "reading"))]
WebhookAdministrator = Annotated[Actor, Depends(require_role(ADMINISTERING, "reading and changing webhook endpoints"))]

EndpointId = Annotated[str, Path(pattern="^we_[0-9a-f]{32}$", examples=["we_5f1d3c9e2d0c4b449f0a7f4f5a1c0b9e"])]
DeliveryId = Annotated[int, Path(ge=1, le=2**53 - 1)]


async def target_rules(state: StateDep) -> TargetRules:
    configured = state.settings.webhooks
    return TargetRules(allow_http=configured.allow_http, allow_private=configured.allow_private)


async def sealing(state: StateDep) -> Sealing:
    return Sealing(state.settings.temporal.key_ring)


TargetRulesDep = Annotated[TargetRules, Depends(target_rules)]
SealingDep = Annotated[Sealing, Depends(sealing)]
