"""The flat shape: how contents, lines, requests and patches were written before an invoice had a basis.

Histories and PostgreSQL keep that shape for as long as they keep anything, so it is read forever. It is also what the
digest of a service invoice covers: the digest of a content that was frozen in the flat shape, and of one whose workflow
is replayed by this release, must not change (docs/decisions/0009).
"""

from collections.abc import Mapping
from typing import Any

# In the order in which they were written, which the digest depends on. A field that is added to a content or a line
# and shall be part of the digest is added here; it must then be left out while it has its default.
_CONTENT = (
    *("application_key", "application_name", "customer_key", "deal_type", "client_type", "currency", "period"),
    *("invoice_date", "payment_days", "agreement_number", "agreement_date", "issuer", "customer", "recipients"),
    *("channel", "series", "rate_rule", "reminder_days", "tax", "lines", "totals", "toggles", "legal_text"),
    *("html_override", "warnings", "suggested_base_amount"),
)
_LINE = (
    *("id", "line_type", "description", "quantity", "unit_price", "line_total", "rate_tier", "rate_multiplier"),
    *("jira_key", "time_seconds", "billable_seconds", "source", "billed", "rule", "worked_on", "worklogs"),
)
_OF_BASIS = frozenset(
    {
        *("application_key", "application_name", "customer_key", "deal_type", "client_type", "period"),
        *("agreement_number", "agreement_date", "rate_rule", "suggested_base_amount", "worklogs"),
        "hours_follow_lines",
    }
)
_NO_WORK: Mapping[str, Any] = {
    "jira_key": None,
    "rate_tier": "standard",
    "time_seconds": 0,
    "billable_seconds": 0,
    "worked_on": [],
    "worklogs": [],
}


def content_from_flat(value: Any) -> Any:
    """The value as Content reads it; one that is not in the flat shape is returned as it is."""
    if not isinstance(value, Mapping) or "basis" in value or "application_key" not in value:
        return value
    return _moved(value, _OF_BASIS, "basis", "service")


def line_from_flat(value: Any) -> Any:
    """The value as Line reads it. `source` said who wrote the line, and all lines had the fields of work."""
    # Asked of each of perhaps ten thousand lines, and most are written in today's shape.
    if not isinstance(value, Mapping) or not isinstance(value.get("source", ""), str):
        return value
    has_work = any(value.get(name, none) not in (none, ()) for name, none in _NO_WORK.items())
    return line_changes_from_flat(value) | ({} if has_work else {"source": None})


def request_from_flat(value: Any) -> Any:
    """The value as DraftRequest reads it."""
    if not isinstance(value, Mapping) or "application_key" not in value:
        return value
    return _moved(value, frozenset({"application_key", "period"}), "subject", "contract")


def patch_from_flat(value: Any) -> Any:
    """The value as Patch reads it: the changed fields of the header and of each line."""
    if not isinstance(value, Mapping):
        return value
    fields, changed = value.get("fields", {}), value.get("changed", {})
    return {
        **value,
        "fields": _moved(fields, _OF_BASIS, "basis", "service") if _OF_BASIS & fields.keys() else fields,
        "changed": {line_id: line_changes_from_flat(changes) for line_id, changes in changed.items()},
    }


def line_changes_from_flat(value: Mapping[str, Any]) -> dict[str, Any]:
    """Some fields of a line as they are named now."""
    found = dict(value)
    if isinstance(found.get("source"), str):
        found["is_manual"] = found.pop("source") == "manual"
    return _moved(found, _NO_WORK.keys(), "source", "worklogs") if _NO_WORK.keys() & found.keys() else found


def flat_content(content: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON values of a service invoice's content in the flat shape."""
    fields = {**content, **content["basis"], "lines": [_flat_line(line) for line in content["lines"]]}
    return {name: fields[name] for name in _CONTENT}


def _flat_line(line: Mapping[str, Any]) -> dict[str, Any]:
    fields = {**line, **_NO_WORK, **(line["source"] or {}), "source": "manual" if line["is_manual"] else "auto"}
    return {name: fields[name] for name in _LINE}


def _moved(value: Mapping[str, Any], names: Any, into: str, kind: str) -> dict[str, Any]:
    part = {name: value[name] for name in value if name in names}
    return {name: value[name] for name in value if name not in names} | {into: {"kind": kind, **part}}
