"""The seed gives a new stack all that the demo contracts need, and does not change existing data."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, create_engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Session, col, select

import settings
from activities.contracts.terms_reader import ContractTermsReader
from activities.database.database_url import psycopg_url
from activities.partners.partner_reader import PartnerReader
from local import seed
from local.demo_data import CONTRACTS
from local.stack.credentials import SeedUser
from local.stack.state_directory import StateDirectory
from models.access.tables import User as UserRow
from models.contracts.terms import ExclusionType
from models.issuer.tables import NumberSeries
from models.partners.order_type import OrderType
from models.partners.rate_lookup import RateFound
from models.settings.tables import SettingsHistory

AZIZA = SeedUser(username="aziza", password="a long one", role="manager")
STACK_OWN = SeedUser(username="admin", password="made by the stack", role="admin")


@pytest.fixture
def fresh(empty_database_url: str) -> Iterator[Engine]:
    engine = create_engine(psycopg_url(empty_database_url))
    yield engine
    engine.dispose()


@pytest.fixture
def directory(tmp_path: Path) -> StateDirectory:
    (tmp_path / "credentials.json").write_text(json.dumps({"users": [STACK_OWN.model_dump()]}))
    return StateDirectory(tmp_path)


async def test_users_are_added_once_and_keep_their_passwords(fresh: Engine, empty_database_url: str) -> None:
    assert await seed.seed_users(empty_database_url, [AZIZA]) == 1
    other = AZIZA.model_copy(update={"password": "another"})
    assert await seed.seed_users(empty_database_url, [other, STACK_OWN]) == 1
    with Session(fresh) as session:
        row = session.get_one(UserRow, "aziza")
        assert row.password_hash.startswith("$argon2id$")
        assert PasswordHasher().verify(row.password_hash, "a long one")
        assert (row.role, row.active) == ("manager", True)
        history = session.exec(select(SettingsHistory).order_by(col(SettingsHistory.id))).all()
        assert [(each.area, each.key, each.by) for each in history] == [
            ("users", "aziza", "the embedded stack"),
            ("users", "admin", "the embedded stack"),
        ]


async def test_the_stacks_own_users_enter_an_empty_database_only(
    fresh: Engine, empty_database_url: str, directory: StateDirectory
) -> None:
    assert seed.users_to_add(fresh, (), directory) == [STACK_OWN]
    await seed.seed_users(empty_database_url, [AZIZA])
    assert seed.users_to_add(fresh, (), directory) == ()
    assert seed.users_to_add(fresh, (AZIZA,), directory) == (AZIZA,)


def test_users_may_be_given_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTUM_SEED_USERS", json.dumps([AZIZA.model_dump()]))
    assert seed.SeedSettings().seed_users == (AZIZA,)


async def test_each_demo_contract_has_terms_to_bill_by(fresh: Engine, empty_database_url: str) -> None:
    assert seed.seed_terms(fresh)
    engine = create_async_engine(psycopg_url(empty_database_url))
    terms = await ContractTermsReader(engine).terms_of([each.application_key for each in CONTRACTS], date(2026, 3, 31))
    await engine.dispose()
    # Abroad: billed in euro or dollars, or with a SWIFT code of more than two characters (APP-005).
    abroad = {"APP-003", "APP-004", "APP-005", "APP-009", "APP-012"}
    assert {key for key, each in terms.items() if each.series == "INV"} == abroad
    assert {each.series for key, each in terms.items() if key not in abroad} == {"ACT"}
    assert terms["APP-003"].legal_text.startswith("Payment is made")
    assert terms["APP-001"].legal_text.startswith("Услуги")
    assert {each.issuer.party.tin for each in terms.values()} == {"309630523"}
    assert terms["APP-001"].exclusions == {"acc-09": ExclusionType.OVERHEAD_ONLY, "acc-10": ExclusionType.EXCLUDED}
    assert terms["APP-001"].rate_rule is None  # 40 h and 150,000.00 from ClickHouse
    overtime = terms["APP-002"].rate_rule
    assert overtime is not None
    assert (overtime.base_hourly_rate, overtime.monthly_limit_hours) == (Decimal("160000.00"), Decimal(240))
    assert overtime.overtime_multiplier == Decimal("1.5")
    assert {each.payment_days for each in terms.values()} == {45}


async def test_each_demo_partner_has_a_rate_for_an_activation(fresh: Engine, empty_database_url: str) -> None:
    assert seed.seed_terms(fresh)
    engine = create_async_engine(psycopg_url(empty_database_url))
    amounts = {}
    for key in ("TIME", "CELCOM", "DIGI", "UMOBILE"):
        terms = await PartnerReader(engine).terms(key)
        assert terms.partner.series == key
        found = terms.find_rate(OrderType.ACTIVATION, "FTTH", "PRELAID", date(2026, 3, 31))
        assert isinstance(found, RateFound)
        amounts[key] = str(found.rate.amount)
    await engine.dispose()
    assert amounts == {"TIME": "150.00", "CELCOM": "145.00", "DIGI": "145.00", "UMOBILE": "75.00"}


def test_existing_settings_stay(fresh: Engine) -> None:
    assert seed.seed_terms(fresh)
    with Session(fresh) as session:
        session.get_one(NumberSeries, "ACT").last_number = 17
        session.commit()
    assert not seed.seed_terms(fresh)
    with Session(fresh) as session:
        found = {row.name: (row.pattern, row.last_number) for row in session.exec(select(NumberSeries))}
    of_partners = {name: found.pop(name) for name in ("TIME", "CELCOM", "DIGI", "UMOBILE")}
    assert found == {"ACT": ("ACT-{seq}", 17), "INV": ("INV-{seq}", 0), "default": ("DOC-{seq}", 0)}
    assert of_partners["TIME"] == ("TIME-{year}{month:02d}-{seq:05d}", 0)


CLICKHOUSE = "http://aktum:secret@127.0.0.1:9001/default"


@pytest.mark.parametrize(
    ("clickhouse", "planfact", "state", "expected"),
    [
        (CLICKHOUSE, "http://127.0.0.1:9002/planfact", "healthy", seed.Embedded(True, True)),
        ("https://real.example/db", "https://api.planfact.example", "healthy", seed.Embedded(False, False)),
        (CLICKHOUSE, None, "healthy", seed.Embedded(True, False)),
        (CLICKHOUSE, "http://127.0.0.1:9002/planfact", "stopped", seed.Embedded(False, False)),
    ],
)
def test_only_embedded_components_get_demo_data(
    directory: StateDirectory, clickhouse: str, planfact: str | None, state: str, expected: seed.Embedded
) -> None:
    directory.stack_file.write_text(json.dumps({"clickhouse": CLICKHOUSE, "ports": {"sandboxes": 9002}}))
    components = {"clickhouse": {"state": state}, "sandboxes": {"state": state}}
    directory.processes_file.write_text(json.dumps({"components": components}))
    planfact_settings = {
        "url": planfact,
        "api_key": "key",
        "company_id": 4711,
        "hourly_product_id": "hours",
        "support_product_id": "support",
    }
    configured = settings.Settings.model_validate({"clickhouse": {"url": clickhouse}, "planfact": planfact_settings})
    assert seed.Embedded.of(directory, configured) == expected


def test_without_a_stack_nothing_is_embedded(tmp_path: Path) -> None:
    assert seed.Embedded.of(StateDirectory(tmp_path), settings.Settings()) == seed.Embedded(False, False)
