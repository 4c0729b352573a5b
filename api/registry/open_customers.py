"""What each customer owes: the open balances by currency and customer, with a column for each age."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Subquery, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from api.registry.filters import Order
from api.registry.open_filters import CustomerSort, OpenCustomerFilter
from api.registry.open_items import age_of, open_conditions
from api.registry.queries import INVOICES
from api.registry.schemas import AgeBucket, OpenCustomer
from models.accounting.ageing import BUCKETS, days_late
from models.values.money import ZERO


async def customers(
    connection: AsyncConnection, filters: OpenCustomerFilter, today: date
) -> tuple[list[OpenCustomer], int]:
    """Return one page of the customers that owe money, by currency, and how many there are in all."""
    groups = _groups(filters, today)
    c = INVOICES.c
    newest = select(c.customer_name, c.customer_order).where(c.customer_key == groups.c.customer_key)
    name = newest.order_by(c.created_at.desc(), c.id.desc()).limit(1).lateral("name")
    rows = select(groups, name.c.customer_name, func.count().over().label("customers"))
    rows = rows.join_from(groups, name, true()).order_by(groups.c.currency, *_order(filters, groups, name))
    found = (await connection.execute(rows.offset(filters.offset).limit(filters.per_page))).mappings().all()
    if found or not filters.offset:
        return [_customer(row, today) for row in found], found[0]["customers"] if found else 0
    return [], int(await connection.scalar(select(func.count()).select_from(groups)) or 0)


def _groups(filters: OpenCustomerFilter, today: date) -> Subquery:
    c, age = INVOICES.c, age_of(INVOICES.c.due_date, today)
    of_ages: list[ColumnElement[Any]] = []
    for n, bucket in enumerate(BUCKETS):
        of_ages.append(func.count().filter(age == bucket).label(f"invoices_{n}"))
        of_ages.append(func.coalesce(func.sum(c.balance).filter(age == bucket), ZERO).label(f"balance_{n}"))
    query = select(
        *(c.currency, c.customer_key, func.count().label("invoices"), func.sum(c.balance).label("balance")),
        *(func.min(c.due_date).label("oldest_due"), *of_ages),
    )
    return query.where(*open_conditions(filters.selection, today)).group_by(c.currency, c.customer_key).subquery()


def _order(filters: OpenCustomerFilter, groups: Subquery, name: Any) -> Sequence[ColumnElement[Any]]:
    descends = filters.used_order is Order.DESC
    match filters.sort:
        case CustomerSort.BALANCE:
            value = groups.c.balance.desc() if descends else groups.c.balance.asc()
        case CustomerSort.CUSTOMER_NAME:
            value = name.c.customer_order.desc() if descends else name.c.customer_order.asc()
        case CustomerSort.DAYS_LATE:  # whoever is later was due earlier, and what has no due date is not late
            due = groups.c.oldest_due
            value = due.asc().nulls_last() if descends else due.desc().nulls_first()
    return (value, groups.c.customer_key)


def _customer(row: RowMapping, today: date) -> OpenCustomer:
    ageing = [
        AgeBucket(days_late=bucket, invoices=row[f"invoices_{n}"], balance=row[f"balance_{n}"])
        for n, bucket in enumerate(BUCKETS)
    ]
    return OpenCustomer(
        currency=row["currency"],
        customer_key=row["customer_key"],
        customer_name=row["customer_name"],
        invoices=row["invoices"],
        balance=row["balance"],
        days_late=days_late(row["oldest_due"], today),
        ageing=ageing,
    )
