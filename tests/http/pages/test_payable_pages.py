"""The pages of payables: ageing, list, one payable, and its commands with their roles."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from models.access.roles import Role
from models.accounting.ageing import Age, due_dates
from models.bills.bill import BillKey
from tests.fixtures.cloud_bills import line, stored_bill, unique
from tests.http.bills.importing import Importer, invoice
from tests.http.pages.desk_visits import Page, Visitor
from tests.http.pages.list_walk import assert_rows_lead_on

Visits = Callable[[Role], Visitor]
TODAY = "2026-03-01"  # by the clock of the API


@pytest.fixture
def tenant() -> str:
    return unique("tenant")


@pytest.fixture
def service(visitor: Visits, tenant: str) -> Importer:
    return Importer(visitor(Role.VIEWER).http, tenant)


async def made(service: Importer, external_id: str = "u-1", **more: Any) -> str:
    return str((await service.send(invoice(external_id, **more))).json()["invoice_id"])


def listed(page: Page) -> list[str]:
    return [
        link.removeprefix("/payables/").partition("?")[0]
        for link in page.links("table.payables tbody td:first-child a")
    ]


@pytest.mark.parametrize(
    ("age", "days"),
    [
        ("0", (date(2026, 3, 1), None)),
        ("1-30", (date(2026, 1, 30), date(2026, 2, 28))),
        ("31-60", (date(2025, 12, 31), date(2026, 1, 29))),
        ("61-90", (date(2025, 12, 1), date(2025, 12, 30))),
        ("90+", (None, date(2025, 11, 30))),
    ],
)
def test_the_due_dates_of_a_bucket(age: Age, days: tuple[date | None, date | None]) -> None:
    """On 1 March 2026: 30 days before is 30 January, 60 days 31 December, 90 days 1 December."""
    assert due_dates(age, date(2026, 3, 1)) == days


async def test_the_ageing_leads_to_its_payables(service: Importer, visitor: Visits, tenant: str) -> None:
    """Issued on 1 January it is due on 31 January, 29 days late."""
    late = await made(service, "late", issued_at="2026-01-01T00:00:00Z", currency="CHF")
    vera = visitor(Role.VIEWER)
    page = await vera.get("/payables")
    section = page.all("section[aria-labelledby=ageing-CHF]")[0]
    rows = {row.css_first("th").text(strip=True): row for row in section.css("tbody tr")}  # type: ignore[union-attr]
    link = rows["1-30"].css_first("a")
    assert link is not None
    found = await vera.get(str(link.attributes["href"]) + f"&tenant_id={tenant}")
    assert listed(found) == [late]
    assert "29 days late" in found.text


async def test_the_page_of_a_payable_leads_on_in_its_list(service: Importer, visitor: Visits, tenant: str) -> None:
    """Approved payables leave this list, and keep their place by the due date."""
    for day in ("03", "01", "02"):
        await made(service, f"on-{day}", issued_at=f"2026-05-{day}T00:00:00Z")
    maria, address = visitor(Role.MANAGER), f"/payables?tenant_id={tenant}&status=received"
    rows = await assert_rows_lead_on(maria, address, "table.payables tbody td:first-child a")
    [link] = [each for each in (await maria.get(rows[1])).links("a[data-command]") if "/commands/approve" in each]
    done = await maria.post(link, (await maria.get(link)).fields())
    assert done.status == 303, done.text
    shown = await maria.get(done.response.headers["Location"])
    assert "Approved" in shown.texts(".head .pill")
    assert shown.links(".neighbours a[rel]") == [rows[0], rows[2]]


async def test_the_list_has_sums_filters_and_views(service: Importer, visitor: Visits, tenant: str) -> None:
    first = await made(service, "a", issued_at="2026-05-01T00:00:00Z")
    second = await made(service, "b", issued_at="2026-05-02T00:00:00Z", vendor={"name": "AWS"}, external_number="AB-7")
    vera = visitor(Role.VIEWER)
    page = await vera.get(f"/payables?tenant_id={tenant}")
    assert listed(page) == [first, second]
    assert page.texts("tfoot tr") == ["2 payables 158.04 15.80 173.84 USD"]  # 2 x (79.02 + 7.90)
    assert listed(await vera.get(f"/payables?tenant_id={tenant}&search=ab-7")) == [second]
    assert listed(await vera.get(f"/payables?tenant_id={tenant}&search=aws")) == [second]
    # The second vendor sells what DigitalOcean, the source of both, has billed.
    assert listed(await vera.get(f"/payables?tenant_id={tenant}&search=digital")) == [first, second]
    chips = (await vera.get(f"/payables?tenant_id={tenant}&status=received&status=approved")).texts(".chips a.chip")
    assert {"Status: Received", "Status: Approved"} <= set(chips)
    views = dict(zip(page.texts(".tabs a"), page.links(".tabs a"), strict=True))
    assert listed(await vera.get(f"{views['Paid']}&tenant_id={tenant}")) == []
    assert listed(await vera.get(f"{views['To approve']}&tenant_id={tenant}")) == [first, second]
    wrong = await vera.get("/payables?due_from=yesterday")
    assert (wrong.status, wrong.links("[role=alert] a")) == (400, ["#f-due_from"])
    assert "Nothing matches" in (await vera.get(f"/payables?search={uuid4().hex}")).text


async def test_a_payable_goes_from_its_approval_to_its_payment(service: Importer, visitor: Visits) -> None:
    payable = await made(service)
    editor, manager = visitor(Role.EDITOR), visitor(Role.MANAGER)
    steps = [
        (editor, "approve", {}, "Approved · lena"),
        (editor, "schedule", {"pay_on": "2026-03-05"}, "Payment scheduled · lena"),
        (manager, "lock", {"reason": "payment run"}, "Locked · marat"),
        (manager, "mark_paid", {"paid_on": TODAY, "reference": "TT-77"}, "Marked as paid · marat"),
        (manager, "unlock", {"reason": "run is over"}, "Unlocked · marat"),
    ]
    for seq, (person, command, fields, told) in enumerate(steps, 2):
        path = f"/payables/{payable}/commands/{command}"
        form = await person.get(path)
        done = await person.post(path, {**form.fields(), **fields})
        assert (done.status, done.response.headers["Location"]) == (303, f"/payables/{payable}?done={seq}"), command
        page = await person.get(done.response.headers["Location"])
        assert page.texts(".panel.done")[0].startswith(told)
    assert page.texts(".head .pill") == ["Paid"]
    assert "chain intact" in page.text
    assert "TT-77" in page.texts("section[aria-labelledby=details-title]")[0]


async def test_a_repeated_form_is_executed_once_and_an_older_one_is_refused(service: Importer, visitor: Visits) -> None:
    payable = await made(service)
    editor, path = visitor(Role.EDITOR), f"/payables/{payable}/commands/approve"
    fields = (await editor.get(path)).fields()
    first, second = await editor.post(path, fields), await editor.post(path, fields)
    assert first.response.headers["Location"] == second.response.headers["Location"]
    assert len((await editor.get(f"/payables/{payable}")).all(".timeline > li")) == 2
    other = await visitor(Role.MANAGER).post(path, fields)
    assert other.status == 409
    assert "was changed meanwhile" in other.text
    schedule = f"/payables/{payable}/commands/schedule"
    form = {**(await editor.get(schedule)).fields(), "pay_on": "2026-03-05"}
    assert (await editor.post(schedule, form)).status == 303
    assert (await editor.post(schedule, {**form, "pay_on": "2026-03-06"})).status == 409


@pytest.mark.parametrize(
    ("command", "fields", "field"),
    [
        ("schedule", {"pay_on": "2026-02-28"}, "pay_on"),
        ("mark_paid", {"paid_on": "2026-03-02", "reference": "x"}, "paid_on"),
        ("mark_paid", {"paid_on": TODAY, "reference": ""}, "reference"),
        ("lock", {"reason": ""}, "reason"),
    ],
)
async def test_a_wrong_field_keeps_what_was_typed(
    service: Importer, visitor: Visits, command: str, fields: dict[str, str], field: str
) -> None:
    payable = await made(service)
    manager = visitor(Role.MANAGER)
    approve = f"/payables/{payable}/commands/approve"
    await manager.post(approve, (await manager.get(approve)).fields())
    path = f"/payables/{payable}/commands/{command}"
    page = await manager.post(path, {**(await manager.get(path)).fields(), **fields})
    assert page.status == 400
    assert page.all(f"#f-{field}[aria-invalid]") != []
    assert {name: page.fields()[name] for name in fields} == fields


async def test_only_what_a_person_may_do_is_offered(service: Importer, visitor: Visits) -> None:
    payable = await made(service)
    offered = {
        role: [link.rpartition("/")[2] for link in (await visitor(role).get(f"/payables/{payable}")).links(".head a")]
        for role in (Role.VIEWER, Role.EDITOR, Role.MANAGER)
    }
    assert offered == {Role.VIEWER: [], Role.EDITOR: ["approve"], Role.MANAGER: ["approve", "lock"]}
    path = f"/payables/{payable}/commands"
    assert (await visitor(Role.VIEWER).post(f"{path}/approve", {"key": "k"})).status == 403
    assert (await visitor(Role.EDITOR).post(f"{path}/lock", {"key": "k", "reason": "why not"})).status == 403
    assert (await visitor(Role.ADMIN).get(f"{path}/burn")).status == 404
    assert (await visitor(Role.ADMIN).get("/payables/no-such")).status == 404


async def test_a_payable_and_its_bill_lead_to_each_other(
    engine: AsyncEngine, service: Importer, visitor: Visits
) -> None:
    provider = unique("provider")
    key = BillKey(provider=provider, account="main", provider_invoice_id=unique("invoice"))
    bill = await stored_bill(engine, [line("1.00")], provider, key=key)
    payable = await made(service, key.provider_invoice_id, source=provider)
    vera = visitor(Role.VIEWER)
    assert f"/bills/{bill.id}" in (await vera.get(f"/payables/{payable}")).links("dl a")
    assert f"/payables/{payable}" in (await vera.get(f"/bills/{bill.id}")).links(".summary a")
