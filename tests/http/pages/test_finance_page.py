"""The finance dashboard as a page: each figure leads to exactly its invoices; days compared; payouts and margins."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from api.accounting import rows_of_figures as rows
from models.access.roles import Role
from models.accounting.ageing import BUCKETS, age
from models.accounting.finance_snapshot import FinanceFigures
from models.accounting.tables import FinanceSnapshot
from models.invoice.status import Status
from tests.http.callers import NOW, Caller, Rules, data_of, draft_of
from tests.http.pages.desk_visits import Visitor, changed
from tests.http.pages.partner_data import made_partner, received

Visits = Callable[[Role], Visitor]
TODAY = date(2026, 3, 1)


@pytest.mark.parametrize("late", [-100, -8, -1, 0, 1, 30, 31, 60, 61, 90, 91, 400])
def test_each_due_date_is_in_the_rows_of_its_bucket_only(late: int) -> None:
    due = TODAY - timedelta(days=late)
    found = [bucket for bucket in BUCKETS if _shows(rows.aged(TODAY, bucket), due)]
    assert found == [age(due, TODAY)]


def _shows(filters: dict[str, str], due: date) -> bool:
    first = date.fromisoformat(filters.get("due_date_from", "1000-01-01"))
    return first <= due <= date.fromisoformat(filters.get("due_date_to", "3000-01-01"))


def test_late_begins_on_the_day_after_the_due_date() -> None:
    assert not _shows(rows.late(TODAY), TODAY)
    assert _shows(rows.late(TODAY), TODAY - timedelta(days=1))
    assert _shows(rows.due_soon(TODAY), TODAY + timedelta(days=7))
    assert not _shows(rows.due_soon(TODAY), TODAY + timedelta(days=8))


def test_the_rows_of_a_month_are_those_of_its_days() -> None:
    found = rows.of_month(rows.REJECTED, date(2026, 2, 1))
    assert (found["invoice_date_from"], found["invoice_date_to"]) == ("2026-02-01", "2026-02-28")


async def test_every_linked_figure_has_exactly_its_rows(
    rules: Rules, key: str, visitor: Visits, viewer: Caller
) -> None:
    """Each link of the page leads to a list whose sum is the figure."""
    for number, (status, days) in enumerate(
        [(Status.SENT, 40), (Status.ACCEPTED, 0), (Status.SENT, -5), (Status.REJECTED, 3), (Status.PAID, 0)]
    ):
        draft = draft_of(f"{key}-{number}")
        due = TODAY - timedelta(days=days)
        await rules.put(changed(draft, status=status, due=due))
    page = await visitor(Role.VIEWER).get("/partners/finance")
    assert page.status == 200
    links = list(page.all("main a[href^='/invoices?']"))
    assert len(links) > 10
    for node in links:
        address = str(node.attributes["href"])
        figure = node.css_first("data")
        assert figure is not None
        [total] = data_of(await viewer.get(address.replace("/invoices?", "/invoices/totals?")))["totals"]
        sums = {Decimal(total["total_amount"]), Decimal(total["balance"])}
        assert Decimal(str(figure.attributes["value"])) in sums, address


async def test_a_day_is_compared_with_a_snapshot(engine: AsyncEngine, visitor: Visits) -> None:
    day = date(2026, 2, 20)
    figures = FinanceFigures(as_of=day, zone="Asia/Tashkent", taken_at=NOW, currencies=(), timing=())
    row = {"day": day, "figures": figures.model_dump(mode="json")}
    async with engine.begin() as connection:
        await connection.execute(insert(FinanceSnapshot).values(row))
    desk = visitor(Role.VIEWER)
    compared = await desk.get("/partners/finance?compare_with=2026-02-20")
    assert compared.status == 200
    assert compared.texts("#compare-title") == ["Compared with 20 Feb 2026"]
    past = await desk.get("/partners/finance?as_of=2026-02-20")
    assert "This is the snapshot of that day" in past.text
    assert past.links("main a[href^='/invoices?']") == []
    missing = await desk.get("/partners/finance?as_of=2026-02-19")
    assert missing.status == 400
    assert "/partners/finance?as_of=2026-02-20" in missing.links("main a")
    future = await desk.get("/partners/finance?as_of=2026-03-02")
    assert "future" in future.texts("[role=alert]")[0]


async def test_payouts_and_margins_are_for_managers(
    manager: Caller, admin: Caller, editor: Caller, visitor: Visits
) -> None:
    partner = await made_partner(manager, admin)
    order_key = await received(editor, partner)
    query = f"from=2026-02-01&to=2026-02-28&partner={partner}"
    page = await visitor(Role.MANAGER).get(f"/partners/reports?{query}&group_by=job")
    assert order_key in page.texts("main tbody tr")[0]
    assert "blocked" in page.texts("main tbody tr")[0]
    margins = await visitor(Role.MANAGER).get(f"/partners/reports?{query}&report=margin")
    assert "1 job of these days is not on an approved invoice yet." in margins.text
    file = await visitor(Role.MANAGER).get(f"/partners/reports/payout.csv?{query}&group_by=job")
    assert order_key in file.response.text
    sheet = await visitor(Role.MANAGER).get(f"/partners/reports/margin.xlsx?{query}")
    assert sheet.response.headers["Content-Type"].startswith("application/vnd.openxmlformats")
    wrong = await visitor(Role.MANAGER).get("/partners/reports?from=2026-02-28&to=2026-02-01")
    assert wrong.status == 400
    assert (await visitor(Role.EDITOR).get("/partners/reports")).status == 403
    assert "/partners/reports" not in (await visitor(Role.EDITOR).get("/partners/finance")).links("main a")
