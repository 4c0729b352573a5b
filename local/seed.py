"""`python -m local.seed`: fills a new stack with users and the demo company: settings, worklogs, accounting data.

A repeated run changes nothing that exists. An external ClickHouse or PlanFact gets no demo data. With an external
ClickHouse, PostgreSQL gets no demo settings either: real contracts must not be billed by invented terms.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import clickhouse_connect
import httpx
from pydantic_settings import BaseSettings, SettingsConfigDict
from rich.console import Console
from sqlalchemy import Engine, create_engine, func, select
from sqlmodel import Session

import settings
from activities.database.database_url import psycopg_url
from api.access.passwords import hash_password
from api.settings import users
from api.settings.store import SettingsStore
from local import demo_data
from local.demo_data import settings as demo_terms
from local.demo_data.contracts import CONTRACTS
from local.demo_data.customers import CUSTOMERS
from local.stack.credentials import SeedUser
from local.stack.state_directory import StateDirectory, read_json
from models.access.roles import Role
from models.access.tables import User as UserRow
from models.issuer.tables import IssuerRow

LONGEST_STEP_SECONDS = 600
EMBEDDED_STACK = "the embedded stack"  # the actor in the history of settings

console = Console(soft_wrap=True)


class SeedSettings(BaseSettings):
    """AKTUM_SEED_USERS: `[{"username": "...", "password": "...", "role": "admin"}]`."""

    model_config = SettingsConfigDict(env_prefix="AKTUM_", extra="ignore", frozen=True)

    seed_users: tuple[SeedUser, ...] = ()


@dataclass(frozen=True)
class Embedded:
    """Which data sources are embedded, that is, belong to the stack."""

    clickhouse: bool
    planfact: bool

    @classmethod
    def of(cls, directory: StateDirectory, configured: settings.Settings) -> "Embedded":
        stack = read_json(directory.stack_file)
        running = read_json(directory.processes_file).get("components", {})

        def is_embedded(component: str, url: str | None, recorded: str | None) -> bool:
            return running.get(component, {}).get("state") == "healthy" and url is not None and url == recorded

        port = stack.get("ports", {}).get("sandboxes")
        clickhouse = configured.clickhouse.url.get_secret_value()
        return cls(
            clickhouse=is_embedded("clickhouse", clickhouse, stack.get("clickhouse")),
            planfact=is_embedded("sandboxes", configured.planfact.url, f"http://127.0.0.1:{port}/planfact"),
        )


def users_to_add(engine: Engine, chosen: Sequence[SeedUser], directory: StateDirectory) -> Sequence[SeedUser]:
    """Return the users of AKTUM_SEED_USERS, else the stack's own; no users if the database already has some."""
    if chosen:
        return chosen
    with Session(engine) as session:
        has_users = session.scalar(select(func.count()).select_from(UserRow))
    if has_users:
        return ()
    return [SeedUser.model_validate(user) for user in read_json(directory.credentials_file).get("users", [])]


async def seed_users(database_url: str, chosen: Sequence[SeedUser]) -> int:
    """Add the users that are missing and return their number. Existing users keep their passwords."""
    store = SettingsStore.at(database_url)
    try:
        async with store.writing(EMBEDDED_STACK) as transaction:
            there = {name.lower() for name in await users.users(transaction.connection)}
            missing = [user for user in chosen if user.username.lower() not in there]
            for user in missing:
                hashed = hash_password(user.password)
                await users.add(transaction, user.username, Role(user.role), hashed, user.email)
    finally:
        await store.close()
    return len(missing)


def seed_terms(engine: Engine) -> bool:
    """Add the settings of the demo company in one transaction. Returns False and adds nothing if an issuer exists."""
    with Session(engine) as session:
        if session.get(IssuerRow, 1) is not None:
            return False
        for row in demo_terms.rows():
            session.add(row)
            session.flush()  # in the order of the list, which satisfies the foreign keys
        session.commit()
    return True


def seed_worklogs(url: str, zone: str) -> demo_data.DemoSummary:
    client = clickhouse_connect.get_client(dsn=url, send_receive_timeout=LONGEST_STEP_SECONDS)
    try:
        return demo_data.load(client, today=datetime.now(ZoneInfo(zone)).date())
    finally:
        client.close()


def seed_planfact(url: str) -> int:
    """Add a counterparty, a deal and a project for each contract, and return the number of contracts."""
    customers = {each.customer_key: each for each in CUSTOMERS}
    applications = [
        {
            "application_key": contract.application_key,
            "customer_name": customers[contract.customer_key].company_name,
            "tin": customers[contract.customer_key].tin or None,
        }
        for contract in CONTRACTS
    ]
    response = httpx.post(f"{url}/__sandbox/seed", json={"applications": applications}, timeout=30, trust_env=False)
    response.raise_for_status()
    return int(response.json()["seeded"])


def main() -> None:
    directory, configured = StateDirectory.of(), settings.load()
    embedded = Embedded.of(directory, configured)
    database_url = configured.database_url.get_secret_value()
    engine = create_engine(psycopg_url(database_url))
    added = asyncio.run(seed_users(database_url, users_to_add(engine, SeedSettings().seed_users, directory)))
    console.print(f"Users: {added} added.")
    if embedded.clickhouse:
        state = "set up" if seed_terms(engine) else "already there"
        console.print(f"Issuer, number series, terms of the demo contracts, and partners: {state}.")
        loaded = seed_worklogs(configured.clickhouse.url.get_secret_value(), demo_terms.ISSUER.zone)
        console.print(f"ClickHouse: {loaded.contracts:,} contracts, {loaded.worklogs:,} worklogs.")
    else:
        console.print("ClickHouse is external: no demo data was loaded, and no demo settings were added to PostgreSQL.")
    if embedded.planfact and configured.planfact.url:
        console.print(f"PlanFact sandbox: {seed_planfact(configured.planfact.url)} contracts.")
    engine.dispose()


if __name__ == "__main__":
    main()
