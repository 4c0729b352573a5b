"""The claims of invoices in PostgreSQL: one live invoice of a contract for each worklog."""

import asyncio
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from activities.invoice.billed_work import BilledWorkReader
from activities.invoice.claims import WorklogClaims
from activities.invoice.projection import InvoiceProjection
from models.contracts.contract import DealType
from models.invoice.content.basis import Overlap, WorklogSource
from models.invoice.effects import Effect, EffectName
from models.invoice.invoice import Invoice
from models.invoice.ports import ClaimRequest
from models.invoice.status import Status
from models.values.failure_codes import Failure
from models.values.period import Period
from tests.fixtures.database_invoices import CREATED, MARCH, content, invoice
from tests.fixtures.invoices import partner_content

FIRST_HALF = Period(start=date(2026, 3, 1), end=date(2026, 3, 15))
APRIL = Period.month(2026, 4)


def new_key() -> str:
    return f"APP-{uuid4().hex[:12]}".upper()


def draft(key: str, *worklogs: str, period: Period = MARCH, deal: DealType = DealType.HR, **fields: Any) -> Invoice:
    """Return an hourly draft of the contract; its base line stands for the work."""
    made = content(key, period=period, deal_type=deal, worklogs=dict.fromkeys(worklogs, 3600))
    return invoice(content=made, **fields)


def later(made: Invoice, *worklogs: str, **fields: Any) -> Invoice:
    """Return the invoice at its next revision, with these worklogs."""
    changed = made.content.with_service(worklogs=dict.fromkeys(worklogs, 3600))
    return made.model_copy(update={"revision": made.revision + 1, "content": changed, **fields})


async def save(engine: AsyncEngine, *invoices: Invoice) -> None:
    for each in invoices:
        await InvoiceProjection(engine).project(each)


async def taken(engine: AsyncEngine, made: Invoice) -> str:
    """Return the message with which a new draft is refused because of another invoice's work."""
    with pytest.raises(ApplicationError) as refused:
        await InvoiceProjection(engine).project(made)
    assert [refused.value.type, refused.value.non_retryable] == [Failure.WORK_TAKEN, True]
    assert await claims(engine, made) == set()
    return refused.value.message


async def claims(engine: AsyncEngine, made: Invoice) -> set[str]:
    query = text("SELECT worklog_id FROM claimed_worklogs WHERE invoice_id = :id")
    async with engine.connect() as connection:
        return set(await connection.scalars(query, {"id": made.id}))


async def claim(engine: AsyncEngine, made: Invoice, *worklogs: str, release: tuple[str, ...] = ()) -> None:
    key = made.content.service.application_key
    await WorklogClaims(engine).claim(
        ClaimRequest(
            invoice_id=made.id, application_key=key, worklogs=worklogs, release=release, revision=made.revision
        )
    )


async def test_a_new_draft_claims_its_worklogs_and_those_of_its_lines(engine: AsyncEngine) -> None:
    made = draft(new_key(), "w1", "w2")
    line = made.content.lines[0].model_copy(update={"source": WorklogSource(worklogs=("w2", "w3"))})
    made = made.model_copy(update={"content": made.content.model_copy(update={"lines": (line,)})})
    await save(engine, made)
    assert await claims(engine, made) == {"w1", "w2", "w3"}


async def test_another_draft_with_a_claimed_worklog_is_not_saved(engine: AsyncEngine) -> None:
    key = new_key()
    first, second = draft(key, "w1", "w2"), draft(key, "w0", "w1", "w2", period=FIRST_HALF)
    await save(engine, first)
    message = await taken(engine, second)
    assert "w1, w2" in message
    assert "w0" not in message
    assert first.id in message
    await save(engine, draft(key, "w0", period=FIRST_HALF))


async def test_a_repeated_save_keeps_the_claims(engine: AsyncEngine) -> None:
    """The answer of the first one was lost."""
    made = draft(new_key(), "w1")
    await save(engine, made, made)
    assert await claims(engine, made) == {"w1"}


async def test_a_repeated_claim_changes_nothing(engine: AsyncEngine) -> None:
    made = draft(new_key(), "w1")
    await save(engine, made)
    for _ in range(2):
        await claim(engine, made, "w2", "w3")
    assert await claims(engine, made) == {"w1", "w2", "w3"}
    for _ in range(2):
        await claim(engine, made, release=("w2", "w9"))
    assert await claims(engine, made) == {"w1", "w3"}


