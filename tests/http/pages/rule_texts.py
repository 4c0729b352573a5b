"""The sentences that stand in the code of the rules, from its syntax trees: each of them may reach a page.

A sentence is a text of three words or more that is not a docstring, not a description of the API, not an error of a
programmer, not a message of the desk with its own entry, and not in a file whose texts are for other readers.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache

from api.pages.languages import translations
from tests.http.pages.messages import ROOT

SOURCES = ("models", "api", "workflows/client", "activities")
VALUE = "{}"
FEWEST_WORDS = 3
_KINDS = (ast.Constant, ast.JoinedStr, ast.Expr, ast.Assert, ast.Call)
_WORD = re.compile(r"(?<![\w$<%{}.])[A-Za-z][a-z']+(?![\w={}(])")
_CODE = re.compile(
    r"\b(SELECT|INSERT|FROM|WHERE|BETWEEN|IS NULL|IS NOT NULL|CASE WHEN)\b|header = true|\$\.|->"
    r"|default-src|<!DOCTYPE|tuple\[|^\W*(## |\| )"
)

DOCUMENTED = {"description", "summary", "title", "response_description", "examples", "pattern"}
PROGRAMMERS = {"AssertionError", "RuntimeError", "TypeError", "NotImplementedError", "LookupError", "KeyError"}
LOGGED = {"debug", "info", "warning", "exception", "error", "critical", "log"}

OTHER_READERS = {
    "models/archive/sweep.py": "the Temporal Web UI",
    "models/billing/ready_orders.py": "the Temporal Web UI",
    "models/bills/ingest.py": "the Temporal Web UI",
    "models/documents/html_override.py": "lists of tags",
    "models/documents/wording.py": "the documents",
    "models/events/event_types.py": "the documentation of the API",
    "models/invoice/acts/sweep.py": "the Temporal Web UI",
    "models/invoice/content/line_descriptions.py": "the documents",
    "models/invoice/current_details.py": "the Temporal Web UI",
    "models/notifications": "Telegram",
    "models/quotes/content/deal.py": "the documents",
    "models/quotes/conversion/schedule.py": "the documents",
    "models/quotes/quote/current_details.py": "the Temporal Web UI",
    "models/quotes/quote/timers.py": "the Temporal Web UI",
    "models/values/printable_characters.py": "the fonts",
    "api/access/api_keys.py": "programs with a key",
    "api/app.py": "the documentation of the API",
    "api/bills/import_routes.py": "programs with a token",
    "api/bills/payables": "programs with a token",
    "api/docs_page.py": "the documentation of the API",
    "api/events/openapi.py": "the documentation of the API",
    "api/health": "probes",
    "api/http/error_responses.py": "the documentation of the API",
    "api/invoice/command_bodies.py": "the documentation of the API",
    "api/metrics.py": "Prometheus",
    "api/pages/assets.py": "a header of an answer",
    "api/pages/rendering.py": "headers of an answer, and markup",
    "api/server.py": "the command line",
    "api/temporal.py": "the log",
    "api/temporal_codec": "the Temporal Web UI",
    "api/webhooks": "programs with a signature",
    "workflows/client/act_sweeps.py": "the Temporal Web UI",
    "workflows/client/archive_sweeps.py": "the command line",
    "workflows/client/connection.py": "the log",
    "workflows/client/event_feed.py": "the Temporal Web UI",
    "workflows/client/payload_encryption.py": "the log",
    "workflows/client/quote_restore.py": "the command line",
    "workflows/client/recurring": "the Temporal Web UI",
    "workflows/client/restore.py": "the command line",
    "workflows/client/schedules.py": "the Temporal Web UI",
    "activities/archive/sweep.py": "the Temporal Web UI",
    "activities/bills/normalising_query.py": "the database",
    "activities/clients/clickhouse/queries.py": "the database",
    "activities/database": "the log",
    "activities/documents/font_files.py": "the fonts",
    "activities/documents/formatting.py": "the documents",
    "activities/documents/legal_names.py": "the documents",
    "activities/events/feed.py": "the Temporal Web UI",
    "activities/events/webhooks/consumer.py": "the Temporal Web UI",
    "activities/notifications/consumer.py": "the Temporal Web UI",
    "activities/notifications/summary.py": "Telegram",
}
NOT_TOLD = {
    "at an effect": "only a fault of the program",
    "no texts by names": "only a fault of the program",
    "no change of a line": "only a fault of the program",
    "no rows of texts": "only a fault of the program",
    "font-src 'self' data:": "a header of an answer",
    "noindex, nofollow, noarchive": "a header of an answer",
    "quote links from ": "the purpose of a key",
    "Amazon Web Services": "a vendor",
    "amazon web services": "a vendor",
    "product, description, hours, start, end, USD": "the columns of a file",
    "Cost type, Service description, SKU description, Cost ($)": "the columns of a file",
    "billing_account_id, invoice.month, cost_type, credits, cost": "the columns of a file",
    "grouping, product, description, reference, quantity, from, until, total": "the columns of a file",
    " (informs, not summed)": "a value in a message",
    "this key is never null": "only a fault of the program",
    "filter then sort": "the log",
    "Invalid Input Error": "words of DuckDB",
    "chat not found": "words of Telegram",
    "have no rights": "words of Telegram",
    "the document's rows do not add up to its total of {}": "only a fault of the program",
    "the quote's rows do not add up to its total of {}": "only a fault of the program",
    "aktum invoice restore {}": "a command to type",
    "aktum quote restore {}": "a command to type",
    "{} cancelled the rest on {} UTC.": "the Temporal Web UI",
    "aktum audit verify": "a command to type",
    "Balance of the invoice": "the heading of a column in a file",
    "Taken back by": "the heading of a column in a file",
    "Taken back at": "the heading of a column in a file",
    "Taken back because": "the heading of a column in a file",
    "The ETag in If-None-Match is still the document.": "the documentation of the API",
    "Migration to the cloud": "an example of the API",
    "null while a cost is missing, or without a revenue": "the documentation of the API",
    "with two decimals; null without a revenue": "the documentation of the API",
    "{}, {}, continued at revision {}": "the Temporal Web UI",
    "message thread not found": "words of Telegram",
    "not enough rights": "words of Telegram",
    "can't parse entities": "words of Telegram",
    "user status disabled": "words of Didox",
    "Open the quote": "a letter",
    "{} before the due date": "the Temporal Web UI",
    "{} with the total {}": "a value in a message",
    "{} in the category {}{} on {}": "a value in a message",
    "{} and not locked": "a value in a message",
    "net {} and tax {} {}": "a value in a message",
    "at an unknown time": "the Temporal Web UI",
    "the answer is not of the expected shape ({})": "a value in a message",
    "with its time zone": "a value in a message",
    "rates of the rate card": "a value in a message",
    " of the project {}": "a value in a message",
}


def form_of(node: ast.AST) -> str | None:
    """Return the text with `{}` in place of each value; None if the node is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else VALUE for part in node.values)
    return None


