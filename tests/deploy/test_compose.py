"""Checks of docker-compose.yml without Docker: with the Compose Specification, `.env.example`, and the settings that
worker and API read."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from pydantic import BaseModel, SecretStr

from local.engines.gotenberg import ISOLATION_FLAGS
from settings import PREFIX, Settings, variable_name
from workflows.bills import search_attributes as bill_attributes
from workflows.invoice import search_attributes
from workflows.quotes import search_attributes as quote_attributes

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
ONE_SHOTS = {name for name, service in SERVICES.items() if service["restart"] == "no"}
EXAMPLE = (ROOT / ".env.example").read_text()

REFERENCE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^${}]*))?\}")
SECRET_NAME = re.compile(r"PASSWORD|PWD|SECRET|ACCESS_KEY|TOKEN(?!_HOURS)|API_KEY|ENCRYPTION_KEYS")
# Compose runs its own Temporal, and only the embedded mailbox can be searched for messages.
OF_OTHERS = {"AKTUM_TEMPORAL__API_KEY", "AKTUM_TEMPORAL__TLS", "AKTUM_SMTP__PROBE_URL"}
OF_64_BYTES = {"AKTUM_FINANCE__JWT_SECRET"}
RELEASE = re.compile(r"v?\d+(\.\d+)+(-[a-z]+)?")


def example_values(*, optional: bool) -> dict[str, str]:
    """Return the values of `.env` with secrets filled in; `optional` adds the commented lines."""
    pattern = r"(?m)^(?:# )?([A-Z_0-9]+)=(.*)$" if optional else r"(?m)^([A-Z_0-9]+)=(.*)$"
    found = dict(re.findall(pattern, EXAMPLE))
    return {
        name: f"{value}{'0f' * 32}" if value.endswith(":") or name in OF_64_BYTES else value or f"filled-in-as-{name}"
        for name, value in found.items()
    }


def resolved(text: str, env: Mapping[str, str]) -> str:
    """Return the text with references substituted as Compose does, innermost first."""

    def value(reference: re.Match[str]) -> str:
        name, kind = reference["name"], reference["kind"]
        if found := env.get(name):
            return found
        assert kind == "-", f"{name} has no value and no default"
        return str(reference["rest"])

    while REFERENCE.search(text):
        text = REFERENCE.sub(value, text)
    return text


def environment(service: str, env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of the container; one without a value is taken from `.env` or stays unset."""
    given: dict[str, str | None] = SERVICES[service].get("environment", {})
    values = {name: env.get(name) if value is None else resolved(str(value), env) for name, value in given.items()}
    return {name: value for name, value in values.items() if value is not None}


def texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for child in node.values():
            yield from texts(child)
    elif isinstance(node, list):
        for child in node:
            yield from texts(child)
    elif isinstance(node, str):
        yield node


def setting(settings: BaseModel, name: str) -> str:
    """Return the setting of a variable; fails if no setting has that name."""
    node: Any = settings
    for part in name.removeprefix(PREFIX).lower().split("__"):
        assert part in type(node).model_fields, f"{name}: {type(node).__name__} knows no {part!r}"
        node = getattr(node, part)
    if isinstance(node, float):
        return f"{node:g}"
    if isinstance(node, bool):
        return str(node).lower()
    return node.get_secret_value() if isinstance(node, SecretStr) else str(node)


def all_settings() -> set[str]:
    found = set()
    for name, value in Settings():
        groups = (
            [variable_name(name, each) for each, _ in value] if isinstance(value, BaseModel) else [variable_name(name)]
        )
        found.update(groups)
    return found


def documented() -> Iterator[str]:
    """Yield the variables in the table of docs/operations.md; `__NAME` belongs to the group before it."""
    text = (ROOT / "docs" / "operations.md").read_text().partition("## A new install")[0]
    group = ""
    for name in re.findall(r"`(AKTUM_\w+|__\w+)`", text):
        if name.startswith(PREFIX):
            group = name.partition("__")[0]
        yield name if name.startswith(PREFIX) else group + name


def test_follows_the_compose_specification() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
    errors = list(jsonschema.Draft7Validator(schema).iter_errors(COMPOSE))
    assert [f"{'/'.join(map(str, error.path))}: {error.message}" for error in errors] == []