async def test_of_several_worklogs_all_are_claimed_or_none(engine: AsyncEngine) -> None:
    key = new_key()
    first, second = draft(key, "w1"), draft(key, period=APRIL)
    await save(engine, first, second)
    with pytest.raises(ApplicationError, match="w1") as refused:
        await claim(engine, second, "w0", "w1", "w2")
    assert refused.value.type == Failure.WORK_TAKEN
    assert await claims(engine, second) == set()


@pytest.mark.parametrize("status", [Status.VOID, Status.DISCARDED])
async def test_a_withdrawn_invoice_frees_its_work(engine: AsyncEngine, status: Status) -> None:
    key = new_key()
    first = draft(key, "w1")
    await save(engine, first)
    await claim(engine, first, "w2")  # of a change that was not applied
    await save(engine, later(first, "w1", status=status))
    assert await claims(engine, first) == set()
    await save(engine, draft(key, "w1", "w2", period=FIRST_HALF))


@pytest.mark.parametrize("status", [each for each in Status if each not in (Status.VOID, Status.DISCARDED)])
async def test_a_live_invoice_keeps_its_work(engine: AsyncEngine, status: Status) -> None:
    """A rejected service invoice may be reopened, so it is live as well."""
    key = new_key()
    first = draft(key, "w1")
    await save(engine, first, later(first, "w1", status=status))
    assert "w1" in await taken(engine, draft(key, "w1", period=FIRST_HALF))


async def test_work_that_left_the_invoice_is_free(engine: AsyncEngine) -> None:
    key = new_key()
    first = draft(key, "w1", "w2")
    await save(engine, first, later(first, "w2", "w3"))
    assert await claims(engine, first) == {"w2", "w3"}
    await save(engine, draft(key, "w1", period=APRIL))


async def test_an_older_state_does_not_change_the_claims(engine: AsyncEngine) -> None:
    first = draft(new_key(), "w1")
    second = later(first, "w2")
    await save(engine, first, second, first)
    assert await claims(engine, second) == {"w2"}


async def test_a_save_keeps_the_claims_of_a_change_that_is_being_applied(engine: AsyncEngine) -> None:
    """The save of revision 2 may run after a claim that was made at revision 2 or later."""
    first = draft(new_key(), "w1")
    second = later(first, "w1")
    await save(engine, first)
    await claim(engine, second, "w2")
    await save(engine, second)
    assert await claims(engine, first) == {"w1", "w2"}
    await save(engine, later(second, "w1", "w2"))
    assert await claims(engine, first) == {"w1", "w2"}


async def test_nothing_is_released_while_new_content_is_fetched(engine: AsyncEngine) -> None:
    """A regenerate claims its work at one revision, and a hold is saved before the new content is applied."""
    first = draft(new_key(), "w1")
    redraft = Effect(key=f"{first.id}:2:redraft", name=EffectName.REDRAFT, owed_at=CREATED, revision=2)
    regenerated = later(first, "w1", effects=(redraft,))
    held = later(regenerated, "w1")
    await save(engine, first, regenerated)
    await claim(engine, regenerated, "w2")
    await save(engine, held)
    assert await claims(engine, first) == {"w1", "w2"}
    await save(engine, later(held, "w2", effects=()))
    assert await claims(engine, first) == {"w2"}


async def test_a_later_save_never_fails_on_work_of_another_invoice(engine: AsyncEngine) -> None:
    """Invoices of earlier releases may bill the same work; a payment on the younger one is saved all the same."""
    key = new_key()
    older, younger = draft(key, "w1"), draft(key, period=APRIL)
    await save(engine, older, younger, later(younger, "w1", "w2", status=Status.SENT))
    assert await claims(engine, older) == {"w1"}
    assert await claims(engine, younger) == {"w2"}


async def test_a_sent_invoice_that_a_restored_backup_lacks_is_saved(engine: AsyncEngine) -> None:
    key = new_key()
    missing = draft(key, "w1", "w2", status=Status.SENT, revision=9)
    await save(engine, draft(key, "w1", period=FIRST_HALF), missing)
    assert await claims(engine, missing) == {"w2"}


async def test_contracts_and_kinds_do_not_share_claims(engine: AsyncEngine) -> None:
    one, other = draft(new_key(), "w1"), draft(new_key(), "w1")
    partner = invoice(content=partner_content(content()))
    await save(engine, one, other, partner)
    assert await claims(engine, partner) == set()


