"""The text of `docs/permissions.md`, made from the tables of roles and statuses. A test compares the two."""

from models.access.cost_access import FINANCE, CostAccess
from models.access.roles import DRAFTING, READING, REPORTING, Role
from models.bills.payable import FROM as PAYABLE_STATUSES
from models.bills.payable import LEAST_ROLE as PAYABLE_ROLES
from models.bills.payable import PayableCommandName, PayableStatus
from models.invoice.commands import COMMANDS, Command
from models.invoice.permissions import LEAST_ROLE, may
from models.invoice.status import SETTLED, TRANSITIONS, Kind, Status, is_final
from models.quotes.quote import status as quote_status
from models.quotes.quote.commands import QUOTE_COMMANDS, OpenQuote, QuoteCommand
from models.quotes.quote.status import QuoteStatus

_HEAD = f"""# Permissions

The roles are {", ".join(Role)}. Each role includes the permissions of the ones before it.
Reading needs the role {READING}; previewing and making drafts needs {DRAFTING}; reading the reports of payouts and
margins needs {REPORTING}. Costs, and margins of deals and of invoiced work, need the permission `{FINANCE}`, which
the role {CostAccess().least_role} and those above it have unless an admin sets another one
(`PUT /settings/cost-access`); a {READING} never has it.
This page is generated from `models/invoice/permissions.py` and `models/invoice/status.py`, which the API and the
workflow use.
"""

_PAYABLES = """## Payables

Every role reads payables. An invoice is imported with a token of another service, which needs one of the roles admin,
editor and manager in it. The commands of people, from `models/bills/payable.py`:
"""

_QUOTES = """## Quotes

Every role reads quotes; an editor makes drafts. The client opens, accepts and declines by a link, without a role; a
manager may record an answer that came otherwise. The commands, from `models/quotes/quote/status.py`:
"""

_TAIL = """## Review policy

The issuer's setting `review` limits approvals and write-offs further. It is copied into an invoice when its draft is
made or regenerated; a later change of the setting does not change the invoice.

- `four_eyes`: `finaliser` or `any_maker`. The person who finalised an invoice may not approve it, whatever their role;
  with `any_maker`, neither may anyone who edited it since it was last computed (`edit`, `undo`, `take_in`, an edited
  preview). Names are compared without regard to upper and lower case. If an edit, the finalize or the approval came by
  a signal without a name, it does not count as made by a second person. An API key counts as the admin who made it: it
  may not approve what they made, and they may not approve what it made.
- `admin_above`: an amount for each currency. A total above it must be approved by an admin. An approval without a role
  (a signal from the Temporal Web UI) is treated as non-admin.
- `write_off_limits`: the largest rest that a role may write off, by currency. Without one an editor writes off nothing
  and a manager any amount; an admin has no limit. A command without a role is treated as a manager's.
- An approval names the digest of the document that was reviewed. It is refused if the document has changed since.

## Delegations

A user may let another one give some of their commands for them, from one day to another. The delegate names the
delegator with the header `On-Behalf-Of`; the command then has the role that the delegator has at that time. Only the
delegated commands are included. A maker approves in nobody's name, and nobody approves in the name of a maker. An API
key acts in nobody's name. The audit event names both.

## Names and roles

The API takes the name and the role from the login or the API key. A key may do at most what its role and the present
role of its owner allow. It cannot make keys, change a password or log out. A person who may send signals in the
Temporal Web UI states name and role themselves, so give that access only to people who may do everything.
"""


def page() -> str:
    """Return the page as Markdown."""
    roles = " | ".join(Role)
    marks = "|".join(":-:" for _ in Role)
    rows = "\n".join(_row(command) for command in COMMANDS)
    payables = "\n".join(_payable_row(name) for name in PayableCommandName)
    table = f"| command | {roles} | in the statuses | what it does |\n|---|{marks}|---|---|\n{rows}\n"
    others = f"| command | {roles} | in the statuses |\n|---|{marks}|---|\n{payables}\n"
    quotes = f"| command | {roles} | in the statuses | what it does |\n|---|{marks}|---|---|\n{_quote_rows()}\n"
    return f"{_HEAD}\n{table}\n{_PAYABLES}\n{others}\n{_QUOTES}\n{quotes}\n{_TAIL}"


def _quote_rows() -> str:
    return "\n".join(_quote_row(command) for command in QUOTE_COMMANDS if command is not OpenQuote)


def _quote_row(command: type[QuoteCommand]) -> str:
    marks = " | ".join("yes" if quote_status.may(role, command.name) else "" for role in Role)
    found = quote_status.FROM[command.name]
    every = len(found) == len(QuoteStatus)
    statuses = "every status" if every else ", ".join(status for status in QuoteStatus if status in found)
    description = " ".join((command.__doc__ or "").split())
    return f"| `{command.name}` of a quote | {marks} | {statuses} | {description} |"


def _row(command: type[Command]) -> str:
    marks = " | ".join("yes" if may(role, command.name) else "" for role in Role)
    description = " ".join((command.__doc__ or "").split())
    assert command.name in LEAST_ROLE
    return f"| `{command.name}` | {marks} | {_statuses(command)} | {description} |"


def _payable_row(name: PayableCommandName) -> str:
    marks = " | ".join("yes" if role.includes(PAYABLE_ROLES[name]) else "" for role in Role)
    found = PAYABLE_STATUSES[name]
    statuses = (
        "any" if found == frozenset(PayableStatus) else ", ".join(each for each in PayableStatus if each in found)
    )
    return f"| payable: `{name}` | {marks} | {statuses} |"


def _statuses(command: type[Command]) -> str:
    service, partner = (_words(kind, TRANSITIONS[kind][command.name]) for kind in (Kind.SERVICE, Kind.PARTNER))
    return service if service == partner else f"service: {service}; partner: {partner}"


def _words(kind: Kind, statuses: frozenset[Status]) -> str:
    """Return the statuses in words, in short where they are nearly all."""
    if statuses == frozenset(Status):
        return "any"
    if statuses == {status for status in Status if status not in SETTLED and not is_final(kind, status)}:
        return "any before paid"
    without = [status for status in Status if status not in statuses]
    if len(without) == 2:
        return f"any but {' and '.join(without)}"
    return ", ".join(status.replace("_", " ") for status in Status if status in statuses) or "never"
