"""The time of the registry on the desk beside very many invoices, on PostgreSQL alone."""

import secrets

import httpx
from pydantic import SecretStr
from rich.console import Console
from rich.progress import track
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.database.engine import create_engine
from api.access.passwords import hash_password
from api.app import create_app
from api.deps import AppState
from api.pages.outages import Outages
from benchmarks.desk.visits import ROUNDS, p95, sign_in, timed
from benchmarks.results import Result
from models.access.roles import Role
from settings import AuthSettings, ClickHouseSettings, Settings, TemporalSettings

TARGET_MS = 300
NAME, PASSWORD = "bench", secrets.token_urlsafe(16)
NOBODY = "127.0.0.1:1"


async def run(console: Console, url: str, size: int) -> Result:
    """Measure the pages of the registry as a browser asks for them. `url` is a database with so many invoices."""
    engine = create_engine(url)
    await _add_user(engine)
    await engine.dispose()
    settings = Settings(
        database_url=SecretStr(url),
        auth=AuthSettings(jwt_secret=SecretStr(secrets.token_urlsafe(48))),
        temporal=TemporalSettings(address=NOBODY),
        clickhouse=ClickHouseSettings(url=SecretStr(f"http://default:@{NOBODY}/default")),
    )
    app = create_app(settings)
    app.state.outages = Outages(_all_well)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="https://desk", timeout=60) as client:
            await sign_in(client, NAME, PASSWORD)
            times: dict[str, list[float]] = {name: [] for name in _pages(size)}
            for _ in track(range(ROUNDS), "the registry on the desk", console=console, transient=True):
                for name, address in _pages(size).items():
                    times[name].append(await timed(client, address))
    return _result(size, {name: p95(each) for name, each in times.items()})


def _pages(size: int) -> dict[str, str]:
    return {
        "first page": "/invoices",
        "a view": "/invoices?status=closed",
        "a customer": "/invoices?customer_key=CUST-7",
        "a common word": "/invoices?q=acme",
        "a rare word": f"/invoices?q={size // 2:07d}",
        "by customer's name": "/invoices?sort=customer_name",
        "overdue, by balance": "/invoices?overdue=true&sort=balance",
        "open items": "/open-items",
    }


async def _all_well(_: AppState) -> dict[str, str]:
    """The services that the registry does not need are not started, and no page has to tell it."""
    return {}


async def _add_user(engine: AsyncEngine) -> None:
    row = {"name": NAME, "hashed": hash_password(PASSWORD), "role": Role.MANAGER.value}
    async with engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO users (username, password_hash, role) VALUES (:name, :hashed, :role)"), row
        )


def _result(size: int, times: dict[str, float]) -> Result:
    return Result(
        name="registry",
        what=f"the registry on the desk with {size:,} invoices, 95th percentile",
        target=f"< {TARGET_MS} ms each",
        measured=", ".join(f"{name} {each:.0f} ms" for name, each in times.items()),
        met=all(each < TARGET_MS for each in times.values()),
        figures={name: round(each, 1) for name, each in times.items()},
    )
