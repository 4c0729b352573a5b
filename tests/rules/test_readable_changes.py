"""The history of edits as people read it: amounts with two decimals; the audit trail keeps what was written."""

from models.audit import fingerprint
from models.editing import Changes, readable
from models.facts import DealType
from tests.fixtures.drafts import contract, drafted, edit, new_invoice, obey, worklog

# 2 h x 150,000.00
HOURLY = drafted(contract([worklog(2)], DealType.HR))


def test_amounts_have_two_decimals_and_nothing_else_changes() -> None:
    first = new_invoice(HOURLY)
    row = {"description": "Travel: 3 × 7 = 21", "quantity": "3", "unit_price": "70.5"}
    change = {"op": "change", "id": "L1", "unit_price": "150000.5", "billed": False}
    after = obey(
        first,
        edit(first, line_changes=[{"op": "add", "line": row}, change], total_amount="1000000", payment_days=30),
    )
    event = after.journal[-1]
    assert event.changes["total_amount"] == ("300000.00", "1000000")
    assert event.hash == fingerprint(event)
    # 3 x 70.50 = 211.50; 2 x 150,000.50 = 300,001.00
    shown = readable(event.changes)
    assert shown["total_amount"] == ("300000.00", "1000000.00")
    assert shown["payment_days"] == ("45", "30")
    assert shown["line L2"] == (None, "Travel: 3 × 7 = 21: 3 × 70.50 × 1.0 = 211.50")
    assert shown["line L1"] == (
        "PROJ-1: Summary of PROJ-1: 2.00 × 150000.00 × 1.0 = 300000.00",
        "PROJ-1: Summary of PROJ-1: 2.00 × 150000.50 × 1.0 = 300001.00 (not billed)",
    )
    assert list(shown) == list(event.changes)


def test_a_text_that_only_looks_like_an_amount_stays() -> None:
    first = new_invoice(HOURLY)
    after = obey(first, edit(first, legal_text="a: 1 × 2 × 3 = 6", agreement_number="1000000"))
    assert readable(after.journal[-1].changes) == after.journal[-1].changes
    strange: Changes = {"line L1": ("whatever: 1 × x × 1 = y", None), "total_amount": ("a lot", None)}
    assert readable(strange) == strange
