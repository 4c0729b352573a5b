"""The page of the receiver of webhooks: each delivery with the check of its signature, and answers with an error."""

from typing import Any

from activities.clients import decimal_json
from local.sandboxes.pages.description import Action, Column, Form, Input, Page, Pill, Row, Section, moment
from local.sandboxes.pages.sandbox_page import readable, sandbox_page
from local.sandboxes.state import Record, SandboxState

RECEIVE = "/receive"


def _next_answer(status: int) -> dict[str, Any]:
    return {"kind": "status", "status": status, "match": {"path_contains": RECEIVE}}


def _secrets(form: Form) -> dict[str, Any]:
    return {"secrets": form.get("secrets", "").split()}


ERROR = Action(
    "answer-500",
    "Answer the next one with an error (500)",
    "/__sandbox/faults",
    "The next delivery is answered with 500; Aktum tries it again.",
    body=lambda _: _next_answer(500),
)
GONE = Action(
    "answer-410",
    "Answer the next one with 410, gone",
    "/__sandbox/faults",
    "The next delivery is answered with 410, so Aktum disables the endpoint.",
    body=lambda _: _next_answer(410),
    severe=True,
)
KNOW = Action(
    "know-secrets",
    "Check signatures with it",
    "/__sandbox/secrets",
    "Signatures are checked with this secret from now on.",
    body=_secrets,
    inputs=(Input("secrets", "Secret of the endpoint (whsec_…)", required=True),),
)


def webhooks_page(state: SandboxState) -> Page:
    events = Section(
        title="Events",
        columns=(
            *(Column("First received", "time"), Column("Event"), Column("Type"), Column("Signature")),
            *(Column("Received", "amount"), Column("Repeats")),
        ),
        records=lambda: state.all("event"),
        row=_event_row,
        empty="No event has arrived yet. Create an endpoint in Aktum with the address of this receiver, and give its "
        "secret to the form below.",
    )
    refused = Section(
        title="Refused deliveries",
        columns=(Column("Time", "time"), Column("Event"), Column("Signature")),
        records=lambda: state.all("refused"),
        row=_refused_row,
        empty="No delivery was refused because of its signature.",
    )
    return sandbox_page(
        state,
        title="Webhooks",
        about="Another system that receives the events of Aktum.",
        note=f"It receives at /webhooks{RECEIVE} and checks the signatures of the Standard Webhooks specification.",
        sections=(events, refused),
        page_actions=(ERROR, GONE, KNOW),
    )


def _event_row(event: Record) -> Row:
    repeated = "–" if event["received"] == 1 else "the same each time" if event["same_body"] else "different"
    return Row(
        key=event["id"],
        cells=(
            moment(event.get("at", "")),
            event["id"],
            _type(event["body"]),
            Pill("valid", "green"),
            str(event["received"]),
            Pill(repeated, "red") if repeated == "different" else repeated,
        ),
        details=readable(event["body"]),
    )


def _refused_row(delivery: Record) -> Row:
    return Row(
        key=delivery["id"],
        cells=(moment(delivery["at"]), delivery["id"] or "(no id)", Pill(delivery["reason"], "red")),
        details=readable(delivery["body"]),
    )


def _type(body: str) -> str:
    """Return the type that the event names; it is empty for a body without one."""
    try:
        content = decimal_json.loads(body)
    except ValueError:
        return ""
    return str(content.get("type", "")) if isinstance(content, dict) else ""
