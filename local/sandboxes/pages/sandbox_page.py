"""The page of a sandbox with a `SandboxState`: its requests and its fault plan are the same for every vendor."""

from collections.abc import Sequence
from typing import Any, get_args

from activities.clients import decimal_json
from local.sandboxes.faults import TIMED, Fault, Kind
from local.sandboxes.pages.description import Action, Faults, Form, Input, Page, Request, Section, moment
from local.sandboxes.state import SandboxState

REQUESTS_SHOWN = 50
LONGEST_BODY = 4000
HIDDEN = "•••"


def sandbox_page(
    state: SandboxState,
    *,
    title: str,
    about: str,
    sections: Sequence[Section],
    page_actions: Sequence[Action] = (),
    row_actions: Sequence[Action] = (),
    note: str = "",
    secrets: Sequence[str] = (),
    home: str | None = "/",
) -> Page:
    """Return the page. The secrets that clients send are not shown."""
    return Page(
        title=title,
        about=about,
        sections=sections,
        faults=Faults(lambda: [_in_words(fault) for fault in state.faults()], QUEUE, REMOVE),
        page_actions=page_actions,
        row_actions=row_actions,
        note=note,
        home=home,
        requests=lambda: [_request(row, secrets) for row in state.newest_requests(REQUESTS_SHOWN, LONGEST_BODY)],
    )


def fault_of(form: Form) -> dict[str, Any]:
    """Return the fault of a form. `status` and `seconds` belong to some kinds only; elsewhere they are left out."""
    kind = form.get("kind")
    fault: dict[str, Any] = {"kind": kind, "times": form.get("times", "1")}
    if match := {name: form[name] for name in ("method", "path_contains") if name in form}:
        fault["match"] = match
    if kind == "status" and "status" in form:
        fault["status"] = form["status"]
    if kind in TIMED and "seconds" in form:
        fault["seconds"] = form["seconds"]
    return fault


QUEUE = Action(
    name="queue-fault",
    label="Queue the fault",
    path="/__sandbox/faults",
    done="The fault is queued.",
    body=fault_of,
    inputs=(
        Input("kind", "Kind", "status", options=get_args(Kind)),
        Input("method", "Method", options=("", "GET", "POST", "PUT", "DELETE")),
        Input("path_contains", "Path contains"),
        Input("times", "Times", "1", number=True, required=True),
        Input("status", "Status", "503", number=True),
        Input("seconds", "Seconds", "30", number=True),
    ),
)
REMOVE = Action(
    name="remove-faults",
    label="Remove all",
    path="/__sandbox/faults",
    method="DELETE",
    done="No fault is queued any more.",
)


def _in_words(fault: Fault) -> str:
    method, path = fault.match.method, fault.match.path_contains
    which = f"{method or 'any'} request" + (f" whose path contains {path}" if path else "")
    status = f" {fault.status}" if fault.status is not None else ""
    seconds = f" by {fault.seconds:g} seconds" if fault.seconds is not None else ""
    times = "once" if fault.times == 1 else f"{fault.times} times"
    return f"{fault.kind}{status}{seconds}, {times}, {which}"


def _request(row: dict[str, Any], secrets: Sequence[str]) -> Request:
    path = f"{row['path']}?{row['query']}" if row["query"] else row["path"]
    body = row["body"] or ""
    if row["size"] and row["size"] > len(body):
        body += f"\n… the first {len(body)} of {row['size']} characters"
    return Request(
        at=moment(row["at"]),
        method=row["method"],
        path=_without(secrets, path),
        status=row["status"],
        fault=row["fault"],
        body=_without(secrets, readable(body)),
    )


def readable(body: str) -> str:
    """Return JSON on several lines, with its numbers as they were written; other text as it is."""
    try:
        return _indented(decimal_json.loads(body))
    except (ValueError, RecursionError):
        return body


def _indented(value: Any, margin: str = "") -> str:
    inner = f"{margin}  "
    if isinstance(value, dict) and value:
        lines = [f"{inner}{decimal_json.dumps(name)}: {_indented(item, inner)}" for name, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{margin}}}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"{inner}{_indented(item, inner)}" for item in value) + f"\n{margin}]"
    return decimal_json.dumps(value)


def _without(secrets: Sequence[str], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, HIDDEN) if secret else text
    return text