async def test_the_database_refuses_a_second_claim(engine: AsyncEngine) -> None:
    made = draft(new_key(), "w1")
    await save(engine, made)
    with pytest.raises(IntegrityError, match="pk_claimed_worklogs"):
        async with engine.begin() as connection:
            await connection.execute(
                text("INSERT INTO claimed_worklogs SELECT application_key, 'w1', id, 1 FROM invoices WHERE id = :id"),
                {"id": made.id},
            )


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        (DealType.FP, DealType.FP, True),
        (DealType.SUP, DealType.HR, True),
        (DealType.HR, DealType.SUP, True),
        (DealType.HR, DealType.HR, False),
    ],
)
async def test_a_new_draft_must_know_the_other_invoices_of_its_days(
    engine: AsyncEngine, first: DealType, second: DealType, refused: bool
) -> None:
    """Both drafts were computed before one of them was saved."""
    key = new_key()
    one, two = draft(key, deal=first), draft(key, deal=second, period=FIRST_HALF)
    await save(engine, one, draft(key, deal=first, period=APRIL))
    if not refused:
        await save(engine, two)
        return
    assert one.id in await taken(engine, two)
    known = Overlap(invoice_id=one.id, invoice="the draft for March 2026", days=FIRST_HALF)
    await save(engine, two.model_copy(update={"content": two.content.with_service(overlaps=(known,))}))


async def test_a_withdrawn_invoice_of_the_same_days_needs_no_warning(engine: AsyncEngine) -> None:
    key = new_key()
    first = draft(key, deal=DealType.FP)
    await save(engine, first, later(first, status=Status.DISCARDED))
    await save(engine, draft(key, deal=DealType.FP, period=FIRST_HALF))


@pytest.mark.parametrize("deal", [DealType.HR, DealType.FP])
async def test_of_50_overlapping_drafts_saved_at_once_one_has_the_work(engine: AsyncEngine, deal: DealType) -> None:
    key = new_key()
    periods = [Period(start=date(2026, 3, 1), end=date(2026, 3, day)) for day in range(1, 26)] * 2
    drafts = [draft(key, "w1", "w2", period=each, deal=deal) for each in periods]
    results = await asyncio.gather(
        *(InvoiceProjection(engine).project(each) for each in drafts), return_exceptions=True
    )
    refusals = [each for each in results if isinstance(each, ApplicationError)]
    assert len(refusals) == 49, results
    assert {each.type for each in refusals} <= {Failure.WORK_TAKEN, Failure.ALREADY_INVOICED}


class TestBilledWorkReader:
    async def test_what_other_live_invoices_bill(self, engine: AsyncEngine) -> None:
        key, unrelated = new_key(), new_key()
        month, april = draft(key, "w1", "w2", deal=DealType.FP), draft(key, "w4", period=APRIL)
        withdrawn = draft(key, "w3", period=Period.month(2026, 2))
        await save(engine, month, april, withdrawn, later(withdrawn, status=Status.DISCARDED))
        await save(engine, draft(unrelated, "w1"))
        read = await BilledWorkReader(engine).of_contracts(
            {key: ["w1", "w2", "w3", "w4", "w5"], unrelated: ["w2"], "APP-NONE": []}, FIRST_HALF
        )
        billed = read[key]
        assert {each: found.id for each, found in billed.worklogs.items()} == {
            **dict.fromkeys(["w1", "w2"], month.id),
            "w4": april.id,
        }
        assert [each.id for each in billed.overlapping] == [month.id]
        assert billed.overlapping[0].deal_type is DealType.FP
        assert billed.overlapping[0].name == "the draft for March 2026"
        assert [len(read[unrelated].worklogs), len(read["APP-NONE"].overlapping)] == [0, 0]

    async def test_the_invoice_of_the_period_itself_is_no_other_invoice(self, engine: AsyncEngine) -> None:
        key = new_key()
        await save(engine, draft(key, "w1", deal=DealType.FP))
        billed = await BilledWorkReader(engine).of(key, ["w1"], MARCH)
        assert (billed.worklogs, billed.overlapping) == ({}, ())

    async def test_ten_thousand_worklogs(self, engine: AsyncEngine) -> None:
        key, ids = new_key(), [f"worklog-{n:06}" for n in range(10_000)]
        await save(engine, draft(key, *ids))
        assert len((await BilledWorkReader(engine).of(key, ids, FIRST_HALF)).worklogs) == 10_000
