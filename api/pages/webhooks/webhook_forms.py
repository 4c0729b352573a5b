"""The forms of webhook endpoints, and the words for the states of deliveries."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from api.events.schemas import DeliveryState
from api.pages.forms.fields import Control, FormField
from api.pages.forms.form_page import FormPage
from api.pages.languages import N_
from models.events.event_types import EventType
from models.events.webhooks.endpoint import ALL_EVENTS, LONGEST_DESCRIPTION
from models.events.webhooks.target import LONGEST_URL

ADDRESS = "/settings/webhooks"
MOST_FIELDS = 60
SECRET_MARK = FormField("secret_mark", "", Control.HIDDEN)
_FIELDS = (
    FormField(
        "url",
        N_("Address"),
        is_required=True,
        hint=N_("It begins with https:// and is reached from the internet."),
        longest=LONGEST_URL,
    ),
    FormField("description", N_("Remark"), hint=N_("Such as the system and whom to ask"), longest=LONGEST_DESCRIPTION),
    FormField(
        "event_types",
        N_("Events"),
        Control.CHOICES,
        is_required=True,
        options={ALL_EVENTS: N_("all of them"), **{each.value: each.value for each in EventType}},
    ),
)
STATES: Mapping[DeliveryState, str] = MappingProxyType(
    {
        DeliveryState.PENDING: N_("waiting"),
        DeliveryState.DELIVERED: N_("delivered"),
        DeliveryState.FAILED: N_("failed"),
    }
)
LOOKS: Mapping[DeliveryState, str] = MappingProxyType(
    {DeliveryState.PENDING: "sent", DeliveryState.DELIVERED: "paid", DeliveryState.FAILED: "failed"}
)
NEW = FormPage(
    label=N_("Add an endpoint"),
    busy=N_("Adding…"),
    text=N_("The system at this address is told of the events that are recorded from now on."),
    fields=_FIELDS,
    address=f"{ADDRESS}/new",
    cancel=ADDRESS,
)


def endpoint_id_of(key: str) -> str:
    """Return the id of the endpoint that a form with this key adds, so that a repeated form adds no second one."""
    return f"we_{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def change_form(endpoint_id: str) -> FormPage:
    return FormPage(
        label=N_("Change the endpoint"),
        busy=N_("Saving…"),
        text=N_("What waits is sent to the new address."),
        fields=_FIELDS,
        address=f"{ADDRESS}/{endpoint_id}/change",
        cancel=f"{ADDRESS}/{endpoint_id}",
    )


def rotate_form(endpoint_id: str, url: str) -> FormPage:
    hours = {
        "0": N_("none: the old secret ends at once"),
        "24": N_("24 hours"),
        "72": N_("3 days"),
        "168": N_("7 days"),
    }
    return FormPage(
        label=N_("Make a new secret"),
        busy=N_("Making…"),
        text=N_("Deliveries carry signatures of both secrets during the overlap."),
        fields=(
            FormField("overlap_hours", N_("Overlap"), Control.SELECT, is_required=True, options=hours),
            SECRET_MARK,
        ),
        address=f"{ADDRESS}/{endpoint_id}/rotate",
        cancel=f"{ADDRESS}/{endpoint_id}",
        about=(url,),
    )


def disable_form(endpoint_id: str, url: str) -> FormPage:
    return FormPage(
        label=N_("Disable the endpoint"),
        busy=N_("Disabling…"),
        text=N_("What waits for it is given up. Enabled again, it gets what is recorded from then on."),
        fields=(),
        address=f"{ADDRESS}/{endpoint_id}/disable",
        cancel=f"{ADDRESS}/{endpoint_id}",
        about=(url,),
        is_dangerous=True,
    )


def remove_form(endpoint_id: str, url: str) -> FormPage:
    return FormPage(
        label=N_("Remove the endpoint"),
        busy=N_("Removing…"),
        text=N_("It is removed with its deliveries. The history of the settings keeps that it was there."),
        fields=(),
        address=f"{ADDRESS}/{endpoint_id}/remove",
        cancel=f"{ADDRESS}/{endpoint_id}",
        about=(url,),
        is_dangerous=True,
    )


def replay_form(endpoint_id: str, url: str) -> FormPage:
    return FormPage(
        label=N_("Send events again"),
        busy=N_("Sending…"),
        text=N_("They are sent with the ids that they have, by which the receiver knows them."),
        fields=(
            FormField("since", N_("Recorded since"), Control.MOMENT, is_required=True),
            FormField("only_failed", N_("Only those that failed"), Control.CHECK),
        ),
        address=f"{ADDRESS}/{endpoint_id}/replay",
        cancel=f"{ADDRESS}/{endpoint_id}",
        about=(url,),
    )
