"""Dependencies of the pages of webhooks: the admin who is signed in, and what their changes need."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import FormData

from activities.events.webhooks.sealing import Sealing
from api.access.deps import Actor, require
from api.events import webhook_calls
from api.events.deps import EndpointId, SealingDep, TargetRulesDep
from api.pages.forms.fields import Typed, read
from api.pages.forms.form_page import FormPage
from api.pages.forms.keys import form_key
from api.pages.rendering import Desk
from api.pages.sessions import PageActorDep
from api.pages.webhooks.webhook_forms import MOST_FIELDS
from api.settings.deps import SettingsStoreDep
from api.settings.store import SettingsStore
from models.access.roles import ADMINISTERING
from models.events.webhooks.target import TargetRules


@dataclass(frozen=True)
class Means:
    """The admin, and what the changes of endpoints need."""

    admin: Actor
    store: SettingsStore
    rules: TargetRules
    sealing: Sealing


async def means(actor: PageActorDep, store: SettingsStoreDep, rules: TargetRulesDep, sealing: SealingDep) -> Means:
    """Return the means. Raise Forbidden for everybody who is no admin."""
    require(actor, ADMINISTERING, "reading and changing webhook endpoints")
    return Means(actor, store, rules, sealing)


MeansDep = Annotated[Means, Depends(means)]


async def endpoint_row(endpoint_id: EndpointId, means: MeansDep) -> Any:
    """Return the row of the endpoint that the path names. Raise NotFound when there is none."""
    async with means.store.reading() as connection:
        return await webhook_calls.found(connection, endpoint_id)


EndpointDep = Annotated[Any, Depends(endpoint_row)]


async def typed_in(request: Request, desk: Desk, form: FormPage) -> tuple[Typed, str, FormData]:
    """Return what was typed in the form, its key, and all that was posted."""
    posted = await request.form(max_files=0, max_fields=MOST_FIELDS)
    return read(tuple(form.fields), posted, desk.formats.zone), form_key(posted), posted
