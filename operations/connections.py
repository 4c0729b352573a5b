"""The settings and the connections of an operator's commands, and what is printed if a system does not answer."""

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.text import Text

from operations.embedded import HAS_EMBEDDED_STACK
from settings import Settings, load
from settings.signer import SignerSettings

console = Console()

ATTENTION = 3  # the exit code if everything answers and something needs a person
REGION = "us-east-1"  # of the embedded object store

if HAS_EMBEDDED_STACK:
    from local.stack.state_directory import StateDirectory, read_json


def settings() -> Settings:
    """Return the settings of the environment; unset addresses are those of the embedded stack of this checkout."""
    loaded = load()
    stack = read_json(StateDirectory.of().stack_file) if HAS_EMBEDDED_STACK else {}
    found: dict[str, object] = {}
    if stack and "database_url" not in loaded.model_fields_set:
        found["database_url"] = SecretStr(stack["postgres"])
    if stack and "temporal" not in loaded.model_fields_set:
        found["temporal"] = loaded.temporal.model_copy(update={"address": stack["temporal"]})
    if stack and "s3" not in loaded.model_fields_set:
        s3 = stack["s3"]
        found["s3"] = loaded.s3.model_copy(update={**s3, "secret_key": SecretStr(s3["secret_key"]), "region": REGION})
    return loaded.model_copy(update=found)


def signer_settings(api: str | None) -> SignerSettings:
    """Return the settings of `aktum sign` with this address of the API.

    Without an address they are those of the embedded stack of this checkout, whose signer serves no other API.
    """
    given = SignerSettings()
    if api or "url" in given.model_fields_set:
        return given.model_copy(update={"url": api}) if api else given
    stack = read_json(StateDirectory.of().stack_file) if HAS_EMBEDDED_STACK else {}
    names = {"url": stack.get("api"), "eimzo": stack.get("signer")}
    found = {name: value for name, value in names.items() if value and name not in given.model_fields_set}
    return given.model_copy(update=found)


def unavailable(system: str, field: str, variable: str, reason: str) -> typer.Exit:
    """Print the reason and what to check, and return the exit with code 1.

    `field` is the setting and `variable` the environment variable that hold the address of the system.
    """
    is_embedded = HAS_EMBEDDED_STACK and field not in load().model_fields_set
    advice = "Is the stack running? `aktum up` starts it." if is_embedded else f"Check {variable}."
    console.print(Text(f"{system} cannot be used: {reason.strip()}\n{advice}", "red"))
    return typer.Exit(1)
