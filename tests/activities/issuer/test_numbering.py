"""Numbers have no gaps and no duplicates, also with concurrent requests; a refused request takes none."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any, cast
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio.exceptions import ApplicationError

from activities.issuer.numbering import Numbering
from models.invoice.invoice import Number
from models.invoice.ports import NumberRequest
from models.issuer.number_pattern import PatternRefused, Reset, check_pattern, check_reset, display_number
from models.issuer.tables import IssuedNumber, NumberSeries
from models.values.failure_codes import Failure

DAY = date(2026, 3, 31)


async def series(engine: AsyncEngine, last_number: int | None = 0, pattern: str | None = None) -> str:
    name = f"S{uuid4().hex[:8]}"
    async with engine.begin() as connection:
        pattern = pattern or f"{name}-{{seq}}"
        await connection.execute(insert(NumberSeries).values(name=name, pattern=pattern, last_number=last_number))
    return name


def request(series: str, invoice_id: str | None = None) -> NumberRequest:
    return NumberRequest(invoice_id=invoice_id or uuid4().hex, series=series, invoice_date=DAY)


async def last_number(engine: AsyncEngine, name: str) -> int | None:
    async with engine.connect() as connection:
        query = select(col(NumberSeries.last_number)).where(col(NumberSeries.name) == name)
        return cast("int | None", await connection.scalar(query))


async def refused(engine: AsyncEngine, request: NumberRequest) -> str:
    with pytest.raises(ApplicationError) as caught:
        await Numbering(engine).take_number(request)
    assert caught.value.type == Failure.NUMBERING_REFUSED
    assert caught.value.non_retryable
    return caught.value.message


async def test_200_concurrent_invoices_are_numbered_1_to_200(connect: Callable[..., AsyncEngine]) -> None:
    engine = connect(pool_size=20, max_overflow=0)
    name = await series(engine)
    numbers = await asyncio.gather(*(Numbering(engine).take_number(request(name)) for _ in range(200)))
    assert sorted(number.seq for number in numbers) == list(range(1, 201))
    assert {number.display for number in numbers} == {f"{name}-{seq}" for seq in range(1, 201)}
    assert await last_number(engine, name) == 200


async def test_concurrent_requests_of_one_invoice_get_one_number(engine: AsyncEngine) -> None:
    name = await series(engine, last_number=41)
    same_request = request(name)
    numbers = await asyncio.gather(*(Numbering(engine).take_number(same_request) for _ in range(20)))
    assert set(numbers) == {Number(series=name, seq=42, display=f"{name}-42")}
    assert await last_number(engine, name) == 42


async def test_a_number_stays_with_its_invoice_when_the_series_changes(engine: AsyncEngine) -> None:
    first, second = await series(engine), await series(engine)
    number = await Numbering(engine).take_number(request(first, "inv-kept"))
    assert await Numbering(engine).take_number(request(second, "inv-kept")) == number
    assert await last_number(engine, second) == 0


async def test_a_series_without_a_starting_point_is_refused(engine: AsyncEngine) -> None:
    name = await series(engine, last_number=None)
    message = await refused(engine, request(name))
    assert name in message
    assert "Enter the last number that was used (0 for a new series)" in message
    assert await last_number(engine, name) is None


async def test_an_unknown_series_is_refused(engine: AsyncEngine) -> None:
    assert "There is no number series NOPE" in await refused(engine, request("NOPE"))


async def test_a_refused_pattern_takes_no_number(connect: Callable[..., AsyncEngine]) -> None:
    engine = connect()  # a database of its own, because no list of series can show such a row
    name = await series(engine, pattern="INV-{quarter}-{seq}")
    assert "{quarter}" in await refused(engine, request(name))
    assert await last_number(engine, name) == 0


async def test_two_series_never_print_the_same_number(engine: AsyncEngine) -> None:
    pattern = f"{uuid4().hex[:8]}-{{seq}}"
    first, second = await series(engine, pattern=pattern), await series(engine, pattern=pattern)
    await Numbering(engine).take_number(request(first))
    assert "has been used before" in await refused(engine, request(second))
    assert await last_number(engine, second) == 0


@pytest.mark.parametrize("change", ["UPDATE issued_numbers SET seq = seq + 1", "DELETE FROM issued_numbers"])
async def test_an_issued_number_cannot_be_changed(engine: AsyncEngine, change: str) -> None:
    await Numbering(engine).take_number(request(await series(engine)))
    with pytest.raises(IntegrityError, match="append-only"):
        async with engine.begin() as connection:
            await connection.execute(text(change))


async def test_a_counter_that_was_set_back_makes_no_duplicate(engine: AsyncEngine) -> None:
    name = await series(engine)
    await Numbering(engine).take_number(request(name))
    async with engine.begin() as connection:
        await connection.execute(update(NumberSeries).where(col(NumberSeries.name) == name).values(last_number=0))
    assert "has been used before" in await refused(engine, request(name))
    async with engine.connect() as connection:
        rows = await connection.scalars(select(col(IssuedNumber.seq)).where(col(IssuedNumber.series) == name))
        assert list(rows) == [1]


@pytest.mark.parametrize(
    ("pattern", "printed"),
    [
        ("ACT-{seq}", "ACT-7"),
        ("INV-{year}-{seq:04d}", "INV-2026-0007"),
        ("{year}{month:02d}/{seq}", None),
        ("{year}-{month:02d}-{seq:03}", "2026-03-007"),
        ("Акт № {seq}", "Акт № 7"),
        ("INV-{year}", None),
        ("INV-{seq!r}", None),
        ("INV-{seq:,}", None),
        ("INV-{seq:4d}", None),
        ("INV-{seq.real}", None),
        ("INV-{}", None),
        ("INV-{seq", None),
        ("X" * 50 + "{seq}", None),
    ],
)
def test_patterns(pattern: str, printed: str | None) -> None:
    if printed is not None:
        check_pattern(pattern)
        assert display_number(pattern, 7, DAY) == printed
    else:
        with pytest.raises(PatternRefused):
            display_number(pattern, 7, DAY)


def dated(series: str, day: date) -> NumberRequest:
    return NumberRequest(invoice_id=uuid4().hex, series=series, invoice_date=day)


async def resetting(engine: AsyncEngine, reset: str, pattern: str, **starting_point: Any) -> str:
    name = f"S{uuid4().hex[:8]}"
    values = {"name": name, "pattern": f"{name}-{pattern}", "last_number": 0, "reset": reset} | starting_point
    async with engine.begin() as connection:
        await connection.execute(insert(NumberSeries).values(**values))
    return name


async def test_a_series_begins_anew_each_year_and_earlier_years_go_on(engine: AsyncEngine) -> None:
    name = await resetting(engine, "year", "{year}-{seq}")
    days = [date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1), date(2026, 12, 31), date(2027, 6, 1)]
    numbers = [await Numbering(engine).take_number(dated(name, day)) for day in days]
    assert [number.display.removeprefix(f"{name}-") for number in numbers] == [
        *("2026-1", "2026-2", "2027-1"),
        *("2026-3", "2027-2"),
    ]


async def test_a_series_begins_anew_each_month(engine: AsyncEngine) -> None:
    name = await resetting(engine, "month", "{year}{month:02d}-{seq}")
    days = [date(2026, 1, 31), date(2026, 2, 1), date(2027, 1, 1), date(2026, 1, 1)]
    numbers = [await Numbering(engine).take_number(dated(name, day)) for day in days]
    assert [number.seq for number in numbers] == [1, 1, 1, 2]


async def test_numbers_of_another_system_count_in_their_period_only(engine: AsyncEngine) -> None:
    """41 numbers of 2026 were used elsewhere; they count even if a number of 2027 is taken first."""
    name = await resetting(engine, "year", "{year}-{seq}", last_number=41, counted_in="2026")
    days = [date(2027, 1, 1), date(2026, 12, 31), date(2025, 1, 1), date(2026, 1, 1)]
    numbers = [await Numbering(engine).take_number(dated(name, day)) for day in days]
    assert [number.seq for number in numbers] == [1, 42, 1, 43]


async def test_each_period_has_no_gap_with_concurrent_invoices(connect: Callable[..., AsyncEngine]) -> None:
    engine = connect(pool_size=20, max_overflow=0)
    name = await resetting(engine, "year", "{year}-{seq}")
    days = [date(2026 + n % 2, 3, 1) for n in range(60)]
    numbers = await asyncio.gather(*(Numbering(engine).take_number(dated(name, day)) for day in days))
    assert len({number.display for number in numbers}) == 60
    assert sorted(number.seq for number in numbers) == sorted(2 * list(range(1, 31)))


@pytest.mark.parametrize(
    ("reset", "pattern", "fits"),
    [
        ("never", "A-{seq}", True),
        ("year", "A-{year}-{seq}", True),
        ("year", "{year}{seq}", True),
        ("year", "A-{seq}", False),
        ("year", "A-{month}-{seq}", False),
        ("month", "{year}-{month}-{seq}", True),
        ("month", "{year}{month:02d}{seq}", True),
        ("month", "{seq}-{year}", False),
        ("month", "{year}{month}{seq}", False),
        ("month", "{seq}{month}-{year}", False),
    ],
)
def test_the_pattern_of_a_series_that_resets(reset: str, pattern: str, fits: bool) -> None:
    if fits:
        check_reset(pattern, Reset(reset))
        return
    with pytest.raises(PatternRefused):
        check_reset(pattern, Reset(reset))
