"""The import rules of the product: one table, which the architecture tests enforce and docs/architecture.md prints."""

from collections.abc import Iterator
from dataclasses import dataclass

# Which top-level package may import which others. `tests` is no part of the product.
TOP_LEVEL: dict[str, frozenset[str]] = {
    "models": frozenset(),
    "workflows": frozenset({"models"}),
    "activities": frozenset({"models", "settings"}),
    "api": frozenset({"models", "workflows", "activities", "settings", "json_logs"}),
    "worker": frozenset({"models", "workflows", "activities", "settings", "json_logs"}),
    "settings": frozenset(),
    "json_logs": frozenset(),
    "migrations": frozenset({"models", "activities", "settings"}),
    "local": frozenset({"models", "workflows", "activities", "api", "settings"}),
    "operations": frozenset({"models", "workflows", "activities", "api", "settings", "local"}),
    "cli": frozenset({"models", "local", "operations"}),
    "benchmarks": frozenset({"models", "workflows", "activities", "settings", "local", "worker", "api"}),
    "soak": frozenset({"models", "workflows", "activities", "settings", "local", "benchmarks"}),
}

# Where only a part of a package may be imported, by the whole names of its modules.
PARTS: dict[tuple[str, str], frozenset[str]] = {
    # The classes that read, the pools that they read through, the links to archived files, and the encryption of
    # secrets in PostgreSQL. None has an effect. Orders, attachments and files of vendor bills are no invoices: people
    # and source systems change them through the API, which therefore uses their stores.
    ("api", "activities"): frozenset(
        {
            "activities.accounting.finance_sums",
            "activities.archive.addresses",
            "activities.billing.cloud_costs",
            "activities.billing.drafting",
            "activities.bills.ingest.stored_bill_files",
            "activities.clients.errors",
            "activities.clients.stored_files",
            "activities.bills.allocation",
            "activities.bills.matching",
            "activities.clients.clickhouse.warehouse",
            "activities.clients.pkcs7",
            "activities.contracts.error_mapping",
            "activities.contracts.lookups",
            "activities.contracts.terms_reader",
            "activities.database.engine",
            "activities.database.neighbours",
            "activities.database.schema",
            "activities.database.word_search",
            "activities.documents.override_reader",
            "activities.documents.pages",
            "activities.events.webhooks.sealing",
            "activities.invoice.billed_work",
            "activities.partners.partner_reader",
            "activities.partners.attachments",
            "activities.partners.batch_store",
            "activities.partners.order_store",
            "activities.quotes.pages",
            "activities.runtime.threads",
        }
    ),
    # The rules of users and API keys, and the one writer of both.
    ("operations", "api"): frozenset({"api.settings.api_keys", "api.settings.store", "api.settings.users"}),
    ("local", "api"): frozenset({"api.access.passwords", "api.settings.store", "api.settings.users"}),
}


@dataclass(frozen=True)
class Floors:
    """The domains of one package from the ground up. A domain imports only domains of lower floors."""

    floors: tuple[tuple[str, ...], ...]
    only: tuple[tuple[str, tuple[str, ...]], ...] = ()  # domains that may import less than what lies below them

    def allowed(self) -> dict[str, frozenset[str]]:
        """For each domain the domains that it may import."""
        below: set[str] = set()
        table: dict[str, frozenset[str]] = {}
        for floor in self.floors:
            table |= {domain: frozenset(below) for domain in floor}
            below |= set(floor)
        return table | {domain: frozenset(domains) for domain, domains in self.only}


DOMAINS: dict[str, Floors] = {
    "models": Floors(
        (
            ("values",),
            ("access", "audit", "settings"),
            ("issuer",),
            ("contracts", "partners"),
            ("invoice",),
            ("documents", "accounting", "bills"),
            ("billing",),
            ("quotes", "verification"),
            ("events", "archive"),
            ("notifications",),
            ("tables",),
        ),
        only=(("bills", ("access", "audit", "values")),),
    ),
    "workflows": Floors(
        (
            ("runtime",),
            ("invoice", "accounting", "bills", "archive", "events", "notifications"),
            ("billing", "partners", "quotes"),
            ("client", "registry"),
        ),
    ),
    "activities": Floors(
        (
            ("runtime", "database"),
            ("clients",),
            ("documents", "invoice", "issuer", "contracts", "events"),
            ("partners",),
            ("ledger",),
            ("billing", "archive", "accounting", "bills", "quotes", "notifications"),
            ("delivery",),
            ("wiring",),
        ),
        # Orders know of an invoice only its id.
        only=(("partners", ("clients", "contracts", "database", "documents", "issuer", "runtime")),),
    ),
    "api": Floors(
        (
            ("http", "metrics", "garbage_collection"),
            ("request_log",),
            ("errors",),
            ("error_handlers",),
            ("temporal",),
            ("deps",),
            ("access", "cursors", "reads", "uploads"),
            ("settings",),
            ("partners",),
            ("registry", "invoice"),
            (
                *("documents", "contracts", "billing", "health", "webhooks", "accounting", "bills"),
                *("quotes", "verification", "audit", "docs_page", "temporal_codec", "events", "einvoice"),
            ),
            ("search",),
            ("pages",),
            ("app",),
            ("server",),
        ),
    ),
}


def rows() -> Iterator[tuple[str, str, str]]:
    """The table as docs/architecture.md prints it: package, domain, and what the domain may import."""
    for package, others in TOP_LEVEL.items():
        yield package, "", ", ".join(sorted(others)) or "nothing of ours"
    for package, floors in DOMAINS.items():
        for domain, others in floors.allowed().items():
            yield package, domain, ", ".join(sorted(others)) or "nothing of its package"


def markdown() -> str:
    """The table in Markdown."""
    lines = ["| package | domain | may import |", "|---|---|---|"]
    lines += [f"| `{package}` | {f'`{domain}`' if domain else ''} | {others} |" for package, domain, others in rows()]
    lines += [
        f"| `{package}` | of `{other}` only | {', '.join(f'`{module}`' for module in sorted(modules))} |"
        for (package, other), modules in PARTS.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(markdown())  # noqa: T201