def test_every_variable_is_explained_in_the_example_and_none_is_left_over() -> None:
    used = set(re.findall(r"\$\{(\w+)", "\n".join(texts(COMPOSE))))
    used |= {name for s in SERVICES.values() for name, value in s.get("environment", {}).items() if value is None}
    assert used == set(example_values(optional=True)) - {"COMPOSE_PROFILES"}


def test_the_example_starts_every_service_that_has_a_profile() -> None:
    profiles = {profile for service in SERVICES.values() for profile in service.get("profiles", [])}
    assert set(example_values(optional=False)["COMPOSE_PROFILES"].split(",")) == profiles


def test_a_missing_secret_stops_the_start() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if SECRET_NAME.search(variable) and value is not None:
                assert re.fullmatch(r"\$\{\w+:\?set \w+ in \.env\}", value), f"{name}: {variable}"


def test_the_line_that_fills_in_the_secrets_leaves_none_open(monkeypatch: pytest.MonkeyPatch) -> None:
    (command,) = re.findall(r'(?m)^#   python3 -c "(.*)" > \.env$', EXAMPLE)
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    filled = dict(re.findall(r"(?m)^([A-Z_0-9]+)=(.*)$", done.stdout))
    assert filled.keys() == example_values(optional=False).keys()
    assert not [name for name, value in filled.items() if value == "" or value.endswith(":")]
    monkeypatch.setenv("AKTUM_TEMPORAL__ENCRYPTION_KEYS", filled["AKTUM_TEMPORAL__ENCRYPTION_KEYS"])
    assert [*Settings().temporal.key_ring] == ["first"]
    comments = re.compile(r"(?m)^#.*$")
    assert comments.findall(done.stdout) == comments.findall(EXAMPLE)


