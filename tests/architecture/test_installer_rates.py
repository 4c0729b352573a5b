"""Nothing that computes an invoice can read the rates of installers (docs/specification/partners.md 2.7).

The modules that know these rates are listed. Whatever a module of an invoice imports, directly or through others, is
none of them.
"""

from functools import cache
from pathlib import Path

from tests.architecture.test_imports import ROOT, modules_imported, of, sources

KNOW_INSTALLER_RATES = {
    "models.partners.installer_rate",
    "models.partners.payout.installer",
    "models.partners.payout.rate_lookup",
    "models.partners.payout.payout",
    "models.partners.tables",  # the table beside that of the rate card; only readers of rows import it
    "models.tables",
    "api.settings.partner_repositories",
    "api.settings.routes.rate_cards",
    "local.demo_data.partners",
}
COMPUTE_INVOICES = (
    *("models/invoice/", "models/billing/", "models/documents/", "models/accounting/", "workflows/"),
    *("activities/invoice/", "activities/billing/", "activities/documents/"),
    *("models/partners/rate_card.py", "models/partners/rate_lookup.py", "models/partners/terms.py"),
)
TABLES = "models.partners.tables"


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")


def importing(path: Path) -> set[str]:
    """The modules that a file imports; a name imported from a module counts as the module."""
    return {name for name, _ in modules_imported(path)}


@cache
def paths() -> dict[str, Path]:
    return {name_of(path): path for path in sources() if path.relative_to(ROOT).parts[0] != "tests"}


def reached_from(path: Path) -> set[str]:
    """The modules of ours that a file imports, directly or through others."""
    found: set[str] = set()
    todo = [path]
    while todo:
        for name in importing(todo.pop()) & paths().keys() - found:
            found.add(name)
            todo.append(paths()[name])
    return found


def test_only_settings_know_the_rates_of_installers() -> None:
    knowing = {
        name
        for name, path in paths().items()
        if importing(path) & {"models.partners.installer_rate"}
        or "InstallerRateTable" in path.read_text(encoding="utf-8")
    }
    assert knowing | {"models.partners.installer_rate", "models.tables"} == KNOW_INSTALLER_RATES


def test_no_module_that_computes_an_invoice_reaches_them() -> None:
    computing = [
        path
        for package in ("models", "workflows", "activities")
        for path in of(package)
        if path.relative_to(ROOT).as_posix().startswith(COMPUTE_INVOICES)
    ]
    assert len(computing) > 50
    reached = {name for path in computing for name in reached_from(path)}
    assert "models.partners.rate_lookup" in {name_of(path) for path in computing} | reached
    assert reached & (KNOW_INSTALLER_RATES - {TABLES}) == set()


def test_no_source_of_an_invoice_names_their_table() -> None:
    """A query as text would be no import."""
    naming = {
        name
        for name, path in paths().items()
        if "installer_rates" in path.read_text(encoding="utf-8") and not name.startswith("migrations.")
    }
    assert naming == {TABLES, "api.settings.routes.rate_cards", "local.demo_data.partners"}
