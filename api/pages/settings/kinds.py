"""How the settings of an area are read and changed: by the functions that the routes of the API call."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Response

from api.access.deps import Actor
from api.errors import NotFound
from api.pages.languages import N_
from api.settings import dated, editing
from api.settings.company.number_series import add_series, all_series, change_series
from api.settings.partner_repositories import DatedRepository
from api.settings.rates.rate_rules import revise
from api.settings.repositories import NUMBER_SERIES, RATE_BOOKS, SettingRepository
from api.settings.schemas import NewSeries, SeriesChange
from api.settings.store import SettingsStore, version
from models.contracts.rate_book import with_corrected, with_new, without
from models.contracts.settings import DatedRule
from models.values.base_models import Strict


@dataclass(frozen=True)
class Entry:
    """One setting. `kept` is what its version is of: the setting, or the book in which it is; None for a default."""

    key: str
    setting: Strict
    kept: Strict | None

    @property
    def value(self) -> Mapping[str, Any]:
        """The setting as the API shows it in JSON."""
        return self.setting.model_dump(mode="json")

    @property
    def version(self) -> str:
        """The version that a change has to name; empty for a default."""
        return version(self.kept) if self.kept is not None else ""


@dataclass(frozen=True)
class Change:
    """Who changes a setting, and when."""

    store: SettingsStore
    user: Actor
    today: date


class Kind(ABC):
    """How settings are kept: by key, by day, or one alone."""

    has_key = False  # a person types the key of a new setting
    is_single = False
    fact_labels: Sequence[str] = ()  # what the list shows of a setting beside its own fields

    async def facts(self, store: SettingsStore, today: date) -> dict[str, tuple[str, ...]]:
        """Return these facts by key."""
        del store, today
        return {}

    @abstractmethod
    async def entries(self, store: SettingsStore) -> dict[str, Entry]:
        """Return all settings by key."""

    async def find(self, store: SettingsStore, key: str) -> Entry | None:
        return (await self.entries(store)).get(key)

    @abstractmethod
    async def add(self, change: Change, key: str, body: Any) -> str:
        """Write a new setting and return its key. Raise Conflict when it exists."""

    @abstractmethod
    async def correct(self, change: Change, key: str, body: Any, expected: str) -> None:
        """Write a setting that has the expected version. Raise Conflict when it is stale."""

    async def remove(self, change: Change, key: str, expected: str) -> None:
        """Delete a setting that has the expected version. Raise NotFound where settings stay."""
        del change, expected
        raise NotFound(f"The setting {key} cannot be removed.")

    def key_of(self, key: str, body: Any) -> str:
        """Return the key of a new setting with this body."""
        del body
        return key

    def history_key(self, key: str) -> str:
        """Return the key under which the changes of this setting are recorded."""
        return key

    def parts(self, value: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
        """Return the settings inside a value of the history, by what tells them apart; one has an empty name."""
        return {} if value is None else {"": value}


class _OfOneKey(Kind):
    """Settings that each have a key of their own in the database."""

    repository: SettingRepository[Any]

    async def entries(self, store: SettingsStore) -> dict[str, Entry]:
        return {key: Entry(key, value, value) for key, value in (await store.all(self.repository)).items()}

    async def find(self, store: SettingsStore, key: str) -> Entry | None:
        value = await store.one(self.repository, key)
        return Entry(key, value, value) if value is not None else None


class Keyed(_OfOneKey):
    """Settings whose keys a person types."""

    has_key = True

    def __init__(self, repository: SettingRepository[Any], absent: str = "There is no setting {}.") -> None:
        self.repository, self._absent = repository, absent

    async def add(self, change: Change, key: str, body: Any) -> str:
        await editing.replace(change.store, change.user, self.repository, key, body, None, Response())
        return key

    async def correct(self, change: Change, key: str, body: Any, expected: str) -> None:
        await editing.replace(change.store, change.user, self.repository, key, body, expected, Response())

    async def remove(self, change: Change, key: str, expected: str) -> None:
        await editing.remove(change.store, change.user, self.repository, key, expected, self._absent.format(key))


class Single(Kind):
    """One setting, which has a default or is absent until it is set."""

    is_single = True

    def __init__(self, repository: SettingRepository[Any], key: str, default: Strict | None = None) -> None:
        self.repository, self.key, self._default = repository, key, default

    async def entries(self, store: SettingsStore) -> dict[str, Entry]:
        found = {key: Entry(key, value, value) for key, value in (await store.all(self.repository)).items()}
        if not found and self._default is not None:
            return {self.key: Entry(self.key, self._default, None)}
        return found

    async def add(self, change: Change, key: str, body: Any) -> str:
        del key
        await editing.replace(change.store, change.user, self.repository, self.key, body, None, Response())
        return self.key

    async def correct(self, change: Change, key: str, body: Any, expected: str) -> None:
        del key
        await editing.replace(change.store, change.user, self.repository, self.key, body, expected or None, Response())


class Dated(_OfOneKey):
    """Settings that are valid on days. The key is made of the body."""

    repository: DatedRepository[Any]

    def __init__(self, repository: DatedRepository[Any]) -> None:
        self.repository = repository

    async def add(self, change: Change, key: str, body: Any) -> str:
        await dated.add(change.store, change.user, self.repository, body, Response())
        return self.key_of(key, body)

    def key_of(self, key: str, body: Any) -> str:
        del key
        return str(body.key)

    async def correct(self, change: Change, key: str, body: Any, expected: str) -> None:
        await dated.correct(change.store, change.user, self.repository, key, body, expected, Response())

    async def remove(self, change: Change, key: str, expected: str) -> None:
        await dated.remove_future(change.store, change.user, self.repository, key, expected, change.today)


class RateRules(Kind):
    """The rules of contracts. A rule's key is that of its contract and its first day; the book has the version."""

    has_key = True

    async def entries(self, store: SettingsStore) -> dict[str, Entry]:
        books = await store.all(RATE_BOOKS)
        rules = ((f"{key}.{rule.valid_from}", rule, book) for key, book in books.items() for rule in book.rules)
        return {name: Entry(name, rule, book) for name, rule, book in rules}

    async def add(self, change: Change, key: str, body: DatedRule) -> str:
        book = await change.store.one(RATE_BOOKS, key)
        expected = version(book) if book else None
        await revise(change.store, change.user, key, expected, lambda before: with_new(before, body))
        return self.key_of(key, body)

    def key_of(self, key: str, body: DatedRule) -> str:
        return f"{key}.{body.valid_from}"

    async def correct(self, change: Change, key: str, body: DatedRule, expected: str) -> None:
        contract, day = _contract_and_day(key)
        await revise(change.store, change.user, contract, expected, lambda book: with_corrected(book, day, body))

    async def remove(self, change: Change, key: str, expected: str) -> None:
        contract, day = _contract_and_day(key)
        await revise(change.store, change.user, contract, expected, lambda book: without(book, day, change.today))

    def history_key(self, key: str) -> str:
        return key.rpartition(".")[0] or key

    def parts(self, value: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
        return {str(rule.get("valid_from")): rule for rule in (value or {}).get("rules", ())}


class NumberSeriesKind(_OfOneKey):
    """The number series. A change names only the fields that change."""

    has_key = True
    repository = NUMBER_SERIES
    fact_labels = (N_("Last issued"), N_("Next number"))

    async def facts(self, store: SettingsStore, today: date) -> dict[str, tuple[str, ...]]:
        views = await all_series(store, today)
        return {each.key: (str(each.highest_issued or ""), each.next_number or "") for each in views}

    async def add(self, change: Change, key: str, body: NewSeries) -> str:
        del key
        await add_series(change.store, change.user, body, change.today)
        return body.key

    def key_of(self, key: str, body: NewSeries) -> str:
        del key
        return body.key

    async def correct(self, change: Change, key: str, body: SeriesChange, expected: str) -> None:
        await change_series(change.store, change.user, key, body, expected, change.today)


def _contract_and_day(key: str) -> tuple[str, date]:
    contract, _, day = key.rpartition(".")
    try:
        return contract, date.fromisoformat(day)
    except ValueError as error:
        raise NotFound(f"There is no rate rule {key}.") from error
