"""Today and the review queue: each count leads to its invoices, and after a decision the next document opens."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from models.access.roles import Role
from models.invoice.approval import changed_share, is_unusual
from models.invoice.invoice import ActionStamp, Document, Invoice
from models.invoice.status import Status
from tests.http.callers import NOW, Rules, draft_of
from tests.http.pages.desk_visits import Visitor, changed

DOCUMENT = Document(sha256="0f" * 32, size=1, pages=1)
Visits = Callable[[Role], Visitor]


async def reviewed(rules: Rules, key: str, minutes: int, by: str = "lena") -> Invoice:
    """Return an invoice that waits for review since so many minutes before now."""
    stamp = ActionStamp(by=by, at=NOW - timedelta(minutes=minutes))
    draft = await rules.put(draft_of(key))
    fields = {"status": Status.NEEDS_REVIEW, "digest": "ab" * 32, "document": DOCUMENT, "finalized": stamp}
    return await rules.put(changed(draft, **fields))


async def test_an_empty_desk_explains_itself(visitor: Visits) -> None:
    """The first test of the module: nothing has been stored yet."""
    today = await visitor(Role.MANAGER).get("/")
    assert "Nothing waits for anybody." in today.text
    assert "The figures appear with the first invoice." in today.text
    assert "There are no invoices yet" in (await visitor(Role.VIEWER).get("/invoices")).text
    assert "Nothing waits for a review" in (await visitor(Role.MANAGER).get("/review")).text
    following = await visitor(Role.MANAGER).get("/review/next")
    assert following.response.headers["Location"] == "/review"


async def test_each_count_of_today_leads_to_as_many_invoices(rules: Rules, visitor: Visits, key: str) -> None:
    await rules.put(draft_of(f"{key}-A"))
    late = await rules.put(draft_of(f"{key}-B"))
    due = NOW.date() - timedelta(days=40)
    await rules.put(changed(late, status=Status.SENT, due=due, overdue=True))
    manager = visitor(Role.MANAGER)
    page = await manager.get("/")
    counts = {
        link: int(text.split()[0]) for link, text in zip(page.links(".tasks a"), page.texts(".tasks a"), strict=True)
    }
    assert any("overdue=true" in link for link in counts)
    assert any("status=draft" in link for link in counts)
    for link, count in counts.items():
        if link != "/review":
            assert len((await manager.get(link)).all("table.registry tbody tr")) == count, link
    figures = dict(zip(page.texts(".figure h2"), page.all(".figure"), strict=True))
    # 15,825,000 UZS, 40 days late (docs/specification/pricing.md 4.8)
    assert [each.attributes["value"] for each in figures["Late"].css("data")] == ["15825000.00"]
    assert [each.attributes["value"] for each in figures["Outstanding"].css("data")] == ["15825000.00"]
    ageing = {
        cells[0]: cells[2]
        for row in page.all("tbody tr")
        if len(cells := [each.text(strip=True) for each in row.css("th, td")]) == 3
    }
    assert ageing["31-60"] == "15,825,000.00"


async def test_the_review_goes_from_the_oldest_to_the_next(rules: Rules, visitor: Visits, key: str) -> None:
    newer, older = await reviewed(rules, f"{key}-N", 10), await reviewed(rules, f"{key}-O", 90)
    manager = visitor(Role.MANAGER)
    queue = await manager.get("/review")
    assert queue.links("tbody a") == [f"/review/{older.id}", f"/review/{newer.id}"]
    first = await manager.get("/review/next")
    assert first.response.headers["Location"] == f"/review/{older.id}"
    page = await manager.get(f"/review/{older.id}")
    assert "1 of 2" in page.text
    assert page.links("a[rel=next]") == [f"/review/{newer.id}"]
    form = await manager.get(page.links("a[data-key=a]")[0])
    approved = await manager.post(f"/invoices/{older.id}/commands/approve", form.fields())
    assert approved.response.headers["Location"] == f"/review/next?after={older.id}"
    assert rules.invoices[older.workflow_id].approved is not None
    following = await manager.get(approved.response.headers["Location"])
    assert following.response.headers["Location"] == f"/review/{newer.id}?after={older.id}"
    shown = await manager.get(following.response.headers["Location"])
    assert "Approved" in shown.texts(".panel.done")[0]
    form = await manager.get(shown.links("a[data-key=d]")[0])
    declined = await manager.post(
        f"/invoices/{newer.id}/commands/decline", {**form.fields(), "reason": "the overtime was agreed to be free"}
    )
    empty = await manager.get(declined.response.headers["Location"])
    assert empty.response.headers["Location"] == f"/review?after={newer.id}"


async def test_an_editor_has_no_review(visitor: Visits) -> None:
    editor = visitor(Role.EDITOR)
    assert (await editor.get("/review")).status == 403
    assert "/review" not in (await editor.get("/invoices")).links("nav.side a")


async def test_a_total_that_differs_much_is_marked(rules: Rules, visitor: Visits, key: str) -> None:
    waiting = await reviewed(rules, key, 5)
    january = waiting.content.period.model_copy(
        update={
            "start": waiting.content.period.start.replace(month=1),
            "end": waiting.content.period.end.replace(month=1),
        }
    )
    totals = waiting.content.totals.model_copy(update={"total_amount": Decimal("10000000.00")})
    content = waiting.content.with_service(period=january).model_copy(update={"totals": totals})
    identity = {"id": f"{waiting.id[:-4]}0001", "workflow_id": f"{waiting.workflow_id}.before", "content": content}
    await rules.put(waiting.model_copy(update={**identity, "status": Status.PAID, "journal": ()}))
    page = await visitor(Role.MANAGER).get(f"/review/{waiting.id}")
    # 15,825,000 against 10,000,000: 58.25 % more
    assert "+58.2 %" in page.text
    assert "differs by more than a fifth" in page.text


@pytest.mark.parametrize(
    ("amount", "before", "share", "unusual"),
    [
        ("108", "100", "0.08", False),
        ("120", "100", "0.2", False),
        ("121", "100", "0.21", True),
        ("79", "100", "-0.21", True),
    ],
)
def test_what_is_unusual(amount: str, before: str, share: str, unusual: bool) -> None:
    assert changed_share(Decimal(amount), Decimal(before)) == Decimal(share)
    assert is_unusual(Decimal(amount), Decimal(before)) is unusual


def test_against_nothing_every_amount_is_unusual() -> None:
    assert changed_share(Decimal(5), Decimal(0)) is None
    assert is_unusual(Decimal(5), Decimal(0))
    assert not is_unusual(Decimal(0), Decimal(0))
