"""The flat shape: the JSON of contents, lines, requests and patches from releases in which an invoice had no basis.

Histories and PostgreSQL keep JSON in this shape, so every release must read it. The digest of a service invoice is also
computed over this shape, because the digest of a frozen content and of a replayed workflow must not change
(docs/decisions/0009).
"""

from collections.abc import Mapping
from typing import Any

# The fields in the order in which they were written; the digest depends on it. A new field of a content or a line that
# is to be part of the digest must be added here, and must be left out of the digest while it has its default.
_CONTENT = (
    *("application_key", "application_name", "customer_key", "deal_type", "client_type", "currency", "period"),
    *("invoice_date", "payment_days", "agreement_number", "agreement_date", "issuer", "customer", "recipients"),
    *("channel", "series", "rate_rule", "reminder_days", "tax", "lines", "totals", "toggles", "legal_text"),
    *("html_override", "warnings", "suggested_base_amount"),
)
# Fields that are part of the digest only if they are set, because earlier contents lack them.
_ADDED = ("hours_add_up", "tax_treatment", "tax_note", "cc", "bcc", "service_code")
_LINE = (
    *("id", "line_type", "description", "quantity", "unit_price", "line_total", "rate_tier", "rate_multiplier"),
    *("jira_key", "time_seconds", "billable_seconds", "source", "billed", "rule", "worked_on", "worklogs"),
)
_BASIS = frozenset(
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
    """Return the value in the shape of Content; a value that is not in the flat shape is returned as it is."""
    if not isinstance(value, Mapping) or "basis" in value or "application_key" not in value:
        return value
    return _nested(value, _BASIS, "basis", "service")


def line_from_flat(value: Any) -> Any:
    """Return the value in the shape of Line.

    In the flat shape, `source` is "auto" or "manual", and every line has the fields of a WorklogSource. The check is
    short, because a draft may have ten thousand lines, and most of them are in today's shape.
    """
    if not isinstance(value, Mapping) or not isinstance(value.get("source", ""), str):
        return value
    has_work = any(value.get(name, none) not in (none, ()) for name, none in _NO_WORK.items())
    return line_changes_from_flat(value) | ({} if has_work else {"source": None})


def request_from_flat(value: Any) -> Any:
    """Return the value in the shape of DraftRequest."""
    if not isinstance(value, Mapping) or "application_key" not in value:
        return value
    return _nested(value, frozenset({"application_key", "period"}), "subject", "contract")


def patch_from_flat(value: Any) -> Any:
    """Return the value in the shape of Patch, which has the changed fields of the header and of each line."""
    if not isinstance(value, Mapping):
        return value
    fields, changed = value.get("fields", {}), value.get("changed", {})
    return {
        **value,
        "fields": _nested(fields, _BASIS, "basis", "service") if _BASIS & fields.keys() else fields,
        "changed": {line_id: line_changes_from_flat(changes) for line_id, changes in changed.items()},
    }


def line_changes_from_flat(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return some fields of a line under their present names."""
    found = dict(value)
    if isinstance(found.get("source"), str):
        found["is_manual"] = found.pop("source") == "manual"
    return _nested(found, _NO_WORK.keys(), "source", "worklogs") if _NO_WORK.keys() & found.keys() else found


def flat_content(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON of a service invoice's content in the flat shape."""
    fields = {**content, **content["basis"], "lines": [_flat_line(line) for line in content["lines"]]}
    added = {name: fields[name] for name in _ADDED if fields.get(name)}
    return {name: fields[name] for name in _CONTENT} | added


def _flat_line(line: Mapping[str, Any]) -> dict[str, Any]:
    fields = {**line, **_NO_WORK, **(line["source"] or {}), "source": "manual" if line["is_manual"] else "auto"}
    added = {"service_code": fields["service_code"]} if fields.get("service_code") else {}
    return {name: fields[name] for name in _LINE} | added


def _nested(value: Mapping[str, Any], names: Any, into: str, kind: str) -> dict[str, Any]:
    """Return the value with the named fields moved into one nested object of this kind."""
    part = {name: value[name] for name in value if name in names}
    return {name: value[name] for name in value if name not in names} | {into: {"kind": kind, **part}}
