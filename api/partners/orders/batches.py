"""Many orders at once: the rows of a list or of a CSV file, each with its outcome or with what is wrong with it."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import ValidationError

from activities.partners.order_store import OrderStore
from api.http.envelopes import FieldError
from api.http.validation_messages import field_errors
from api.partners.orders.schemas import BatchReport, RowResult
from models.partners.orders.csv_columns import SHEET, column_of, intake_fields
from models.partners.orders.intake import OrderIntake
from models.partners.orders.log import Actor
from models.settings import csv_sheet

MOST_ROWS = 1000


class _Rows(NamedTuple):
    """The valid rows by their numbers, and the results of the others."""

    valid: dict[int, OrderIntake]
    wrong: list[RowResult]


async def receive_list(orders: OrderStore, sent: list[Any], actor: Actor, now: datetime) -> BatchReport:
    """Store the valid rows of a list in one transaction; a wrong row stops no other."""
    rows = await asyncio.to_thread(_validated, enumerate(sent, 1))
    results = await _stored(orders, rows.valid, actor, now, dry_run=False)
    return BatchReport.of(sorted((*results, *rows.wrong), key=lambda row: row.row), applied=True)


async def receive_file(
    orders: OrderStore, content: bytes, actor: Actor, now: datetime, *, dry_run: bool
) -> BatchReport:
    """Store all rows of a CSV file, or none if one is wrong. Raises SheetRefused."""
    rows = await asyncio.to_thread(_read, content)
    results = await _stored(orders, rows.valid, actor, now, dry_run=dry_run or bool(rows.wrong))
    ordered = sorted((*results, *rows.wrong), key=lambda row: row.row)
    return BatchReport.of(ordered, applied=not dry_run and not rows.wrong)


async def _stored(
    orders: OrderStore, valid: Mapping[int, OrderIntake], actor: Actor, now: datetime, *, dry_run: bool
) -> list[RowResult]:
    received = await orders.receive_all(list(valid.values()), actor, now, dry_run=dry_run)
    pairs = zip(valid.items(), received, strict=True)
    return [RowResult.of(number, intake.order_key, result) for (number, intake), result in pairs]


def _read(content: bytes) -> _Rows:
    rows = csv_sheet.read(content, SHEET)
    broken = [
        RowResult(
            row=row.number,
            order_key=row.cells.get("order_key"),
            outcome=None,
            errors=[FieldError(path="row", message=row.problem)],
        )
        for row in rows
        if row.problem
    ]
    found = _validated((row.number, intake_fields(row.cells)) for row in rows if not row.problem)
    for result in found.wrong:
        result.errors = [FieldError(path=column_of(each.path), message=each.message) for each in result.errors]
    return _Rows(found.valid, [*broken, *found.wrong])


def _validated(rows: Iterable[tuple[int, Any]]) -> _Rows:
    valid: dict[int, OrderIntake] = {}
    wrong: list[RowResult] = []
    for number, fields in rows:
        try:
            valid[number] = OrderIntake.model_validate(fields)
        except ValidationError as error:
            located = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
            key = fields.get("order_key") if isinstance(fields, dict) else None
            result = RowResult(
                row=number,
                order_key=key[:100] if isinstance(key, str) else None,
                outcome=None,
                errors=field_errors(located, {"body": OrderIntake}),
            )
            wrong.append(result)
    return _Rows(valid, wrong)