def test_no_password_is_written_down() -> None:
    for text in texts(COMPOSE):
        for password in re.findall(r"://[^:/@\s]*:([^@]*)@", text):
            assert password.startswith("${"), text
    for name, value in re.findall(r"(?m)^(?:# )?([A-Z_0-9]+)=(.*)$", EXAMPLE):
        if SECRET_NAME.search(name):
            assert value in {"", "...", "first:"}, name
        assert all(password == "..." for password in re.findall(r"://[^:/@]*:([^@]*)@", value)), name


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONE_SHOTS))
def test_a_lasting_service_is_watched_restarted_and_bounded(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries", "start_period"} <= service["healthcheck"].keys()
    assert service["deploy"]["resources"]["limits"]["memory"]


@pytest.mark.parametrize("name", sorted(ONE_SHOTS))
def test_a_job_is_waited_for(name: str) -> None:
    assert "healthcheck" not in SERVICES[name]
    waiting = [service for service in SERVICES.values() if name in service.get("depends_on", {})]
    assert waiting


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_dependencies_wait_for_the_right_thing(name: str) -> None:
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        expected = "service_completed_successfully" if needed in ONE_SHOTS else "service_healthy"
        assert how["condition"] == expected, f"{name} needs {needed}"
        optional = set(SERVICES[needed].get("profiles", [])) - set(SERVICES[name].get("profiles", []))
        assert how.get("required", True) is not bool(optional), f"{name} needs {needed}, which may be switched off"


@pytest.mark.parametrize("name", ["worker", "api", "migrate", "s3-bucket"])
@pytest.mark.parametrize("optional", [False, True], ids=["trial", "everything set"])
def test_aktum_knows_every_variable_it_is_given(name: str, optional: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    given = environment(name, example_values(optional=optional))
    for variable, value in given.items():
        monkeypatch.setenv(variable, value)
    settings = Settings()
    assert {variable: setting(settings, variable) for variable in given} == given


def test_every_setting_reaches_worker_and_api_and_each_has_its_own_metrics_port() -> None:
    given = {name: set(SERVICES[name]["environment"]) for name in ("worker", "api")}
    assert all_settings() - (given["worker"] | given["api"]) == OF_OTHERS
    assert given["worker"] - given["api"] == {"AKTUM_METRICS_PORT", "AKTUM_METRICS_ADDRESS"}
    assert given["api"] - given["worker"] == {"AKTUM_API__METRICS_PORT", "AKTUM_API__METRICS_ADDRESS"}


def test_documented_variables_are_settings_that_reach_worker_or_api() -> None:
    named = set(documented())
    assert {"AKTUM_PLANFACT__COMPANY_ID", "AKTUM_DIDOX__SETTLE_SECONDS", "AKTUM_CACHED_WORKFLOWS"} <= named
    named |= {name for name in example_values(optional=True) if name.startswith(PREFIX)} - {"AKTUM_DB_PASSWORD"}
    assert named - all_settings() == set()
    assert named - set(SERVICES["worker"]["environment"]) - set(SERVICES["api"]["environment"]) - OF_OTHERS == set()


def test_gotenberg_is_isolated_as_in_the_embedded_stack() -> None:
    command = SERVICES["gotenberg"]["command"]
    assert set(ISOLATION_FLAGS) <= set(command)
    assert "--chromium-deny-private-ips" not in command


def test_the_example_addresses_the_services_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in environment("worker", example_values(optional=False)).items():
        monkeypatch.setenv(variable, value)
    settings = Settings()
    assert (
        settings.database_url.get_secret_value()
        == "postgresql://aktum:filled-in-as-AKTUM_DB_PASSWORD@postgres:5432/aktum"
    )
    assert settings.temporal.address == "temporal:7233"
    assert settings.clickhouse.url.get_secret_value() == (
        "http://aktum:filled-in-as-CLICKHOUSE_PASSWORD@clickhouse:8123/aktum"
    )
    assert (settings.s3.url, settings.smtp.host, settings.renderer) == ("http://s3:7070", "mail", "gotenberg")
    assert (settings.planfact.url, settings.didox.url) == (None, None)
    assert f"--api-timeout={settings.gotenberg.api_timeout_seconds}s" in [
        resolved(flag, {}) for flag in SERVICES["gotenberg"]["command"]
    ]


def test_only_the_api_and_the_web_ui_are_published_and_to_this_machine_alone() -> None:
    published = {name: [resolved(port, {}) for port in s["ports"]] for name, s in SERVICES.items() if "ports" in s}
    assert published == {"api": ["127.0.0.1:8081:8081"], "temporal-ui": ["127.0.0.1:8233:8080"]}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_images_are_pinned(name: str) -> None:
    image, _, tag = SERVICES[name]["image"].partition(":")
    assert RELEASE.fullmatch(tag), image


def test_our_image_has_the_version_of_the_project() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    built = {service["image"] for service in SERVICES.values() if "build" in service}
    assert built == {f"aktum:{version}"}


def test_temporal_server_and_its_tools_are_of_one_version() -> None:
    images = {SERVICES[name]["image"] for name in ("temporal", "temporal-schema", "temporal-namespace")}
    assert len({image.partition(":")[2] for image in images}) == 1


@pytest.mark.parametrize("kind", ["volumes", "configs", "networks"])
def test_what_is_declared_is_used_and_what_is_used_is_declared(kind: str) -> None:
    used = {"default"} if kind == "networks" else set()
    for service in SERVICES.values():
        for mount in service.get(kind, []):
            used.add(mount["source"] if isinstance(mount, dict) else mount.partition(":")[0])
    assert used == set(COMPOSE[kind])
    assert all((ROOT / config["file"]).is_file() for config in COMPOSE["configs"].values())


@pytest.mark.parametrize("script", sorted((ROOT / "deploy").glob("*.sh")), ids=lambda script: script.name)
def test_scripts_are_valid_shell(script: Path) -> None:
    subprocess.run(["sh", "-n", str(script)], check=True)


def test_the_namespace_gets_every_search_attribute_that_workflows_set() -> None:
    script = (ROOT / "deploy" / "temporal-namespace.sh").read_text()
    registered = {(name, kind.upper()) for name, kind in re.findall(r"--name (\w+) --type (\w+)", script)}
    every = (*search_attributes.ALL, *bill_attributes.ALL, *quote_attributes.ALL)
    assert registered == {(key.name, key.indexed_value_type.name) for key in every}


def test_the_dockerfile_copies_what_the_package_is_made_of() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    copied = " ".join(re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text())).split()
    missing = {part for part in wheel["only-include"] if part not in copied and not part.endswith(".py")}
    assert missing == set()
    let_through = re.findall(r"(?m)^!(.+)$", (ROOT / ".dockerignore").read_text())
    assert set(copied) <= set(let_through)


def test_worker_and_api_do_not_wait_for_each_other() -> None:
    """`/readyz` asks for a worker, so no health check uses it."""
    for name, other in (("worker", "api"), ("api", "worker")):
        assert other not in SERVICES[name]["depends_on"]
        assert "/readyz" not in " ".join(SERVICES[name]["healthcheck"]["test"])
