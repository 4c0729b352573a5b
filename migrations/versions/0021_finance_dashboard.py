"""The finance dashboard: the days of delivery and payment, sums that triggers keep, and the daily snapshots.

Revision ID: 0021
Revises: 0020
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# The days lie in the issuer's zone, which the content names. Payments that were reversed or cover nothing do not count.
FILL = """
UPDATE invoices SET
    ready_on = (
        created_at AT TIME ZONE coalesce(state -> 'content' -> 'issuer' ->> 'zone', 'Asia/Tashkent')
    )::date,
    delivered_on = (
        (coalesce(state -> 'uploaded' ->> 'at', state -> 'sent' ->> 'at'))::timestamptz
        AT TIME ZONE coalesce(state -> 'content' -> 'issuer' ->> 'zone', 'Asia/Tashkent')
    )::date,
    paid_on = CASE WHEN status IN ('paid', 'closed') THEN (
        SELECT max((payment ->> 'paid_on')::date)
        FROM jsonb_array_elements(coalesce(state -> 'payments', '[]')) AS payment
        WHERE payment ->> 'reversed' IS NULL
        AND (payment ->> 'amount')::numeric > coalesce((payment ->> 'surplus')::numeric, 0)
    ) END
"""

# The sums of one group are divided into slots by the invoice id, so that writers do not wait for each other. Invoices of
# one client are few, and have one slot.
SLOT = "ascii(right(id, 1)) % 8"
CUSTOMER_SLOT = f"CASE WHEN kind = 'partner' THEN {SLOT} ELSE 0 END"
MONTH = "date_trunc('month', invoice_date)::date"
ISSUED = "status IN ('approved', 'sent', 'accepted', 'uploaded', 'awaiting_payment', 'paid', 'closed')"
REJECTED = "status = 'rejected'"

# Table -> its key columns with their values, and its sums with their values.
Columns = dict[str, str]
OF_A_MONTH: Columns = {
    "issued": f"sum(CASE WHEN {ISSUED} THEN sign ELSE 0 END)",
    "issued_amount": f"sum(CASE WHEN {ISSUED} THEN sign * total_amount ELSE 0 END)",
    "paid_amount": f"sum(CASE WHEN {ISSUED} THEN sign * paid_amount ELSE 0 END)",
    "rejected": f"sum(CASE WHEN {REJECTED} THEN sign ELSE 0 END)",
    "rejected_amount": f"sum(CASE WHEN {REJECTED} THEN sign * total_amount ELSE 0 END)",
}
OF_A_CUSTOMER: Columns = {
    "invoices": "sum(sign)",
    "open_invoices": "sum(CASE WHEN awaits_money THEN sign ELSE 0 END)",
    "balance": "sum(CASE WHEN awaits_money THEN sign * balance ELSE 0 END)",
}
KEPT: dict[str, tuple[Columns, Columns]] = {
    "invoice_months": ({"kind": "kind", "currency": "currency", "month": MONTH, "slot": SLOT}, OF_A_MONTH),
    "customer_months": (
        {"customer_key": "customer_key", "kind": "kind", "currency": "currency", "month": MONTH, "slot": CUSTOMER_SLOT},
        OF_A_MONTH,
    ),
    "customer_balances": (
        {"customer_key": "customer_key", "kind": "kind", "currency": "currency", "slot": CUSTOMER_SLOT},
        OF_A_CUSTOMER,
    ),
}
NEW = "SELECT *, 1 AS sign FROM new_rows"
OLD = "SELECT *, -1 AS sign FROM old_rows"
CHANGES = {
    "INSERT": (NEW, "REFERENCING NEW TABLE AS new_rows"),
    "UPDATE": (f"{NEW} UNION ALL {OLD}", "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"),
    "DELETE": (OLD, "REFERENCING OLD TABLE AS old_rows"),
}


def upgrade() -> None:
    op.add_column("invoices", sa.Column("ready_on", sa.Date(), nullable=True))
    op.add_column("invoices", sa.Column("delivered_on", sa.Date(), nullable=True))
    op.add_column("invoices", sa.Column("paid_on", sa.Date(), nullable=True))
    op.execute(FILL)
    op.create_index(
        "ix_invoices_open_customers",
        "invoices",
        ["customer_key", "due_date"],
        postgresql_include=["kind", "currency", "balance"],
        postgresql_where=sa.text("awaits_money"),
    )
    op.create_index(
        "ix_invoices_paid",
        "invoices",
        ["paid_on"],
        postgresql_include=["kind", "customer_key", "ready_on", "delivered_on", "due_date"],
        postgresql_where=sa.text("paid_on IS NOT NULL"),
    )
    op.create_table(
        "finance_snapshots",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_finance_snapshots")),
    )
    create_sums()
    keep_sums()


def create_sums() -> None:
    types: dict[str, sa.types.TypeEngine[Any]] = {"month": sa.Date(), "slot": sa.SmallInteger()}
    for table, (keys, sums) in KEPT.items():
        op.create_table(
            table,
            *(sa.Column(name, types.get(name, sa.Text()), autoincrement=False, nullable=False) for name in keys),
            *(sa.Column(name, sa.Numeric(20, 4) if _is_money(name) else sa.Integer(), nullable=False) for name in sums),
            sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{table}")),
        )


def _is_money(name: str) -> bool:
    return name == "balance" or name.endswith("_amount")


def keep_sums() -> None:
    """Create statement triggers that update the sums in the transaction of the writer, so that they are exact.

    They fire after those of migration 0003, in the order of their names. All rows are locked in the order of their key,
    so that two writers cannot deadlock.
    """
    for event, (changed, referencing) in CHANGES.items():
        function = f"sum_invoices_{event.lower()}"
        statements = "; ".join(summing(table, changed) for table in KEPT)
        op.execute(
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"{statements}; RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {function} AFTER {event} ON invoices {referencing} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )
    for table in KEPT:
        op.execute(summing(table, "SELECT *, 1 AS sign FROM invoices"))


def summing(table: str, changed: str) -> str:
    """Return the statement that adds the changed invoices to the sums. Sums that do not change are not written."""
    keys, sums = KEPT[table]
    names, added = ", ".join(keys), ", ".join(sums)
    numbers = ", ".join(str(n) for n in range(1, len(keys) + 1))
    selected = ", ".join(f"{value} AS {name}" for name, value in (keys | sums).items())
    changes = ", ".join(f"{name} = kept.{name} + excluded.{name}" for name in sums)
    zeros = ", ".join("0" for _ in sums)
    return f"""
        INSERT INTO {table} AS kept ({names}, {added})
        SELECT * FROM (SELECT {selected} FROM ({changed}) AS changed GROUP BY {numbers}) AS sums
        WHERE ({added}) <> ({zeros}) ORDER BY {numbers}
        ON CONFLICT ({names}) DO UPDATE SET {changes}
    """  # noqa: S608 (no input)


def downgrade() -> None:
    for event in CHANGES:
        op.execute(f"DROP TRIGGER sum_invoices_{event.lower()} ON invoices")
        op.execute(f"DROP FUNCTION sum_invoices_{event.lower()}()")
    for table in KEPT:
        op.drop_table(table)
    op.drop_table("finance_snapshots")
    for name in ("paid", "open_customers"):
        op.drop_index(f"ix_invoices_{name}", "invoices")
    op.drop_column("invoices", "paid_on")
    op.drop_column("invoices", "delivered_on")
    op.drop_column("invoices", "ready_on")
