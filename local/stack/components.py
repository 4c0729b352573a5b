"""The components of the stack, the order of their start, and the settings that connect them."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any
from urllib.parse import quote

from local.engines.gotenberg import api_timeout_seconds, gotenberg_component
from local.engines.imap_folder import ImapFolder
from local.engines.postgres import postgres_component, postgres_url
from local.engines.temporal_server import temporal_component
from local.sandboxes import company
from local.sandboxes.signer.component import signer_addresses, signer_component, signer_page
from local.stack.component import Component
from local.stack.credentials import Credentials
from local.stack.health_checks import check_http
from local.stack.object_store import object_store_component
from local.stack.port_allocation import HOST
from local.stack.state_directory import StateDirectory

SANDBOXES = ("planfact", "didox", "telegram", "digitalocean")
# A component whose address is set in the environment is external: the stack does not start it.
EXTERNAL_WHEN_SET: Mapping[str, tuple[str, ...]] = {
    "temporal": ("AKTUM_TEMPORAL__ADDRESS",),
    "postgres": ("DATABASE_URL", "AKTUM_DATABASE_URL"),
    "clickhouse": ("AKTUM_CLICKHOUSE__URL",),
    "object_store": ("AKTUM_S3__URL",),
    "mailbox": ("AKTUM_SMTP__HOST",),
    "gotenberg": ("AKTUM_GOTENBERG__URL",),
}
SANDBOX_VARIABLES = {name: f"AKTUM_{name.upper()}__URL" for name in SANDBOXES}
# The sandboxes execute a request at once unless a fault delays it.
SANDBOX_SETTLE_SECONDS = "5"
SETTLING = frozenset({"planfact", "didox"})
BUCKET = "proxima-invoices"


@dataclass(frozen=True)
class StackLayout:
    """The components of one state directory with their ports, settings and credentials."""

    directory: StateDirectory
    environment: Mapping[str, str]
    ports: Mapping[str, int]
    credentials: Credentials

    @cached_property
    def external(self) -> frozenset[str]:
        found = {name for name, variables in EXTERNAL_WHEN_SET.items() if any(map(self.environment.get, variables))}
        if all(self.environment.get(variable) for variable in SANDBOX_VARIABLES.values()):
            found.add("sandboxes")
        if self.environment.get(SANDBOX_VARIABLES["didox"]) or self.environment.get("AKTUM_EIMZO"):
            found.add("signer")
        return frozenset(found)

    @property
    def _uses_gotenberg(self) -> bool:
        return self.environment.get("AKTUM_RENDERER") == "gotenberg"

    @cached_property
    def env(self) -> dict[str, str]:
        """The settings of Aktum that address the embedded components. External ones keep their own settings."""
        port, secret = self.ports, self.credentials
        groups = {
            "temporal": {"AKTUM_TEMPORAL__ADDRESS": f"{HOST}:{port['temporal']}"},
            "postgres": {"DATABASE_URL": postgres_url(secret, port["postgres"])},
            "clickhouse": {
                "AKTUM_CLICKHOUSE__URL": f"http://aktum:{quote(secret.clickhouse)}@{HOST}:{port['clickhouse']}/default"
            },
            "object_store": {
                "AKTUM_S3__URL": self.url("s3"),
                "AKTUM_S3__ACCESS_KEY": secret.s3_access_key,
                "AKTUM_S3__SECRET_KEY": secret.s3_secret_key,
                "AKTUM_S3__BUCKET": self.bucket,
                "AKTUM_S3__REGION": "us-east-1",
            },
            "mailbox": {
                "AKTUM_SMTP__HOST": HOST,
                "AKTUM_SMTP__PORT": str(port["smtp"]),
                "AKTUM_SMTP__SECURITY": "none",
                "AKTUM_SMTP__SENDER": self.environment.get("AKTUM_SMTP__SENDER") or company.SENDER,
                "AKTUM_SMTP__PROBE_URL": self.url("mailbox", "/api/messages"),
                **self._imap_env(),
            },
        }
        if self._uses_gotenberg:
            groups["gotenberg"] = {
                "AKTUM_RENDERER": "gotenberg",
                "AKTUM_GOTENBERG__URL": self.url("gotenberg"),
                "AKTUM_GOTENBERG__API_TIMEOUT_SECONDS": api_timeout_seconds(self.environment),
            }
        found = {"AKTUM_HOME": str(self.directory.path)}
        for name, variables in groups.items():
            if name not in self.external:
                found |= variables
        found |= self._sandbox_env()
        found |= self._finance_env()
        # The receiver of the sandboxes is in this machine.
        for variable in ("AKTUM_WEBHOOKS__ALLOW_HTTP", "AKTUM_WEBHOOKS__ALLOW_PRIVATE"):
            found[variable] = self.environment.get(variable) or "true"
        found["AKTUM_AUTH__JWT_SECRET"] = self.environment.get("AKTUM_AUTH__JWT_SECRET") or secret.jwt_secret
        found["AKTUM_QUOTES__PUBLIC_URL"] = self.environment.get("AKTUM_QUOTES__PUBLIC_URL") or self.url("api")
        found["AKTUM_QUOTES__LINK_SECRET"] = (
            self.environment.get("AKTUM_QUOTES__LINK_SECRET") or secret.quote_link_secret
        )
        found["AKTUM_METRICS_PORT"] = str(port["metrics"])
        found["AKTUM_API__METRICS_PORT"] = str(port["api_metrics"])
        if "signer" not in self.external:
            found["AKTUM_API__SIGNER_ADDRESSES"] = signer_addresses(self.ports)
        found["AKTUM_API__WEB_UI_ORIGIN"] = self.environment.get("AKTUM_API__WEB_UI_ORIGIN") or self.url("web_ui")
        return found

    def _imap_env(self) -> dict[str, str]:
        """Return the settings of the embedded mailbox of returned letters, unless another one is set."""
        if self.environment.get("AKTUM_IMAP__HOST"):
            return {}
        return {
            "AKTUM_IMAP__HOST": HOST,
            "AKTUM_IMAP__PORT": str(self.ports["imap"]),
            "AKTUM_IMAP__SECURITY": "none",
            "AKTUM_IMAP__USERNAME": ImapFolder.username,
            "AKTUM_IMAP__PASSWORD": self.credentials.imap_password,
        }

    def _sandbox_env(self) -> dict[str, str]:
        secret = self.credentials
        keys = {
            "planfact": {
                "AKTUM_PLANFACT__API_KEY": secret.planfact_api_key,
                "AKTUM_PLANFACT__COMPANY_ID": company.PLANFACT_ID,
                "AKTUM_PLANFACT__HOURLY_PRODUCT_ID": company.HOURLY_PRODUCT_ID,
                "AKTUM_PLANFACT__SUPPORT_PRODUCT_ID": company.SUPPORT_PRODUCT_ID,
            },
            "didox": {
                "AKTUM_DIDOX__SELLER_TIN": company.TIN,
                "AKTUM_DIDOX__PARTNER_TOKEN": secret.didox_partner_token,
                "AKTUM_DIDOX__PASSWORD": secret.didox_password,
            },
            "digitalocean": {"AKTUM_DIGITALOCEAN__TOKEN": secret.digitalocean_token},
            "telegram": {
                "AKTUM_TELEGRAM__TOKEN": secret.telegram_token,
                "AKTUM_TELEGRAM__CHAT": self.environment.get("AKTUM_TELEGRAM__CHAT") or company.TELEGRAM_CHAT,
            },
        }
        found: dict[str, str] = {}
        for name, variable in SANDBOX_VARIABLES.items():
            if not self.environment.get(variable):
                settle = f"AKTUM_{name.upper()}__SETTLE_SECONDS"
                found |= {variable: self.url("sandboxes", f"/{name}"), **keys[name]}
                if name in SETTLING:
                    found[settle] = self.environment.get(settle) or SANDBOX_SETTLE_SECONDS
        return found

    def _finance_env(self) -> dict[str, str]:
        """Return the settings by which the worker pushes bills to this API, unless others are set."""
        secret = self.environment.get("AKTUM_FINANCE__JWT_SECRET") or self.credentials.finance_jwt_secret
        url = self.environment.get("AKTUM_FINANCE__URL") or self.environment.get("SKYAI_FINANCE_URL") or self.url("api")
        return {"AKTUM_FINANCE__URL": url, "AKTUM_FINANCE__JWT_SECRET": secret}

    @property
    def bucket(self) -> str:
        return self.environment.get("AKTUM_S3__BUCKET") or BUCKET

    def url(self, port: str, path: str = "") -> str:
        return f"http://{HOST}:{self.ports[port]}{path}"

    @cached_property
    def components(self) -> dict[str, Component]:
        """All components that are not external, by name, in the order of the stages."""
        found = [
            temporal_component(self.directory, self.ports["temporal"], self.ports["web_ui"]),
            postgres_component(self.directory, self.credentials, self.ports["postgres"]),
            self._module(
                "clickhouse",
                "local.engines.clickhouse",
                "--directory",
                self.directory.path / "clickhouse",
                healthy=self._check_clickhouse,
            ),
            object_store_component(
                self.directory, self.credentials, self.environment, port=self.ports["s3"], bucket=self.bucket
            ),
            self._module(
                *(
                    "mailbox",
                    "local.engines.mailbox",
                    "--directory",
                    self.directory.path / "mailbox",
                    "--port",
                    self.ports["mailbox"],
                    "--imap-port",
                    self.ports["imap"],
                ),
                healthy=partial(check_http, self.url("mailbox", "/__sandbox/health")),
            ),
            self._module(
                *(
                    "sandboxes",
                    "local.sandboxes",
                    "--port",
                    self.ports["sandboxes"],
                    "--state-dir",
                    self.directory.path / "sandboxes",
                ),
                healthy=partial(check_http, self.url("sandboxes", "/__sandbox/health")),
            ),
            signer_component(self.directory, self.ports),
            *self._gotenberg(),
            Component("migrate", (sys.executable, "-m", "alembic", "upgrade", "head"), one_shot=True),
            Component("seed", _python("local.seed"), one_shot=True, module="local.seed", optional=True),
            Component(
                name="worker",
                command=_python("worker"),
                healthy=partial(check_http, self.url("metrics", "/metrics")),
                module="worker",
                stop_seconds=30,
            ),
            Component(
                name="api",
                command=_python("api.server", "--host", HOST, "--port", self.ports["api"]),
                healthy=partial(check_http, self.url("api", "/healthz")),
                module="api.app",
            ),
        ]
        return {component.name: component for component in found if component.name not in self.external}

    def _gotenberg(self) -> list[Component]:
        if not self._uses_gotenberg:
            return []
        return [gotenberg_component(self.directory, self.ports["gotenberg"], self.environment)]

    def _module(self, name: str, module: str, *arguments: object, healthy: Any) -> Component:
        return Component(name, _python(module, *arguments), healthy=healthy, module=module)

    def _check_clickhouse(self) -> str | None:
        return check_http(self.url("clickhouse", "/?query=SELECT%201"), auth=("aktum", self.credentials.clickhouse))

    def describe(self) -> dict[str, Any]:
        """Return the addresses, ports and users for stack.json."""
        known = {**self.environment, **self.env}
        return {
            "api": self.url("api"),
            "temporal": known["AKTUM_TEMPORAL__ADDRESS"],
            "web_ui": None if "temporal" in self.external else self.url("web_ui"),
            "postgres": known.get("DATABASE_URL") or known["AKTUM_DATABASE_URL"],
            "clickhouse": known["AKTUM_CLICKHOUSE__URL"],
            "s3": {
                "url": known["AKTUM_S3__URL"],
                "bucket": self.bucket,
                "access_key": known.get("AKTUM_S3__ACCESS_KEY", ""),
                "secret_key": known.get("AKTUM_S3__SECRET_KEY", ""),
            },
            "smtp": f"{known['AKTUM_SMTP__HOST']}:{known.get('AKTUM_SMTP__PORT', 587)}",
            "mailbox": None if "mailbox" in self.external else self.url("mailbox"),
            "sandboxes": {name: known[variable] for name, variable in SANDBOX_VARIABLES.items()},
            "webhook_receiver": None if "sandboxes" in self.external else self.url("sandboxes", "/webhooks/receive"),
            "signer": known.get("AKTUM_EIMZO") if "signer" in self.external else signer_addresses(self.ports),
            "signer_page": None if "signer" in self.external else signer_page(self.ports),
            "metrics": self.url("metrics", "/metrics"),
            "api_metrics": self.url("api_metrics", "/metrics"),
            "users": [user.model_dump() for user in self.credentials.users],
            "external": sorted(self.external),
            "ports": dict(self.ports),
        }


def _python(module: str, *arguments: object) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *map(str, arguments))
