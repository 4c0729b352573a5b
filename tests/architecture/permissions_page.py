"""The table of who may do what as a page for people: `docs/permissions.md` is this text, and a test compares them."""

from models.access.roles import DRAFTING, READING, Role
from models.invoice.commands import COMMANDS, Command
from models.invoice.permissions import LEAST_ROLE, may
from models.invoice.status import SETTLED, TRANSITIONS, Kind, Status, is_final

_HEAD = f"""# Who may do what

Roles, each with all that the one before may do: {", ".join(Role)}.
Reading needs the role {READING}; previewing and making drafts needs {DRAFTING}. This page is made from
`models/invoice/permissions.py` and `models/invoice/status.py`; the same tables decide in the API and in the workflow.
"""

_TAIL = """## Beyond the role

These are settings of the company that issues the invoices (`review` in the issuer's settings). They are copied into
an invoice when its draft is made or regenerated; a later change does not touch it.

- `four_eyes`: who finalised an invoice may not approve it, whatever the role. Names are compared without regard to
  capital letters. An approval or a finalise by signal that gives no name is no second person.
- `admin_above`: an amount for each currency; a total above it is approved by an admin. An approval that does not say
  which role gives it (a signal from the Temporal Web UI) counts for less than an admin.
- An approval names the digest of the document that was reviewed; if the document is another by now, it is refused.

The API fills in who acts, and as what, from the login. Whoever may send signals in the Temporal Web UI states name and
role themselves; give that access to those only who may do everything.
"""


def page() -> str:
    roles = " | ".join(Role)
    marks = "|".join(":-:" for _ in Role)
    rows = "\n".join(_row(command) for command in COMMANDS)
    table = f"| command | {roles} | in the status | what it does |\n|---|{marks}|---|---|\n{rows}\n"
    return f"{_HEAD}\n{table}\n{_TAIL}"


def _row(command: type[Command]) -> str:
    may_do = " | ".join("yes" if may(role, command.name) else "" for role in Role)
    about = " ".join((command.__doc__ or "").split())
    assert command.name in LEAST_ROLE
    return f"| `{command.name}` | {may_do} | {_statuses(command)} | {about} |"


def _statuses(command: type[Command]) -> str:
    service, partner = (_listed(kind, TRANSITIONS[kind][command.name]) for kind in (Kind.SERVICE, Kind.PARTNER))
    return service if service == partner else f"service: {service}; partner: {partner}"


def _listed(kind: Kind, statuses: frozenset[Status]) -> str:
    if statuses == frozenset(Status):
        return "any"
    if statuses == {status for status in Status if status not in SETTLED and not is_final(kind, status)}:
        return "any before paid"
    without = [status for status in Status if status not in statuses]
    if len(without) == 2:
        return f"any but {' and '.join(without)}"
    return ", ".join(status.replace("_", " ") for status in Status if status in statuses) or "never"
