"""The pages of orders: list, detail with every command as a form, import."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from models.access.roles import Role
from models.partners.orders.edges import EDGES, Through
from models.partners.orders.status import OrderStatus
from tests.fixtures.orders import COMPLETED, PAPER
from tests.http.callers import Caller, data_of
from tests.http.pages.desk_visits import HTML, OWN_FORM, Page, Visitor
from tests.http.pages.list_walk import assert_rows_lead_on
from tests.http.pages.partner_data import made_partner, received

Visits = Callable[[Role], Visitor]
NO_DOCKET: dict[str, Any] = {"status": "OrderCompleted", "docket": None}
PENDING: dict[str, Any] = {
    **dict.fromkeys(("completed_at", "docket", "installer", "splitter_id", "splitter_port")),
    "status": "Pending",
    "materials_logged": False,
    "materials": [],
}


@pytest.fixture
async def partner(manager: Caller, admin: Caller) -> str:
    return await made_partner(manager, admin)


def offered(page: Page) -> set[str]:
    """Return the commands that the page of an order offers; a transition with its status."""
    links = page.links(".head a[data-command], #main .effect a[data-command]")
    return {link.rsplit("/", 1)[1].replace("transition?to=", "").partition("?")[0] for link in links}


async def status_of(caller: Caller, order_key: str) -> str:
    return str(data_of(await caller.get(f"/orders/{order_key}"))["order"]["status"])


async def test_the_list_shows_what_can_be_invoiced_first(editor: Caller, partner: str, visitor: Visits) -> None:
    done, ready = await received(editor, partner, 1, **NO_DOCKET), await received(editor, partner, 2)
    page = await visitor(Role.VIEWER).get(f"/orders?partner_key={partner}")
    assert page.texts("main table tbody tr td:first-child") == [ready, done]
    assert page.texts(".chips a.chip") == [f"Partner: {partner}"]
    counts = dict(text.rsplit(" ", 1) for text in page.texts("nav.tabs a"))
    assert (counts["All"], counts["To invoice"], counts["Dockets"]) == ("2", "1", "1")
    to_invoice = next(link for link in page.links("nav.tabs a") if "has_invoice=false" in link)
    narrowed = await visitor(Role.VIEWER).get(to_invoice)
    assert narrowed.texts("main table tbody tr td:first-child") == [ready]
    assert narrowed.texts("nav.tabs a[aria-current]") == ["To invoice 1"]
    found = await visitor(Role.VIEWER).get(f"/orders?q={done}")
    assert found.texts("main table tbody tr td:first-child") == [done]


async def test_the_page_of_an_order_leads_on_in_its_list(editor: Caller, partner: str, visitor: Visits) -> None:
    """The two ready orders come first, in stretches of their own."""
    for number, changes in enumerate(({}, NO_DOCKET, {}, NO_DOCKET), 1):
        await received(editor, partner, number, **changes)
    address = f"/orders?partner_key={partner}"
    rows = await assert_rows_lead_on(visitor(Role.VIEWER), address, "table.orders tbody td:first-child a")
    assert len(rows) == 4


async def test_a_command_keeps_the_list_and_the_place_of_an_order_that_leaves_it(
    editor: Caller, partner: str, visitor: Visits
) -> None:
    for number in (1, 2, 3):
        await received(editor, partner, number)
    elena, cells = visitor(Role.MANAGER), "table.orders tbody td:first-child a"
    rows = (await elena.get(f"/orders?partner_key={partner}&is_blocked=false")).links(cells)
    page = await elena.get(rows[1])
    [link] = [each for each in page.links("main a[data-command]") if "open_blocker" in each]
    form = await elena.get(link)
    assert form.links("a[data-close]") == [rows[1]]
    [action] = [str(each.attributes["action"]) for each in form.all("form[data-command-form]")]
    done = await elena.post(action, {**form.fields(), "blocker_id": "B-1", "reason": "The gate is shut"})
    assert done.status == 303, done.text
    shown = await elena.get(done.response.headers["Location"])
    assert shown.all(".panel.done")
    assert shown.links(".neighbours a[rel]") == [rows[0], rows[2]]


async def test_a_list_without_rows_says_why(partner: str, visitor: Visits) -> None:
    page = await visitor(Role.VIEWER).get(f"/orders?partner_key={partner}&status=Cancelled")
    assert "Nothing matches" in page.text
    wrong = await visitor(Role.VIEWER).get("/orders?order_type=repair")
    assert wrong.status == 400
    assert wrong.texts("[role=alert] a")


async def test_the_gate_is_a_checklist_with_each_missing_item(editor: Caller, partner: str, visitor: Visits) -> None:
    kept = await received(editor, partner, 1, materials_logged=False, category="FTTO")
    page = await visitor(Role.EDITOR).get(f"/orders/{kept}")
    assert len(page.texts(".checklist .missing")) == 2
    missing = " ".join(page.texts(".checklist .missing"))
    assert "The materials are not recorded" in missing
    assert "no rate in MYR" in missing
    assert "missing: The materials are recorded" in missing
    assert "met: The docket is validated" in page.texts(".checklist .met")
    assert "Generate Invoice" not in page.texts(".head .button")
    ready = await received(editor, partner, 2)
    page = await visitor(Role.EDITOR).get(f"/orders/{ready}")
    assert page.texts(".checklist .missing") == []
    assert page.texts("main .button.primary") == ["Generate Invoice"]
    assert "145.00" in page.texts(".sums")[0]
    assert "Generate Invoice" not in (await visitor(Role.VIEWER).get(f"/orders/{ready}")).texts(".head .button")


@pytest.mark.parametrize(
    ("role", "names"),
    [
        (Role.VIEWER, set()),
        (Role.EDITOR, {"Assigned", "ReschedulePendingApproval", "open_blocker"}),
        (Role.MANAGER, {"Assigned", "ReschedulePendingApproval", "open_blocker", "Cancelled"}),
        (Role.ADMIN, {"Assigned", "ReschedulePendingApproval", "open_blocker", "Cancelled", "override"}),
    ],
)
async def test_only_what_the_person_may_do_is_offered(
    editor: Caller, partner: str, visitor: Visits, role: Role, names: set[str]
) -> None:
    order_key = await received(editor, partner, 1, **PENDING)
    page = await visitor(role).get(f"/orders/{order_key}")
    assert offered(page) == names
    cancel = await visitor(role).get(f"/orders/{order_key}/commands/transition?to=Cancelled")
    assert cancel.status == (200 if role.includes(Role.MANAGER) else 403)


async def given(desk: Visitor, order_key: str, command: str, **fields: str) -> Page:
    """Open the form of a command, fill it in and send it."""
    address = f"/orders/{order_key}/commands/{command}"
    form = await desk.get(address)
    assert form.status == 200, form.text
    return await desk.post(address.partition("&")[0], {**form.fields(), **fields})


def local(hours: float = 0) -> str:
    """Return a time on the day of the job as a person types it in Kuala Lumpur, in hours before its completion."""
    return (COMPLETED - timedelta(hours=hours) + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")


async def test_the_way_of_an_order_to_its_docket(editor: Caller, partner: str, visitor: Visits) -> None:
    """From Pending to a rejected docket, each step by its form."""
    order_key = await received(editor, partner, 1, **PENDING, method="PRELAID")
    desk = visitor(Role.EDITOR)
    steps: list[tuple[str, dict[str, str], str]] = [
        ("transition?to=Assigned", {"installer": "Ravi", "scheduled_start": local(3)}, "Assigned"),
        ("transition?to=OnTheWay", {"portal_time": local(3)}, "OnTheWay"),
        ("open_blocker", {"reason": "no power", "at": local(2.5)}, "OnTheWay"),
        ("transition?to=Blocker", {}, "Blocker"),
        ("close_blocker?blocker_id=B1", {"at": local(2.2)}, "Blocker"),
        ("transition?to=OnTheWay", {}, "OnTheWay"),
        ("transition?to=MetCustomer", {"portal_time": local(2)}, "MetCustomer"),
        ("transition?to=OrderCompleted", {"portal_time": local()}, "OrderCompleted"),
        ("receive_docket", {**docket(), "paper.installer": "Kumar"}, "DocketsReceived"),
        ("send_back_docket", {}, "DocketsRejected"),
        ("receive_docket", docket(), "DocketsReceived"),
        ("review_docket", {}, "DocketsVerified"),
    ]
    for command, fields, expected in steps:
        page = await given(desk, order_key, command, **fields)
        assert page.status == 303, (command, page.text)
        assert await status_of(editor, order_key) == expected
    page = await desk.get(page.response.headers["Location"])
    assert page.texts("[role=status].done")[0].startswith("Docket reviewed · lena")
    assert "The docket has Kumar installer; the order has Ravi." in page.text
    without_scan = await given(desk, order_key, "upload_docket", uploaded_at=local(-1))
    assert without_scan.status == 400
    assert "attach the file" in without_scan.texts("[role=alert]")[0]


def docket() -> dict[str, str]:
    paper = {f"paper.{name}": str(value) for name, value in PAPER.items() if not isinstance(value, bool)}
    signed = {f"paper.{name}": "true" for name, value in PAPER.items() if value is True}
    return {
        **{name: text for name, text in (paper | signed).items() if "serial" not in name},
        "number": "D-1",
        "received_at": local(-0.4),
        "splitter_id": "SPL-9",
        "splitter_port": "7",
    }


async def test_a_form_that_is_sent_twice_is_executed_once(editor: Caller, partner: str, visitor: Visits) -> None:
    order_key = await received(editor, partner)
    desk, address = visitor(Role.EDITOR), f"/orders/{order_key}/commands/open_blocker"
    fields = {**(await desk.get(address)).fields(), "reason": "no power", "at": local()}
    answers = [await desk.post(address, fields) for _ in range(3)]
    assert [page.status for page in answers] == [303] * 3
    assert len({page.response.headers["Location"] for page in answers}) == 1
    assert len(data_of(await editor.get(f"/orders/{order_key}"))["order"]["blockers"]) == 1


async def test_an_invalid_field_keeps_what_was_typed(editor: Caller, partner: str, visitor: Visits) -> None:
    order_key = await received(editor, partner)
    page = await given(visitor(Role.EDITOR), order_key, "open_blocker", reason="no power", at="2027-01-01T10:00")
    assert page.status == 400
    assert "must not be in the future" in page.texts("[role=alert]")[0]
    assert (page.fields()["reason"], page.fields()["at"]) == ("no power", "2027-01-01T10:00")


async def test_a_change_meanwhile_is_said_and_nothing_is_lost(editor: Caller, partner: str, visitor: Visits) -> None:
    order_key = await received(editor, partner)
    desk, address = visitor(Role.EDITOR), f"/orders/{order_key}/commands/open_blocker"
    form = (await desk.get(address)).fields()
    body = {"action": "open", "reason": "by somebody else", "at": COMPLETED.isoformat()}
    assert (await editor.post(f"/orders/{order_key}/blockers", body)).status_code == 200
    page = await desk.post(address, {**form, "reason": "no power", "at": local()})
    assert page.status == 409
    assert "was changed meanwhile" in page.texts("[role=alert]")[0]
    again = {**page.fields(), "reason": "no power", "at": local()}
    assert again["key"] != form["key"]
    assert (await desk.post(address, again)).status == 303


async def test_an_order_on_an_invoice_is_changed_only_by_it(editor: Caller, partner: str, visitor: Visits) -> None:
    order_key = await received(editor, partner)
    gone = await visitor(Role.ADMIN).get(f"/orders/{order_key}/commands/receive_docket")
    assert gone.status == 409
    assert "not possible now" in gone.text


async def test_materials_are_recorded_row_by_row(editor: Caller, partner: str, visitor: Visits) -> None:
    order_key = await received(editor, partner, materials_logged=False, materials=[])
    desk, address = visitor(Role.EDITOR), f"/orders/{order_key}/materials"
    form = (await desk.get(address)).fields()
    rows: dict[str, Any] = {
        "key": form["key"],
        "revision": form["revision"],
        "materials.code": ["ONU", "", "CBL"],
        "materials.description": ["ONU", "", "Cable"],
        "materials.quantity": ["1", "", "20,5"],
        "materials.unit_price": ["", "", "1,20"],
        "materials.serial": ["ONU-77", "", ""],
        "rma.old_serial": ["OLD-1"],
        "rma.new_serial": ["ONU-77"],
        "rma.approved_by": ["Aina"],
        "rma.notes": ["by mail"],
    }
    wrong = await desk.post(address, {**rows, "materials.quantity": ["1", "", "x"]})
    assert wrong.status == 400
    assert wrong.all("#f-materials-1-quantity")[0].attributes["aria-invalid"] == "true"
    assert (await desk.post(address, rows)).status == 303
    order = data_of(await editor.get(f"/orders/{order_key}"))["order"]
    assert [(each["code"], each["quantity"]) for each in order["materials"]] == [("ONU", "1.00"), ("CBL", "20.50")]
    assert order["materials_charge"] == "24.60"  # 20.5 x 1.20
    assert order["rma"][0]["approved_by"] == "Aina"


async def test_every_edge_of_a_person_has_a_form(editor: Caller, partner: str, visitor: Visits) -> None:
    """Each transition of the table that a person makes can be given in the desk by the role that it names."""
    by_hand = {edge.to for edge in EDGES if edge.role is not None and edge.through is Through.TRANSITION}
    order_key = await received(editor, partner, 1, **PENDING)
    page = await visitor(Role.ADMIN).get(f"/orders/{order_key}/commands/override")
    options = {each.attributes["value"] for each in page.all("select[name=to] option[value]")} - {""}
    assert by_hand <= options
    assert OrderStatus.READY_FOR_INVOICE not in options


async def test_orders_are_imported_after_a_dry_run(
    editor: Caller, partner: str, visitor: Visits, http: httpx.AsyncClient
) -> None:
    desk, order_key = visitor(Role.EDITOR), f"{partner}-77"
    columns = "order_key,source,partner_key,service_id,order_type,customer_name,service_address,appointment_start"
    row = f"{order_key},field-app,{partner},TBBN77,activation,Aminah,Jalan 1,2026-02-26T09:00:00+08:00"
    form = (await desk.get("/orders/import")).fields("section form")

    async def sent(text: str) -> Page:
        headers = desk._headers({**OWN_FORM, **HTML})
        answer = await http.post(
            "/orders/import", data={"key": form["key"]}, files={"file": ("orders.csv", text.encode())}, headers=headers
        )
        return Page(answer, type((await desk.get("/me")).tree)(answer.text))

    wrong = await sent(f"{columns}\n{row.replace('activation', 'repair')}\n")
    assert "order_type" in wrong.texts("main table tbody tr")[0]
    assert wrong.all("input[name=apply]") == []
    checked = await sent(f"{columns}\n{row}\n")
    assert "nothing is changed yet" in checked.text
    assert (await editor.get(f"/orders/{order_key}")).status_code == 404
    fields = checked.fields(".panel.info form")
    for expected in ("new: 1", "unchanged: 1"):
        done = await desk.post("/orders/import", fields)
        assert "The file was imported." in done.text
        assert expected in done.texts("p.chips .pill")
    assert await status_of(editor, order_key) == "Pending"
    assert (await visitor(Role.VIEWER).get("/orders/import")).status == 403


async def test_the_pages_speak_russian(editor: Caller, partner: str, visitor: Visits) -> None:
    order_key = await received(editor, partner)
    desk = visitor(Role.EDITOR).speaking("ru")
    for path in ("/orders", f"/orders/{order_key}", f"/orders/{order_key}/commands/open_blocker", "/orders/ready"):
        page = await desk.get(path)
        assert page.status == 200
        assert page.all("html")[0].attributes["lang"] == "ru"
    assert "Готов к счёту?" in (await desk.get(f"/orders/{order_key}")).text
