"""The migrations create exactly the tables of models/tables.py, and can be reverted."""

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, inspect, text
from sqlmodel import SQLModel

from activities.database import engine as database
from activities.database.database_url import psycopg_url, with_psycopg
from api.registry.repository import Registry
from api.settings.store import SettingsStore
from models.invoice.invoice import Invoice
from models.invoice.tables import ONE_INVOICE_A_PERIOD
from tests.fixtures.postgres import alembic_config, scratch_database

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
FLAT = json.loads((Path(__file__).parents[1] / "fixtures" / "flat_shape.json").read_text())
ROW_OF_0004 = """
    INSERT INTO invoices (
        id, workflow_id, kind, status, application_key, application_name, customer_key, customer_name, period_start,
        period_end, invoice_date, deal_type, client_type, currency, base_amount, overtime_hours, overtime_amount,
        total_hours, total_amount, paid_amount, balance, awaits_money, overdue, held, blocked, revision, state,
        created_at
    ) VALUES (
        'i-7', 'w-7', 'service', 'draft', 'APP-7', 'Support', 'CUST-7', 'Acme', '2026-02-01',
        '2026-02-28', '2026-03-01',
        'SUP', 'local', 'UZS', 5, 0, 0, 40, 5, 0, 5, false, false, false, false, 1, :state, now()
    )
"""


ROW_OF_0005 = """
    INSERT INTO invoices (
        id, workflow_id, kind, status, subject_key, application_key, application_name, customer_key, customer_name,
        period_start, period_end, invoice_date, deal_type, client_type, currency, base_amount, overtime_amount,
        total_amount, paid_amount, balance, awaits_money, overdue, held, blocked, revision, state, created_at
    ) VALUES (
        :id, :id, 'service', :status, 'APP-7', 'APP-7', 'Support', 'CUST-7', 'Acme',
        :start, '2026-02-28', '2026-03-01', 'HR', 'local', 'UZS', 5, 0,
        5, 0, 5, false, false, false, false, :n, :state, timestamptz '2026-03-01' + :n * interval '1 day'
    )
"""


