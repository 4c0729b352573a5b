"""Changes the rate rules of one contract."""

from collections.abc import Callable

from api.access.deps import Actor
from api.errors import NotFound
from api.settings.editing import writing
from api.settings.repositories import RATE_BOOKS
from api.settings.store import SettingsStore
from models.contracts.rate_book import NoSuchRule
from models.contracts.settings import RateBook


async def revise(
    store: SettingsStore,
    user: Actor,
    application_key: str,
    expected: str | None,
    change: Callable[[RateBook], RateBook],
) -> RateBook:
    """Apply the change to the contract's rate rules and return them. Raise NotFound when the rule does not exist."""
    async with writing(store, user) as transaction:
        before = await transaction.expect(RATE_BOOKS, application_key, expected)
        try:
            after = change(before or RateBook())
        except NoSuchRule as missing:
            raise NotFound(f"{application_key} has no rate rule from {missing.valid_from}.") from missing
        await transaction.put(RATE_BOOKS, application_key, before, after if after.rules else None)
    return after
