"""The allowed imports, read from the source: who may import whom, and what the rules may never touch."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.import_table import DOMAINS, PARTS, TOP_LEVEL, markdown

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 300
MOST_FILES = 20
VAGUE = {"utils", "util", "helpers", "helper", "common", "service", "services", "manager", "managers", "base", "misc"}

OURS = set(TOP_LEVEL) | {"tests", "templates"}

# What the rules may use of the standard library is all but this: no I/O, no clock, no chance.
IMPURE = {
    *("os", "sys", "io", "pathlib", "shutil", "tempfile", "subprocess", "socket", "ssl", "http", "urllib", "email"),
    *("random", "secrets", "time", "threading", "multiprocessing", "asyncio", "concurrent", "logging"),
    *("sqlite3", "importlib", "ctypes", "signal", "select", "glob"),
}
# What callers of a workflow use; it never runs inside one.
CLIENT_SIDE = ROOT / "workflows" / "client"
CLOCKS_AND_CHANCE = {
    *("now", "utcnow", "today", "time_ns", "monotonic", "perf_counter"),
    *("uuid1", "uuid4", "uuid7", "random", "randint", "choice", "token_hex", "urandom"),
}
BUILTINS = {"open", "float", "input"}
# Only these files of the rules know SQLModel: the tables, and the column types that they share.
TABLES = {"tables.py", "columns.py"}


@cache
def sources() -> list[Path]:
    """What is tracked; the environment and local state are nobody's concern."""
    listed = subprocess.run(
        ["git", "ls-files", "*.py"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists()]


def of(package: str) -> list[Path]:
    return [path for path in sources() if path.relative_to(ROOT).parts[0] in (package, f"{package}.py")]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Top-level names of all imports of a file, also those inside functions and `with` blocks."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import hides its arrow"
            yield (node.module or "").split(".")[0], node.lineno


def modules_imported(path: Path) -> Iterator[tuple[str, int]]:
    """Whole names: `from activities import threads` imports `activities.threads`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                is_module = (ROOT / whole.replace(".", "/")).with_suffix(".py").exists()
                yield whole if is_module else str(node.module), node.lineno


def calls(path: Path) -> Iterator[tuple[ast.expr, int]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node.func, node.lineno


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def test_there_is_something_to_read() -> None:
    assert {path.name for path in of("models")} >= {"money.py", "invoice.py", "lifecycle.py"}
    assert of("workflows")
    assert of("worker") == [ROOT / "worker.py"]


def test_every_top_level_name_has_its_place_in_the_table() -> None:
    top = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in sources()}
    assert top - OURS <= {"deploy"}


@pytest.mark.parametrize("package", TOP_LEVEL)
def test_imports_follow_the_arrows(package: str) -> None:
    wrong = [
        f"{where(path, line)} imports {name}"
        for path in of(package)
        for name, line in imported(path)
        if name in OURS - {package} and name not in TOP_LEVEL[package]
    ]
    # `local` starts the worker, the API and the command line as processes: by their names, not by an import.
    assert wrong == []


@pytest.mark.parametrize(("package", "other"), PARTS)
def test_only_a_part_of_it_is_imported(package: str, other: str) -> None:
    """So that, for example, no activity with an effect can be called past its workflow."""
    found = {
        name: where(path, line)
        for path in of(package)
        for name, line in modules_imported(path)
        if name.split(".")[0] == other
    }
    listed = PARTS[package, other]
    assert {name: place for name, place in found.items() if name not in listed} == {}
    assert listed - set(found) == set(), "these are imported no more; take them off the list"


@pytest.mark.parametrize("package", DOMAINS)
def test_domains_import_only_lower_domains(package: str) -> None:
    allowed = DOMAINS[package].allowed()
    wrong = []
    for path in of(package):
        domain = domain_of(path)
        if domain is None:
            continue
        assert domain in allowed, f"{package}/{domain} has no place in tests/architecture/import_table.py"
        for name, line in modules_imported(path):
            parts = name.split(".")
            if parts[0] == package and len(parts) > 1 and parts[1] not in (domain, *allowed[domain]):
                wrong.append(f"{where(path, line)} imports {name}")
    assert wrong == []


def domain_of(path: Path) -> str | None:
    """Return the folder, or the file, below the top level; None for the package's own `__init__.py`."""
    name = path.relative_to(ROOT).parts[1].removesuffix(".py")
    return None if name == "__init__" else name


def test_the_documentation_prints_the_import_table() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    printed = text.split("<!-- import-table:start -->")[1].split("<!-- import-table:end -->")[0].strip()
    assert printed == markdown(), "print it: python -m tests.architecture.import_table"


def test_workflows_do_not_import_what_their_callers_use() -> None:
    wrong = [
        where(path, line)
        for path in of("workflows")
        if CLIENT_SIDE not in path.parents
        for name, line in modules_imported(path)
        if name.startswith("workflows.client")
    ]
    assert wrong == []


def test_routes_import_no_routes_of_another_domain() -> None:
    wrong = [
        f"{where(path, line)} imports {name}"
        for path in of("api")
        if path.name != "app.py"
        for name, line in modules_imported(path)
        if name.startswith("api.") and "routes" in name.rsplit(".", 1)[-1] and domain_of(path) != name.split(".")[1]
    ]
    assert wrong == []


def test_rules_are_pure() -> None:
    """Rules use the standard library without I/O, clock or chance, pydantic, and email-validator, which asks no DNS.

    Only tables use SQLModel.
    """
    libraries = {"pydantic", "pydantic_core", "email_validator"}
    wrong = []
    for path in of("models"):
        known = libraries | ({"sqlmodel", "sqlalchemy"} if path.name in TABLES else set())
        for name, line in imported(path):
            pure = name in sys.stdlib_module_names and name not in IMPURE
            if not (pure or name in known or name == "models"):
                wrong.append(f"{where(path, line)} imports {name}")
    assert wrong == []


def test_no_workflow_meets_a_database_table() -> None:
    wrong = [
        where(path, node.lineno)
        for package in ("models", "workflows")
        for path in of(package)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and str(node.module).endswith("tables") and path.name != "tables.py"
    ]
    assert wrong == []


def test_no_clock_and_no_chance_in_rules_and_workflows() -> None:
    """`workflow.now()` is the one clock: it says the same on every replay."""
    wrong = []
    rules = [path for path in of("models") if path.name not in TABLES]  # PostgreSQL's clock stamps its rows
    for path in [*rules, *(path for path in of("workflows") if CLIENT_SIDE not in path.parents)]:
        for function, line in calls(path):
            if isinstance(function, ast.Attribute) and function.attr in CLOCKS_AND_CHANCE:
                owner = function.value.id if isinstance(function.value, ast.Name) else ""
                if owner != "workflow":
                    wrong.append(f"{where(path, line)} calls {owner}.{function.attr}")
            elif isinstance(function, ast.Name) and function.id in CLOCKS_AND_CHANCE | BUILTINS:
                wrong.append(f"{where(path, line)} calls {function.id}")
    assert wrong == []


def test_one_function_waits_for_conditions() -> None:
    """A wait of the SDK ends at a cancel request, whichever task waits (docs/specification/temporal.md 9.5)."""
    waits = [
        path
        for path in of("workflows")
        for function, _ in calls(path)
        if ast.unparse(function).endswith("wait_condition")
    ]
    assert waits == [ROOT / "workflows" / "runtime" / "conditions.py"]


def test_no_float_anywhere_near_an_amount() -> None:
    wrong = []
    for path in of("models"):
        for node in ast.walk(tree(path)):
            is_float = isinstance(node, ast.Constant) and isinstance(node.value, float)
            if is_float or (isinstance(node, ast.Name) and node.id == "float"):
                assert isinstance(node, ast.expr)
                wrong.append(where(path, node.lineno))
    assert wrong == []


def test_files_fit_a_reader() -> None:
    written = [path for path in sources() if "migrations" not in path.parts]  # a migration that has run is not edited
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in written}
    assert {where(path, n) for path, n in lengths.items() if n > LONGEST_FILE} == set()


def test_folders_fit_a_reader() -> None:
    folders = Counter(
        path.parent for path in sources() if path.relative_to(ROOT).parts[0] not in ("tests", "migrations")
    )
    assert {str(folder.relative_to(ROOT)): n for folder, n in folders.items() if n > MOST_FILES} == {}


def test_modules_are_nouns_of_the_domain() -> None:
    parts = {part for path in sources() for part in path.relative_to(ROOT).with_suffix("").parts}
    assert parts & VAGUE == set()


def test_every_module_says_what_it_owns() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.name != "__init__.py" and path.stat().st_size and not ast.get_docstring(tree(path))
    ]
    assert silent == []


def test_test_files_have_names_of_their_own() -> None:
    """Tests are collected without packages, so that two files of one name would shadow each other."""
    names = [path.name for path in of("tests") if path.name.startswith("test_")]
    assert sorted(names) == sorted(set(names))
    assert [path for path in of("tests") if path.name == "__init__.py"] == []
