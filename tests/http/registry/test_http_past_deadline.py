"""The registry's filter for invoices that wait for a person longer than the deadline."""

from datetime import UTC, datetime, timedelta

from models.invoice.commands import Hold
from models.invoice.invoice import Invoice
from models.invoice.lifecycle import apply
from tests.fixtures.deadlines import terms_with_deadlines
from tests.fixtures.invoices import reviewable, with_fields
from tests.http.callers import Caller, Rules, data_of, draft_of

DEADLINES = terms_with_deadlines().issuer


def under_review(key: str, customer: str, since: datetime) -> Invoice:
    draft = draft_of(key)
    content = with_fields(draft.content, customer_key=customer, issuer=DEADLINES, invoice_date=since.date())
    return reviewable(draft.model_copy(update={"content": content}), since)


async def test_what_waits_past_its_deadline(viewer: Caller, rules: Rules, key: str) -> None:
    """The deadline of the review is a day after the document; PostgreSQL compares it with the present time."""
    today = datetime.now(UTC)
    before = today - timedelta(days=2)
    long = await rules.put(under_review(f"{key}-long", key, before))
    short = await rules.put(under_review(f"{key}-short", key, today))
    hold = Hold(by="marat", reason="wait")
    held = await rules.put(apply(under_review(f"{key}-held", key, before), hold, today))

    async def found(past_deadline: bool) -> set[str]:
        filters = {"customer_key": key, "past_deadline": past_deadline}
        return {row["id"] for row in (await viewer.get("/invoices", params=filters)).json()["data"]}

    assert await found(True) == {long.id}
    assert await found(False) == {short.id, held.id}
    [wait] = data_of(await viewer.get(f"/invoices/{long.id}"))["waits"]
    assert (wait["kind"], wait["role"], wait["command"]) == ("review", "manager", "approve")
    assert (wait["reminded"], wait["escalated"], wait["effect"]) == (False, False, None)
    assert datetime.fromisoformat(wait["escalate_at"]) == before + timedelta(days=3)
