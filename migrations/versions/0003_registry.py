"""The registry of many invoices: a column for the search, an index for each order, and maintained counts.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The letters are listed, because in a database with the locale C neither lower() nor the character classes of regular
# expressions support Cyrillic. NFKD has separated the marks before, so that Й becomes И, Ё becomes Е and Ў becomes У.
CAPITALS = "АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯІЄЂЈЉЊЋЏҒҚҲҢҮӘӨҺ"
APOSTROPHES = "'`´ʻʼ’‘"
MARKS = r"\u0300-\u036f"
BETWEEN_WORDS = r"\s!-/:-@\[-`{-~\u00a1-\u00bf\u2010-\u2027\u2030-\u205e"

FUNCTIONS = (
    rf"""
    CREATE FUNCTION folded(given text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN translate(
        lower(regexp_replace(
            normalize(regexp_replace(given, '[{APOSTROPHES.replace("'", "''")}]', '', 'g'), NFKD), '[{MARKS}]', '', 'g'
        )),
        '{CAPITALS}', '{CAPITALS.lower()}'
    )
    """,
    # An index entry may have 2700 bytes at most.
    """
    CREATE FUNCTION ordered_name(given text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN left(folded(left(given, 200)), 200)
    """,
    # `ACT-2026-0012` is found by each of its parts together with the following ones: act20260012, 20260012, 0012, 12.
    # A lexeme may have 2046 bytes at most. Longer texts are cut, so that a long name does not prevent an invoice.
    rf"""
    CREATE FUNCTION search_words(
        number text, customer_name text, customer_key text, application_name text, application_key text, state jsonb
    ) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (
        SELECT array_to_tsvector(coalesce(array_agg(DISTINCT left(word, 100)), '{{}}'))
        FROM regexp_split_to_table(
            folded(
                left(coalesce(number, ''), 100) || ' ' || left(customer_name, 1000) || ' ' || left(customer_key, 100) || ' '
                || left(application_name, 1000) || ' ' || left(application_key, 100) || ' '
                || left(coalesce(state -> 'content' ->> 'agreement_number', ''), 100)
            ), '\s+'
        ) AS chunk,
            LATERAL (SELECT regexp_split_to_array(chunk, '[{BETWEEN_WORDS}]+') AS parts) AS chunks,
            generate_subscripts(parts, 1) AS n,
            LATERAL (SELECT array_to_string(parts[n:], '') AS rest) AS rests,
            unnest(ARRAY[rest, ltrim(rest, '0')]) AS word
        WHERE word <> ''
    )
    """,  # noqa: S608 (no input)
    # Each word of the query matches as a prefix. A key or a number is one word, whatever stands between its parts.
    rf"""
    CREATE FUNCTION search_query(given text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT string_agg('''' || left(word, 100) || ''':*', ' & ')::tsquery
        FROM regexp_split_to_table(folded(given), '\s+') AS chunk,
            regexp_split_to_table(
                CASE WHEN chunk ~ '[0-9]' THEN regexp_replace(chunk, '[{BETWEEN_WORDS}]+', '', 'g') ELSE chunk END,
                '[{BETWEEN_WORDS}]+'
            ) AS word
        WHERE word <> ''
    )
    """,  # noqa: S608 (no input)
)

# The counts are divided into slots by the invoice id. Without slots, all writers of one group would wait for one row.
SLOT = "ascii(right(id, 1)) % 8"
COUNTED = "kind, status, currency, overdue, held, blocked"
OWED = "kind, currency, due_date"

NEW = "SELECT *, 1 AS sign FROM new_rows"
OLD = "SELECT *, -1 AS sign FROM old_rows"
CHANGES = {
    "INSERT": (NEW, "REFERENCING NEW TABLE AS new_rows"),
    "UPDATE": (f"{NEW} UNION ALL {OLD}", "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"),
    "DELETE": (OLD, "REFERENCING OLD TABLE AS old_rows"),
}


def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute(function)
    add_columns()
    add_indexes()
    create_counts()
    keep_counts()


def add_columns() -> None:
    words = "number, customer_name, customer_key, application_name, application_key, state"
    op.add_column(
        "invoices",
        sa.Column(
            "customer_order",
            sa.Text(collation="C"),
            sa.Computed("ordered_name(customer_name)", persisted=True),
            nullable=False,
        ),
    )
    op.add_column(
        "invoices",
        sa.Column(
            "search", postgresql.TSVECTOR(), sa.Computed(f"search_words({words})", persisted=True), nullable=False
        ),
    )


def add_indexes() -> None:
    for columns in (
        ["currency", "created_at", "id"],
        ["invoice_date", "id"],
        ["series", "seq", "id"],
        ["customer_order", "id"],
        ["total_amount", "id"],
    ):
        op.create_index(op.f(f"ix_invoices_{'_'.join(columns)}"), "invoices", columns, unique=False)
    op.create_index(op.f("ix_invoices_search"), "invoices", ["search"], unique=False, postgresql_using="gin")


def create_counts() -> None:
    op.create_table(
        "registry_counts",
        sa.Column("slot", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("invoices", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("slot", *COUNTED.split(", "), name=op.f("pk_registry_counts")),
    )
    op.create_table(
        "open_balances",
        sa.Column("slot", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("invoices", sa.Integer(), nullable=False),
        sa.Column("balance", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.PrimaryKeyConstraint("slot", *OWED.split(", "), name=op.f("pk_open_balances")),
    )


def keep_counts() -> None:
    """Create statement triggers that update the counts in the transaction of the writer, so that the counts are exact.

    Rows of counts are locked in the order of their key, so that two writers cannot deadlock.
    """
    for event, (changed, referencing) in CHANGES.items():
        function = f"count_invoices_{event.lower()}"
        op.execute(
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"{counting(changed)}; {summing(changed)}; {'' if event == 'INSERT' else CLEARING} RETURN NULL; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {function} AFTER {event} ON invoices {referencing} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )
    existing = "SELECT *, 1 AS sign FROM invoices"
    op.execute(counting(existing))
    op.execute(summing(existing))


def counting(changed: str) -> str:
    return f"""
        INSERT INTO registry_counts AS kept (slot, {COUNTED}, invoices)
        SELECT {SLOT}, {COUNTED}, sum(sign) FROM ({changed}) AS changed
        GROUP BY {SLOT}, {COUNTED} HAVING sum(sign) <> 0 ORDER BY {SLOT}, {COUNTED}
        ON CONFLICT (slot, {COUNTED}) DO UPDATE SET invoices = kept.invoices + excluded.invoices
    """  # noqa: S608 (no input)


def summing(changed: str) -> str:
    """What has no due date is not late, whatever day it is."""
    return f"""
        INSERT INTO open_balances AS kept (slot, {OWED}, invoices, balance)
        SELECT {SLOT}, kind, currency, coalesce(due_date, 'infinity'), sum(sign), sum(sign * balance)
        FROM ({changed}) AS changed WHERE awaits_money
        GROUP BY 1, 2, 3, 4 HAVING sum(sign) <> 0 OR sum(sign * balance) <> 0 ORDER BY 1, 2, 3, 4
        ON CONFLICT (slot, {OWED}) DO UPDATE
        SET invoices = kept.invoices + excluded.invoices, balance = kept.balance + excluded.balance
    """  # noqa: S608 (no input)


# Days that are paid up would pile up for ever. These rows were just written, so nobody else is waited for.
CLEARING = f"""
    DELETE FROM open_balances WHERE invoices = 0 AND (slot, {OWED}) IN (
        SELECT {SLOT}, kind, currency, coalesce(due_date, 'infinity') FROM old_rows WHERE awaits_money
    );
"""  # noqa: S608 (no input)


def downgrade() -> None:
    for event in CHANGES:
        op.execute(f"DROP TRIGGER count_invoices_{event.lower()} ON invoices")
        op.execute(f"DROP FUNCTION count_invoices_{event.lower()}()")
    op.drop_table("open_balances")
    op.drop_table("registry_counts")
    op.drop_index(op.f("ix_invoices_currency_created_at_id"), "invoices")
    op.drop_index(op.f("ix_invoices_invoice_date_id"), "invoices")
    op.drop_index(op.f("ix_invoices_series_seq_id"), "invoices")
    op.drop_column("invoices", "search")
    op.drop_column("invoices", "customer_order")
    op.drop_index(op.f("ix_invoices_total_amount_id"), "invoices")
    op.execute("DROP FUNCTION search_query(text)")
    op.execute("DROP FUNCTION search_words(text, text, text, text, text, jsonb)")
    op.execute("DROP FUNCTION ordered_name(text)")
    op.execute("DROP FUNCTION folded(text)")
