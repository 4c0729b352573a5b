"""Undo: edits are undone one by one, and each needs a small patch only."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contracts.contract import DealType
from models.invoice.commands import Decline, Finalize, Regenerate, Reopen, Undo
from models.invoice.content.content import Content
from models.invoice.editing.edit import apply_edit
from models.invoice.editing.history import CHARACTERS_KEPT, EDITS_KEPT
from models.invoice.editing.patch import apply_patch, difference
from models.invoice.effects import EffectName
from models.invoice.errors import InvalidChange, Refused, StaleRevision
from models.invoice.event_handlers import apply_event
from models.invoice.events import EffectFailed, Redrafted
from models.invoice.invoice import Invoice
from models.invoice.preconditions import allowed, check
from models.invoice.status import CommandName
from tests.fixtures.invoices import NOW, contract, drafted, edit, execute, new_invoice, newest, numbered, worklog
from tests.fixtures.properties import examples

HOURLY = drafted(contract([worklog(2), worklog(1, issue="PROJ-2"), worklog(3, issue="PROJ-3")], DealType.HR))
LINE = {"description": "Travel", "quantity": "1.50", "unit_price": "33.33"}


def undo(invoice: Invoice, **fields: Any) -> Undo:
    return Undo.model_validate({"by": "amina", "expected_revision": invoice.revision} | fields)


def line_edit(invoice: Invoice, *changes: dict[str, Any], **fields: Any) -> Invoice:
    return execute(invoice, edit(invoice, line_changes=changes, **fields))


@pytest.mark.parametrize("field", ["recipients", "cc", "bcc"])
@pytest.mark.parametrize(
    ("before", "after"), [((), ("a@acme.uz",)), (("a@acme.uz",), ()), (("a@acme.uz",), ("b@c.uz",))]
)
def test_an_edit_of_addresses_is_undone(field: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    first = new_invoice(HOURLY.model_copy(update={field: before}))
    second = execute(first, edit(first, **{field: after}))
    assert getattr(second.content, field) == after
    assert second.journal[-1].changes == {field: (str(before), str(after))}
    assert execute(second, undo(second)).content == first.content


def test_edits_are_undone_one_by_one() -> None:
    first = new_invoice(HOURLY)
    second = execute(
        first, edit(first, payment_days=30, customer={"name": "Acme Corporation"}, html_override="<p>x</p>")
    )
    third = line_edit(second, {"op": "remove", "id": "L1"}, {"op": "add", "line": LINE, "before": "L2"})
    fourth = line_edit(third, {"op": "reorder", "ids": ["L3", "L2", "L4"]}, total_amount="1.00")
    back = execute(fourth, undo(fourth, note="wrong order"))
    assert back.content == third.content
    event = back.journal[-1]
    assert (event.action, event.by, event.reason, event.details) == ("undo", "amina", "wrong order", {"undone": "4"})
    # 3 x 150,000 + 1 x 150,000 + 1.50 x 33.33 = 600,050.00
    assert event.changes["total_amount"] == ("1.00", "600050.00")
    assert event.changes["line order"] == ("L3 L2 L4", "L4 L2 L3")
    back = execute(back, undo(back))
    assert back.content == second.content
    back = execute(back, undo(back))
    assert (back.content, back.undoable) == (HOURLY, ())
    assert CommandName.UNDO not in allowed(back)
    with pytest.raises(Refused, match="no edit to undo"):
        check(back, undo(back), NOW)


def test_an_edit_after_an_undo_is_undone_next() -> None:
    first = new_invoice(HOURLY)
    edited_once = execute(first, edit(first, payment_days=30))
    back = execute(edited_once, undo(edited_once))
    again = execute(back, edit(back, payment_days=10))
    assert [step.revision for step in again.undoable] == [4]
    assert execute(again, undo(again)).content == HOURLY


def test_an_undo_of_an_older_revision_is_refused() -> None:
    draft = execute(new_invoice(HOURLY), edit(new_invoice(HOURLY), payment_days=30))
    newer = execute(draft, edit(draft, payment_days=15))
    with pytest.raises(StaleRevision, match=r"revision 3, .* made on revision 2"):
        check(newer, undo(draft), NOW)


def test_undo_does_not_go_beyond_a_finalize_or_a_regenerate() -> None:
    draft = execute(new_invoice(HOURLY), edit(new_invoice(HOURLY), payment_days=30))
    issued = numbered(execute(draft, Finalize(by="amina")))
    assert issued.undoable == ()
    reopened = execute(issued, Decline(by="boss", reason="wrong terms"), Reopen(by="boss"))
    assert CommandName.UNDO not in allowed(reopened)
    requested = execute(draft, Regenerate(by="amina"))
    recomputed = apply_event(requested, Redrafted(key=newest(requested, EffectName.REDRAFT).key, content=HOURLY), NOW)
    assert CommandName.UNDO not in allowed(recomputed)


def test_a_refused_number_keeps_the_undo_steps() -> None:
    draft = execute(new_invoice(HOURLY), edit(new_invoice(HOURLY), payment_days=30))
    requested = execute(draft, Finalize(by="amina"))
    assert CommandName.UNDO not in allowed(requested)  # the number is being fetched
    refused = apply_event(
        requested,
        EffectFailed(key=newest(requested, EffectName.NUMBER).key, code="NumberingRefused", message="no series"),
        NOW,
    )
    assert execute(refused, undo(refused)).content == HOURLY


def test_only_the_newest_edits_are_kept() -> None:
    draft = new_invoice(HOURLY)
    for days in range(EDITS_KEPT + 5):
        draft = execute(draft, edit(draft, payment_days=days))
    assert len(draft.undoable) == EDITS_KEPT
    large = draft
    for letter in "abc":  # each undo step holds the page before it
        large = execute(large, edit(large, html_override=letter * (CHARACTERS_KEPT // 2)))
    # the third step holds "bbb...", the second "aaa...": together they exceed the limit, so only the third is kept
    assert [step.revision for step in large.undoable] == [large.revision]
    assert execute(large, undo(large)).content.html_override == "b" * (CHARACTERS_KEPT // 2)


def test_a_small_edit_of_a_long_draft_needs_little_memory() -> None:
    many = drafted(contract([worklog(1, issue=f"PROJ-{n}") for n in range(500)], DealType.HR))
    after, _ = apply_edit(
        many, edit(new_invoice(many), line_changes=[{"op": "change", "id": "L9", "description": "x"}])
    )
    assert difference(after, many).size < 500


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 9)),
        st.tuples(st.just("change"), st.integers(0, 9)),
        st.tuples(st.just("remove"), st.integers(0, 9)),
        st.tuples(st.just("reorder"), st.permutations(range(10))),
        st.tuples(st.just("header"), st.integers(1, 9)),
    ),
    min_size=1,
    max_size=8,
)


def operate(content: Content, what: str, n: Any) -> Content:
    ids = [line.id for line in content.lines]
    at = ids[n % len(ids)] if ids and isinstance(n, int) else None
    match what:
        case "add":
            change: dict[str, Any] = {"op": "add", "line": LINE, "before": at}
        case "reorder":
            change = {"op": "reorder", "ids": [ids[i] for i in n if i < len(ids)] + ids[10:]}
        case "change":
            change = {"op": what, "id": at, "quantity": n}
        case "header":
            change = {}
        case _:
            change = {"op": what, "id": at}
    fields = {"payment_days": n, "legal_text": "§" * n, "agreement_date": f"2025-01-0{n}"} if what == "header" else {}
    given = {"expected_revision": 1, "line_changes": [change] if change else []} | fields
    return apply_edit(content, edit(new_invoice(content), **given))[0]


@examples(80)
@given(OPERATIONS)
def test_a_patch_leads_from_one_content_to_the_other_and_back(operations: list[tuple[str, Any]]) -> None:
    content = HOURLY
    for what, n in operations:
        if what not in ("add", "header") and not content.lines:
            continue
        with suppress(InvalidChange):  # the edit contains no changes
            content = operate(content, what, n)
    # as text: 2.00 hours must not become 2
    assert apply_patch(HOURLY, difference(HOURLY, content)).model_dump_json() == content.model_dump_json()
    assert apply_patch(content, difference(content, HOURLY)).model_dump_json() == HOURLY.model_dump_json()
