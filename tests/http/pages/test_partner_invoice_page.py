"""The page of a partner's invoice: milestones, the names of the billing document, portal, comparison."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.access.roles import Role
from models.invoice.commands import Finalize, MarkUploaded, RecordPayment, Reject
from models.invoice.invoice import ActionStamp, Document, Invoice, Number
from models.invoice.portal.submission import Rejection, RejectionCode
from models.invoice.status import Status
from tests.http.callers import NOW, Caller, Rules
from tests.http.pages.desk_visits import Page, Visitor, changed
from tests.http.pages.partner_data import made_partner, received

Visits = Callable[[Role], Visitor]
NUMBER = Number(display="X-2026-00001", series="X", seq=1)
STAMP = ActionStamp(by="marat", at=NOW - timedelta(days=2), reason="Wrong serial number")


@pytest.fixture
async def partner(manager: Caller, admin: Caller) -> str:
    return await made_partner(manager, admin, needs_submission_id=True, portal_url="https://portal.time.example")


@pytest.fixture
async def draft(rules: Rules, editor: Caller, partner: str, visitor: Visits) -> Invoice:
    """A draft of one order at 145.00."""
    return await drafted(rules, visitor, partner, await received(editor, partner))


async def drafted(rules: Rules, visitor: Visits, partner: str, *keys: str) -> Invoice:
    fields = {"partner_key": partner, "order_key": list(keys), "key": f"{keys}{len(rules.made)}".replace("'", "")}
    answer = await visitor(Role.EDITOR).post("/orders/invoice", fields)
    assert answer.status == 303, answer.text
    return rules.made[-1]


async def at_status(rules: Rules, invoice: Invoice, status: Status, **fields: Any) -> Invoice:
    return await rules.put(changed(rules.invoices[invoice.workflow_id], status=status, **fields))


def buttons_of(page: Page) -> list[str]:
    return page.texts(".head .actions a.button, .head .menu-body a")


async def test_a_draft_leads_to_its_orders_and_their_rate(draft: Invoice, partner: str, visitor: Visits) -> None:
    page = await visitor(Role.EDITOR).get(f"/invoices/{draft.id}")
    links = page.links("main a")
    assert f"/orders/{partner}-1" in links
    assert f"/rate-cards/{partner}.activation.FTTH.PRELAID.MYR.2026-01-01" in links
    assert f"/partners/{partner}" in links
    assert "the price of the rate card" in page.text
    assert page.texts("main .button.primary") == ["Generate Invoice PDF"]
    assert "Draft" in page.texts("#portal-title + .end")[0]
    listed = await visitor(Role.VIEWER).get(f"/orders?invoice_id={draft.id}")
    assert listed.texts("main table tbody tr td:first-child") == [f"{partner}-1"]


async def test_generate_invoice_makes_the_pdf(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    desk, address = visitor(Role.EDITOR), f"/invoices/{draft.id}/commands/finalize"
    form = await desk.get(address)
    assert form.texts("#command h1") == ["Generate Invoice PDF"]
    assert (await desk.post(address, form.fields())).status == 303
    assert isinstance(rules.sent[-1][0], Finalize)


async def test_mark_as_uploaded_asks_for_what_the_partner_needs(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    """The time is that of Kuala Lumpur: 10:00 there is 02:00 UTC. The partner asks for the submission id."""
    await at_status(rules, draft, Status.APPROVED, number=NUMBER, document=Document(sha256="0f" * 32, size=1, pages=1))
    desk = visitor(Role.EDITOR)
    page = await desk.get(f"/invoices/{draft.id}")
    assert page.texts("main .button.primary") == ["Mark as Uploaded"]
    address = f"/invoices/{draft.id}/commands/mark_uploaded"
    form = await desk.get(address)
    assert "Asia/Kuala_Lumpur" in form.text
    assert "required" in form.all("#f-portal_submission_id")[0].attributes
    fields = {**form.fields(), "uploaded_at": "2026-03-01T10:00", "url": "https://portal.time.example/1"}
    refused = await desk.post(address, fields)
    assert refused.status == 400
    assert refused.all("#f-portal_submission_id")[0].attributes["aria-invalid"] == "true"
    assert (await desk.post(address, {**fields, "portal_submission_id": "SUBM-1"})).status == 303
    command = rules.sent[-1][0]
    assert isinstance(command, MarkUploaded)
    assert command.uploaded_at.isoformat() == "2026-03-01T10:00:00+08:00"
    shown = await desk.get(f"/invoices/{draft.id}")
    assert "AwaitingPayment" in shown.texts("#portal-title + .end")[0]
    assert "SUBM-1" in shown.text
    assert "15 Apr 2026" in shown.texts(".summary")[0]  # 45 days after 1 March
    assert shown.texts("main .button.primary") == ["Mark as Paid"]


async def test_a_rejection_warns_that_the_orders_go_back(
    rules: Rules, draft: Invoice, partner: str, visitor: Visits
) -> None:
    await at_status(rules, draft, Status.AWAITING_PAYMENT, number=NUMBER, uploaded=STAMP)
    assert "Mark as Rejected" not in buttons_of(await visitor(Role.EDITOR).get(f"/invoices/{draft.id}"))
    desk, address = visitor(Role.MANAGER), f"/invoices/{draft.id}/commands/reject"
    assert "Mark as Rejected" in buttons_of(await desk.get(f"/invoices/{draft.id}"))
    form = await desk.get(address)
    assert "its orders go back to ReadyForInvoice" in form.text
    assert any(f"{partner}-1" in each for each in form.texts("main .panel.warning"))
    for name in ("code", "reason", "remarks", "attachment"):
        assert "required" in form.all(f"#f-{name}")[0].attributes, name
    fields = {**form.fields(), "reason": "Wrong serial", "remarks": "Resubmit", "code": "wrong_splitter_or_serial"}
    refused = await desk.post(address, fields)
    assert refused.status == 400
    assert not any(isinstance(command, Reject) for command, _ in rules.sent[:-1])


async def test_mark_as_paid_needs_the_bank_slip(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    await at_status(rules, draft, Status.AWAITING_PAYMENT, number=NUMBER, uploaded=STAMP)
    desk, address = visitor(Role.EDITOR), f"/invoices/{draft.id}/commands/record_payment"
    form = await desk.get(address)
    assert form.fields()["amount"] == "145.00"
    assert "required" in form.all("#f-bank_slip")[0].attributes
    refused = await desk.post(address, {**form.fields(), "reference": "MBB-1"})
    assert refused.status == 400
    assert "bank slip" in refused.texts("[role=alert]")[0]
    before = rules.invoices[draft.workflow_id]
    assert before.payments == ()
    assert all(not isinstance(command, RecordPayment) or not before.payments for command, _ in rules.sent)


async def test_a_rejected_invoice_and_its_replacement_show_each_other(
    rules: Rules, editor: Caller, partner: str, visitor: Visits
) -> None:
    """The first invoice had two orders, the second has one of them and another one."""
    one, two = await received(editor, partner, 1), await received(editor, partner, 2, method=None)
    first = await drafted(rules, visitor, partner, one, two)
    rejection = Rejection(code=RejectionCode.WRONG_RATE, remarks="Please resubmit", attachment="invoice.1.aa")
    await at_status(rules, first, Status.REJECTED, number=NUMBER, rejected=STAMP, rejection=rejection, closed_at=NOW)
    desk = visitor(Role.EDITOR)
    page = await desk.get(f"/invoices/{first.id}")
    assert "Wrong rate" in page.text
    assert "Please resubmit" in page.text
    again = next(link for link in page.links("main a") if link.startswith("/orders/invoice"))
    assert (one in again, two in again) == (True, True)
    replacement = first.request.model_copy(
        update={"subject": first.request.subject.model_copy(update={"replaces": first.id, "order_keys": (one,)})}
    )
    line = first.content.lines[0].model_copy(update={"line_total": Decimal(80), "unit_price": Decimal(80)})
    second = first.model_copy(
        update={
            "id": f"{first.id[:-4]}beef",
            "workflow_id": f"{first.workflow_id}-again",
            "request": replacement,
            "content": first.content.model_copy(update={"lines": (line,)}),
        }
    )
    await rules.put(second)
    compared = await desk.get(f"/invoices/{second.id}/replaced")
    assert compared.status == 200
    assert [text.split()[1] for text in compared.texts("main tbody tr")] == ["changed", "removed"]
    assert f"/invoices/{first.id}" in compared.links("main a")
    shown = await desk.get(f"/invoices/{first.id}")
    assert f"/invoices/{second.id}/replaced" in shown.links("main a")
    assert (await desk.get(f"/invoices/{first.id}/replaced")).status == 404


async def test_only_a_manager_sees_payout_and_margin(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    await at_status(rules, draft, Status.APPROVED, number=NUMBER)
    assert "Payout and margin" not in (await visitor(Role.EDITOR).get(f"/invoices/{draft.id}")).text
    page = await visitor(Role.MANAGER).get(f"/invoices/{draft.id}")
    row = page.texts("section[aria-labelledby=margins-title] tbody tr")[0]
    assert "145.00" in row
    assert "blocked" in row  # no installer rate is entered


async def test_the_margins_of_one_invoice_over_the_api(
    rules: Rules, draft: Invoice, manager: Caller, editor: Caller
) -> None:
    path = f"/reports/margin/{draft.id}"
    assert (await manager.get(path)).json()["data"] == []
    await at_status(rules, draft, Status.APPROVED, number=NUMBER)
    [job] = (await manager.get(path)).json()["data"]
    assert (job["invoiced"], job["number"], job["blocked"]) == ("145.00", "X-2026-00001", "no_rate")
    assert (await editor.get(path)).status_code == 403
    assert (await manager.get("/reports/margin/none")).status_code == 404