@cache
def nodes() -> dict[str, tuple[ast.AST, ...]]:
    """Return the nodes of each file that are texts, or that say which texts are no messages."""
    return {
        path.relative_to(ROOT).as_posix(): nodes_of(path.read_text(encoding="utf-8"))
        for folder in SOURCES
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


def nodes_of(source: str) -> tuple[ast.AST, ...]:
    return tuple(node for node in ast.walk(ast.parse(source)) if isinstance(node, _KINDS))


def sentences() -> dict[str, str]:
    """Return the sentences of the code that may reach a page, each with the place where it stands."""
    desk = translations("ru")
    found: dict[str, str] = {}
    for path, found_nodes in nodes().items():
        others = (path == other or path.startswith(f"{other}/") for other in OTHER_READERS)
        if not path.endswith("/tables.py") and not any(others):
            for form, line in sentences_of(found_nodes):
                found.setdefault(form, f"{path}:{line}")
    return {form: place for form, place in found.items() if form not in NOT_TOLD and desk.gettext(form) == form}


def sentences_of(nodes: tuple[ast.AST, ...]) -> Iterator[tuple[str, int]]:
    skipped = {skipped for node in nodes for skipped in _skipped(node)}
    for node in nodes:
        form = form_of(node)
        if form and id(node) not in skipped and is_sentence(form):
            yield form, getattr(node, "lineno", 0)


def is_sentence(form: str) -> bool:
    words = min(len(form.split()), len(_WORD.findall(form)))
    return words >= FEWEST_WORDS and not _CODE.search(form)


def _skipped(node: ast.AST) -> Iterator[int]:
    """Yield the texts in the node that are no messages."""
    match node:
        case ast.JoinedStr():
            yield from map(id, node.values)
        case ast.Expr():
            yield id(node.value)
        case ast.Assert(msg=ast.expr() as message):
            yield from map(id, ast.walk(message))
        case ast.Call():
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in PROGRAMMERS or (called in LOGGED and isinstance(node.func, ast.Attribute)):
                yield from map(id, ast.walk(node))
            for keyword in node.keywords:
                if keyword.arg in DOCUMENTED:
                    yield from map(id, ast.walk(keyword.value))
