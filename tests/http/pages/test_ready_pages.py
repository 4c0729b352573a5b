"""The queue for invoices, the builder with Generate Invoice, and the batches."""

from collections.abc import Callable

import pytest

from models.access.roles import Role
from models.invoice.content.basis import PartnerBasis
from tests.http.callers import Caller, Rules
from tests.http.pages.desk_visits import Visitor
from tests.http.pages.partner_data import made_partner, received
from workflows.client.errors import OutcomeUnknown, TemporalUnavailable

Visits = Callable[[Role], Visitor]


@pytest.fixture
async def partner(manager: Caller, admin: Caller) -> str:
    return await made_partner(manager, admin)


async def test_the_queue_has_the_ready_orders_and_every_reason_of_the_others(
    editor: Caller, partner: str, visitor: Visits
) -> None:
    """145.00 and 75.00 can be invoiced."""
    ready = [await received(editor, partner, 1), await received(editor, partner, 2, method=None)]
    kept = await received(editor, partner, 3, materials_logged=False, splitter_port=None)
    page = await visitor(Role.EDITOR).get(f"/orders/ready?partner_key={partner}")
    assert sorted(page.texts("form[action='/orders/invoice'] tbody a[href^='/orders/']")) == sorted(ready)
    assert "220.00" in page.texts("section .card-head")[0]
    [row] = page.texts("section[aria-labelledby=kept-title] tbody tr")
    assert kept in row
    assert "The materials are not recorded" in row
    assert "The splitter and its port are not recorded." in row
    assert "Build an invoice" in page.text
    for role in (Role.VIEWER,):
        shown = await visitor(role).get(f"/orders/ready?partner_key={partner}")
        assert shown.all("input[name=order_key]") == []
        assert (await visitor(role).get(f"/orders/invoice?order_key={ready[0]}")).status == 403


async def test_the_builder_shows_the_sum_and_who_cannot_be_on_it(editor: Caller, partner: str, visitor: Visits) -> None:
    one, two = await received(editor, partner, 1), await received(editor, partner, 2, method=None)
    kept = await received(editor, partner, 3, materials_logged=False)
    desk = visitor(Role.EDITOR)
    address = f"/orders/invoice?partner_key={partner}&order_key={one}&order_key={two}&order_key={kept}"
    page = await desk.get(address)
    assert page.texts("tfoot td:last-child") == ["220.00"]
    assert "The materials are not recorded" in page.texts("section.panel.warning li")[0]
    assert page.all("form#generate") == [], "an invoice of only some of them is not what was chosen"
    page = await desk.get(page.links("section.panel.warning a.button")[0])
    assert page.texts("form#generate .button.primary") == ["Generate Invoice"]
    nothing = await desk.get("/orders/invoice")
    assert nothing.status == 400


async def test_generate_invoice_makes_one_draft_however_often_it_is_sent(
    rules: Rules, editor: Caller, partner: str, visitor: Visits
) -> None:
    one, two = await received(editor, partner, 1), await received(editor, partner, 2)
    desk = visitor(Role.EDITOR)
    page = await desk.get(f"/orders/invoice?partner_key={partner}&order_key={one}&order_key={two}")
    key = page.fields("form#generate")["key"]
    fields = {"key": key, "partner_key": partner, "order_key": [one, two]}
    answers = [await desk.post("/orders/invoice", fields) for _ in range(3)]
    assert [answer.status for answer in answers] == [303] * 3
    assert len({answer.response.headers["Location"] for answer in answers}) == 1
    [made] = rules.made
    assert isinstance(made.content.basis, PartnerBasis)
    assert made.content.basis.order_keys == (one, two)
    assert str(made.total) == "290.00"  # 2 x 145.00
    shown = await desk.get(answers[0].response.headers["Location"])
    assert shown.texts("[role=status].done")[0].startswith("Draft created · lena")
    order = await desk.get(f"/orders/{one}")
    assert f"/invoices/{made.id}" in order.links("main a")
    assert order.links(".head a[data-command]") == []
    again = await desk.get(f"/orders/invoice?partner_key={partner}&order_key={one}")
    assert f"is on invoice {made.id}" in again.text


async def test_an_order_that_was_taken_meanwhile_is_named(
    rules: Rules, editor: Caller, partner: str, visitor: Visits
) -> None:
    """Somebody else has put one of the two orders on an invoice since the builder was opened."""
    one, two = await received(editor, partner, 1), await received(editor, partner, 2)
    desk, first = visitor(Role.EDITOR), {"partner_key": partner, "order_key": [one], "key": "first"}
    assert (await desk.post("/orders/invoice", first)).status == 303
    page = await desk.post("/orders/invoice", {**first, "order_key": [one, two], "key": "second"})
    assert page.status == 409
    assert one in page.texts("[role=alert]")[0]
    assert len(rules.made) == 1


@pytest.mark.parametrize(
    ("failure", "status", "text"),
    [
        (TemporalUnavailable("gone"), 503, "Reading works, changing does not"),
        (OutcomeUnknown(), 504, "We do not know yet whether this was done"),
    ],
)
async def test_a_failure_keeps_the_choice_and_the_key(
    rules: Rules, editor: Caller, partner: str, visitor: Visits, failure: Exception, status: int, text: str
) -> None:
    order_key = await received(editor, partner)
    rules.failures.append(failure)
    fields = {"partner_key": partner, "order_key": [order_key], "key": f"k-{order_key}"}
    page = await visitor(Role.EDITOR).post("/orders/invoice", fields)
    assert page.status == status
    assert text in page.text
    assert page.fields("form#generate")["key"] == f"k-{order_key}"
    assert page.fields("form#generate")["order_key"] == order_key


async def test_a_batch_is_filled_emptied_and_closed(
    rules: Rules, manager: Caller, admin: Caller, editor: Caller, visitor: Visits
) -> None:
    partner = await made_partner(manager, admin, invoice_format="batch")
    keys = [await received(editor, partner, number) for number in (1, 2, 3)]
    desk = visitor(Role.EDITOR)
    address = f"/orders/invoice?partner_key={partner}" + "".join(f"&order_key={key}" for key in keys)
    page = await desk.get(address)
    assert "Put into the open batch instead" in page.text
    fields = {"partner_key": partner, "order_key": keys, "key": f"k-{partner}"}
    for _ in range(2):
        placed = await desk.post("/orders/into-batch", fields)
        assert placed.response.headers["Location"] == f"/orders/batches/{partner}.activation.2026-02"
    batch = placed.response.headers["Location"]
    assert len((await desk.get(batch)).all("main table tbody tr")) == 3
    taking = f"{batch}/orders/{keys[0]}"
    assert (await desk.post(taking, {"key": "k1"})).status == 400
    for _ in range(2):
        assert (await desk.post(taking, {"key": "k1", "reason": "disputed"})).status == 303
    assert len((await desk.get(batch)).all("main table tbody tr")) == 2
    form = (await desk.get(f"{batch}/close")).fields()
    closed = [await desk.post(f"{batch}/close", form) for _ in range(2)]
    assert len({answer.response.headers["Location"] for answer in closed}) == 1
    assert str(rules.made[-1].total) == "290.00"
    after = await desk.get(batch)
    assert f"/invoices/{rules.made[-1].id}" in after.links("main a")
    assert after.all(".head a.primary") == []
    listed = await desk.get(f"/orders/batches?partner_key={partner}")
    assert "closed" in listed.texts("main table tbody tr")[0]
    missing = await desk.get("/orders/batches/none")
    assert missing.status == 404