def test_the_migrations_and_the_tables_agree(database_url: str) -> None:
    engine = create_engine(psycopg_url(database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()


def test_the_guard_against_invoicing_twice_covers_what_is_alive(database_url: str) -> None:
    """Alembic does not compare the WHERE of an index, and this one prevents invoicing twice."""
    engine = create_engine(psycopg_url(database_url))
    with engine.connect() as connection:
        found = connection.scalar(
            text("SELECT indexdef FROM pg_indexes WHERE indexname = :name"), {"name": ONE_INVOICE_A_PERIOD}
        )
    engine.dispose()
    assert found.startswith("CREATE UNIQUE INDEX")
    assert "(application_key, period_start, period_end)" in found
    assert "kind = 'service'" in found
    assert "'void'" in found
    assert "'discarded'" in found


def test_down_and_up_again(empty_database_url: str) -> None:
    config = alembic_config(empty_database_url)
    engine = create_engine(psycopg_url(empty_database_url))

    command.downgrade(config, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}

    command.upgrade(config, "head")
    assert set(SQLModel.metadata.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_rows_of_the_release_before_a_basis_are_kept(empty_database_url: str) -> None:
    """Upgrade to 0005 with an invoice in the flat shape, and downgrade again."""
    config = alembic_config(empty_database_url)
    engine = create_engine(psycopg_url(empty_database_url))
    command.downgrade(config, "0004")
    with engine.begin() as connection:
        connection.execute(text(ROW_OF_0004), {"state": json.dumps(FLAT["invoice"])})

    command.upgrade(config, "0005")
    with engine.begin() as connection:
        row = connection.execute(text("SELECT subject_key, application_key, total_hours, state FROM invoices")).one()
        assert (row.subject_key, row.application_key, row.total_hours) == ("APP-7", "APP-7", Decimal("40.00"))
        assert Invoice.model_validate(row.state).content.service.agreement_number == "IT-2025/014"
        assert _found(connection, "2025/014")
        # The state as the next projection of this invoice writes it.
        state = Invoice.model_validate(row.state).model_dump_json()
        connection.execute(text("UPDATE invoices SET state = :state"), {"state": state})
        assert _found(connection, "2025/014")
        counted = connection.scalar(text("SELECT sum(invoices) FROM registry_counts"))
        assert counted == 1

    command.downgrade(config, "0004")
    command.upgrade(config, "head")
    engine.dispose()


def test_live_invoices_claim_their_worklogs_and_the_older_one_wins(empty_database_url: str) -> None:
    """Upgrade to 0006 with invoices in the flat shape and in today's shape, two of which bill one worklog."""
    config = alembic_config(empty_database_url)
    engine = create_engine(psycopg_url(empty_database_url))
    command.downgrade(config, "0005")
    flat = {"content": {"worklogs": {"w1": 3600}, "lines": [{"id": "L1", "source": "auto", "worklogs": ["w1", "w2"]}]}}
    basis = {"kind": "service", "worklogs": {"w2": 1800, "w3": 1800}}
    work = {"kind": "worklogs", "worklogs": ["w2", "w4"]}
    nested = {"content": {"basis": basis, "lines": [{"id": "L1", "source": work}, {"id": "L2", "source": None}]}}
    states = {
        "older": (flat, "sent", 1, date(2026, 2, 1)),
        "younger": (nested, "draft", 2, date(2026, 2, 2)),
        "withdrawn": (nested, "void", 3, date(2026, 2, 3)),
        "empty": ({"content": {"basis": {"kind": "service"}, "lines": []}}, "draft", 4, date(2026, 2, 4)),
    }
    with engine.begin() as connection:
        for name, (state, status, number, start) in states.items():
            row = {"id": name, "status": status, "n": number, "start": start, "state": json.dumps(state)}
            connection.execute(text(ROW_OF_0005), row)
    command.upgrade(config, "0006")
    with engine.begin() as connection:
        claims = connection.execute(
            text("SELECT application_key, worklog_id, invoice_id, revision FROM claimed_worklogs")
        )
        assert sorted(tuple(row) for row in claims) == [
            ("APP-7", "w1", "older", 1),
            ("APP-7", "w2", "older", 1),
            ("APP-7", "w3", "younger", 2),
            ("APP-7", "w4", "younger", 2),
        ]
        found = re.search(r"```sql\n(.*?);\n```", OPERATIONS.read_text(), re.DOTALL)
        assert found
        billed_twice = connection.execute(text(found[1]))
        assert [(row.id, row.worklog, row.stands_on) for row in billed_twice] == [("younger", "w2", "older")]
    command.downgrade(config, "0005")
    command.upgrade(config, "head")
    engine.dispose()


def test_names_that_differ_in_case_stop_the_migration_before_it_changes_anything(postgres_url: str) -> None:
    with scratch_database(postgres_url) as (_, url):
        config, engine = alembic_config(url), create_engine(psycopg_url(url))
        command.upgrade(config, "0007")
        names = ("Lena", "lena", "marat", "ANNA", "Anna", "anna")
        with engine.begin() as connection:
            for name in names:
                row = text("INSERT INTO users (username, password_hash, role) VALUES (:name, 'x', 'viewer')")
                connection.execute(row, {"name": name})
        with pytest.raises(CommandError) as refused:
            command.upgrade(config, "head")
        message = str(refused.value)
        assert all(name in message for name in names if name != "marat")
        assert "marat" not in message
        assert inspect(engine).has_table("login_failures") is False

        with engine.begin() as connection:
            for old, new in (("lena", "lena-2"), ("ANNA", "anna-2"), ("Anna", "anna-3")):
                connection.execute(
                    text("UPDATE users SET username = :new WHERE username = :old"), {"old": old, "new": new}
                )
        command.upgrade(config, "head")
        engine.dispose()


def test_the_surplus_of_earlier_payments_becomes_credit(empty_database_url: str) -> None:
    """0009 reads it from the states: 250.50 + 10.00; the other invoices have none."""
    config = alembic_config(empty_database_url)
    engine = create_engine(psycopg_url(empty_database_url))
    command.downgrade(config, "0004")
    paid = {"payment_id": "p", "paid_on": "2026-03-01", "amount": "500.00", "reference": "r"}
    payments: list[list[dict[str, str]]] = [
        [paid | {"surplus": "250.50"}, paid | {"surplus": "0.00"}, paid | {"surplus": "10.00"}],
        [paid | {"surplus": "0.00"}],
        [],
    ]
    with engine.begin() as connection:
        for n, made in enumerate(payments):
            row = ROW_OF_0004.replace("'i-7', 'w-7'", f"'i-{n}', 'w-{n}'").replace("'APP-7'", f"'APP-{n}'")
            connection.execute(text(row), {"state": json.dumps(FLAT["invoice"] | {"payments": made})})
    command.upgrade(config, "head")
    with engine.begin() as connection:
        found = connection.execute(text("SELECT credit_amount, written_off_amount FROM invoices ORDER BY id")).all()
        assert [row.credit_amount for row in found] == [Decimal("260.50"), Decimal("0.00"), Decimal("0.00")]
        assert {row.written_off_amount for row in found} == {Decimal("0.00")}
        assert connection.scalar(text("SELECT sum(invoices) FROM registry_counts")) == len(payments)
    engine.dispose()


def test_acts_that_wait_for_our_signature_are_queued(empty_database_url: str) -> None:
    """0015 reads them from the states: an open watch with the id of its act."""
    config = alembic_config(empty_database_url)
    engine = create_engine(psycopg_url(empty_database_url))
    command.downgrade(config, "0004")
    watch: dict[str, object] = {"name": "einvoice_signature", "state": "pending", "argument": {"document_id": "act-1"}}
    effects: list[list[dict[str, object]]] = [
        [{"name": "archive", "state": "pending", "argument": {}}, watch],
        [watch | {"state": "done"}],
        [watch | {"argument": {"document_id": ""}}],
        [],
    ]
    with engine.begin() as connection:
        for n, made in enumerate(effects):
            row = ROW_OF_0004.replace("'i-7', 'w-7'", f"'i-{n}', 'w-{n}'").replace("'APP-7'", f"'APP-{n}'")
            connection.execute(text(row), {"state": json.dumps(FLAT["invoice"] | {"effects": made})})
    command.upgrade(config, "head")
    with engine.begin() as connection:
        query = text("SELECT signing_action, signing_document_id FROM invoices ORDER BY id")
        assert [tuple(row) for row in connection.execute(query)] == [("send", "act-1"), *[(None, None)] * 3]
    engine.dispose()


def test_the_days_of_earlier_invoices_and_their_sums_are_filled(empty_database_url: str) -> None:
    """0021 reads them from the states. 20:00 UTC is the next day in Tashkent, and the same day in Lisbon.

    Of the payments, a reversed one and one that covers nothing do not count.
    """
    config = alembic_config(empty_database_url)
    engine = create_engine(psycopg_url(empty_database_url))
    command.downgrade(config, "0018")
    paid = {"payment_id": "p", "amount": "5.00", "reference": "r", "surplus": "0.00", "paid_on": "2026-03-20"}
    payments = [
        paid,
        paid | {"paid_on": "2026-03-10"},
        paid | {"paid_on": "2026-03-21", "surplus": "5.00"},
        paid | {"paid_on": "2026-03-22", "reversed": {"by": "boss", "at": "2026-03-23T00:00:00Z"}},
    ]
    evening = {"by": "boss", "at": "2026-03-05T20:00:00Z"}
    states = {
        "closed": {"content": {"issuer": {"zone": "Europe/Lisbon"}}, "sent": evening, "payments": payments},
        "awaiting_payment": {"content": {"issuer": {}}, "uploaded": evening, "payments": [paid]},
        "draft": {"content": {}},
    }
    with engine.begin() as connection:
        for n, (status, state) in enumerate(states.items()):
            values = {"id": f"i-{n}", "status": status, "start": date(2026, 2, 1 + n), "n": n}
            connection.execute(text(ROW_OF_0005), values | {"state": json.dumps(state)})
    command.upgrade(config, "head")
    with engine.begin() as connection:
        found = connection.execute(text("SELECT ready_on, delivered_on, paid_on FROM invoices ORDER BY id")).all()
        assert [tuple(row) for row in found] == [
            (date(2026, 3, 1), date(2026, 3, 5), date(2026, 3, 20)),
            (date(2026, 3, 2), date(2026, 3, 6), None),
            (date(2026, 3, 3), None, None),
        ]
        sums = connection.execute(text("SELECT sum(issued), sum(issued_amount) FROM customer_months")).one()
        assert tuple(sums) == (2, Decimal(10))
        assert connection.scalar(text("SELECT sum(invoices) FROM customer_balances")) == 3
    engine.dispose()


def _found(connection: Connection, words: str) -> bool:
    query = text("SELECT count(*) FROM invoices WHERE search @@ search_query(:words)")
    return bool(connection.scalar(query, {"words": words}) == 1)


@pytest.mark.parametrize("url", ["postgres://u:p@h:1/d", "postgresql://u:p@h:1/d", "postgresql+psycopg://u:p@h:1/d"])
def test_every_usual_spelling_of_the_url_is_understood(url: str) -> None:
    assert with_psycopg(url) == "postgresql+psycopg://u:p@h:1/d"
    assert psycopg_url(url).render_as_string(hide_password=False) == "postgresql+psycopg://u:p@h:1/d"


@pytest.mark.parametrize("url", ["mysql://u:hunter2@h:1/d", "postgresql+asyncpg://u:hunter2@h:1/d", "u:hunter2@h"])
@pytest.mark.parametrize("connect", [database.create_engine, Registry.at, SettingsStore.at])
def test_another_database_is_refused_by_all_who_connect(connect: Callable[[str], object], url: str) -> None:
    with pytest.raises(ValueError, match=r"^the database('s URL)? must (be PostgreSQL|look like)") as refused:
        connect(url)
    assert "hunter2" not in str(refused.value)
