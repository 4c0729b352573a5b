"""The activities of vendor bills, with their client of finance."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.bills.finance_push import FinancePush
from activities.clients import finance
from activities.clients.finance import Finance, Identity
from activities.ledger.ledger import Ledger
from settings import FinanceSettings, Settings


async def activities(
    settings: Settings, engine: AsyncEngine, ledger: Ledger, stack: AsyncExitStack
) -> list[Callable[..., Any]]:
    """Return the activities of this domain; `stack` closes their client. Without an address there is no client."""
    configured, client = settings.finance, None
    if configured.url:
        http = finance.connect(configured.url, configured.timeout_seconds)
        client = Finance(await stack.enter_async_context(http), identity_of(configured))
    return [FinancePush(engine, ledger, client).push]


def identity_of(configured: FinanceSettings) -> Identity:
    """Return the identity of the settings, which have a secret."""
    assert configured.jwt_secret is not None, "required with the address"
    return Identity(
        secret=configured.jwt_secret,
        algorithm=configured.jwt_algorithm,
        issuer=configured.issuer,
        audience=configured.token_audience,
        tenant=configured.tenant,
        roles=tuple(configured.role_names),
        lifetime=timedelta(seconds=configured.lifetime_seconds),
    )
