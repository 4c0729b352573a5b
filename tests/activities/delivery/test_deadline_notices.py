"""Deadline notices: who is told is looked up when the letter is sent, and each letter is sent once."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio.exceptions import ApplicationError

from activities.clients.errors import Ambiguous, Transient
from activities.delivery.mail import Mail
from activities.invoice.projection import InvoiceProjection
from models.access.tables import Delegation, User
from models.invoice.commands import Finalize
from models.invoice.deadlines.timers import fire_due_timers
from models.invoice.effects import EffectName, EffectState
from models.invoice.invoice import Invoice
from models.invoice.ports import EffectRequest
from models.values.failure_codes import Failure
from models.values.period import BILLING_ZONE, local_day
from tests.activities.delivery.mails import MakeMail, text_of
from tests.fixtures.deadlines import draft_with_deadlines
from tests.fixtures.invoices import NOW, approve, execute, newest, numbered
from tests.fixtures.issued_invoices import run
from tests.fixtures.late_work import checked, today
from tests.fixtures.mailbox import MailboxView

DAY = timedelta(days=1)
TODAY = local_day(datetime.now(UTC), BILLING_ZONE)


@pytest.fixture(autouse=True)
async def nobody(engine: AsyncEngine) -> None:
    """Nobody has an address at first: the tests share the users."""
    async with engine.begin() as connection:
        await connection.execute(delete(Delegation))
        await connection.execute(update(User).values(email=None))


async def add(engine: AsyncEngine, name: str, role: str, *, email: bool = True, active: bool = True) -> str:
    """Add a user with a name that begins with `name`; return the whole name."""
    username = f"{name}-{uuid4().hex[:8]}"
    address = f"{username}@proximaops.example" if email else None
    row = {"username": username, "password_hash": "x", "role": role, "active": active, "email": address}
    async with engine.begin() as connection:
        await connection.execute(insert(User).values(row))
    return username


async def delegate(engine: AsyncEngine, delegator: str, to: str, **changes: Any) -> None:
    row = {
        "id": uuid4().hex,
        "delegator": delegator,
        "delegate": to,
        "commands": ["approve"],
        "valid_from": TODAY - DAY,
        "valid_to": TODAY,
        "reason": None,
        "created_by": delegator,
    }
    async with engine.begin() as connection:
        await connection.execute(insert(Delegation).values(row | changes))


async def waiting(engine: AsyncEngine, *, after: timedelta = DAY, finalizer: str = "amina", **draft: Any) -> Invoice:
    """A recorded invoice under review whose deadline has passed."""
    invoice_id = uuid4().hex
    draft_of = draft_with_deadlines(**draft).model_copy(
        update={"id": invoice_id, "workflow_id": f"service-invoice.{invoice_id}"}
    )
    return await record(engine, fire_due_timers(numbered(execute(draft_of, Finalize(by=finalizer))), NOW + after))


async def record(engine: AsyncEngine, invoice: Invoice) -> Invoice:
    content = invoice.content.with_service(application_key=f"app-{invoice.id}")
    await InvoiceProjection(engine).project(invoice.model_copy(update={"content": content}))
    return invoice


def request(invoice: Invoice) -> EffectRequest:
    notice = newest(invoice, EffectName.DEADLINE_NOTICE)
    return EffectRequest(
        key=notice.key,
        name=notice.name,
        invoice_id=invoice.id,
        workflow_id=invoice.workflow_id,
        display_number=invoice.display_number or "",
        digest=invoice.digest or "",
        argument=notice.argument,
        revision=invoice.revision,
        chain=invoice.chain,
    )


async def test_the_reviewers_are_reminded_in_one_letter(mail: Mail, mailbox: MailboxView, engine: AsyncEngine) -> None:
    boss, second = await add(engine, "boss", "manager"), await add(engine, "second", "manager")
    for name, role in (("amina", "editor"), ("director", "admin"), ("lena", "viewer")):
        await add(engine, name, role)
    await add(engine, "gone", "manager", active=False)
    await add(engine, "silent", "manager", email=False)
    invoice = await waiting(engine)
    receipt = await run(mail.deadline_notice, request(invoice))
    assert (receipt.state, receipt.details["told"], receipt.note) == (EffectState.DONE, f"{boss}, {second}", None)
    message = mailbox.message()
    assert message["To"] == f"{boss}@proximaops.example, {second}@proximaops.example"
    assert message["Subject"] == "Reminder: act ACT-7 waits for your review — Acme Corp"
    text = " ".join(text_of(message).split())
    assert "waits for your review, since 2026-03-01 10:00." in text
    assert "Look at the document, then approve or decline it." in text
    assert "those who were to act first" not in text
    again = await run(mail.deadline_notice, request(invoice))
    assert again == receipt
    assert len(mailbox.arrived()) == 1


async def test_the_escalation_tells_the_next_role(mail: Mail, mailbox: MailboxView, engine: AsyncEngine) -> None:
    await add(engine, "boss", "manager")
    director = await add(engine, "director", "admin")
    await run(mail.deadline_notice, request(await waiting(engine, after=3 * DAY)))
    message = mailbox.message()
    assert message["To"] == f"{director}@proximaops.example"
    assert message["Subject"] == "Not done yet: act ACT-7 waits for your review — Acme Corp"
    assert "those who were to act first have not done so yet" in " ".join(text_of(message).split())


async def test_those_who_act_for_a_reviewer_are_told_too(mail: Mail, mailbox: MailboxView, engine: AsyncEngine) -> None:
    boss, other = await add(engine, "boss", "manager", email=False), await add(engine, "other", "editor")
    lena, later = await add(engine, "lena", "viewer"), await add(engine, "later", "viewer")
    await delegate(engine, boss, lena)
    await delegate(engine, boss, later, valid_from=TODAY + DAY, valid_to=TODAY + DAY)
    await delegate(engine, boss, later, valid_from=TODAY - 2 * DAY, valid_to=TODAY - DAY)
    await delegate(engine, boss, later, revoked_at=NOW)
    await delegate(engine, boss, later, commands=["void"])
    await delegate(engine, other, later)  # an editor has no right to approve that could be passed on
    receipt = await run(mail.deadline_notice, request(await waiting(engine)))
    assert receipt.details["told"] == lena
    assert mailbox.message()["To"] == f"{lena}@proximaops.example"


async def test_nobody_acts_in_the_name_of_a_maker(mail: Mail, mailbox: MailboxView, engine: AsyncEngine) -> None:
    amina, boss = await add(engine, "amina", "manager"), await add(engine, "boss", "manager")
    vera, lena = await add(engine, "vera", "viewer"), await add(engine, "lena", "viewer")
    await delegate(engine, amina, vera)
    await delegate(engine, boss, lena)
    invoice = await waiting(engine, policy={"four_eyes": True}, finalizer=amina)
    receipt = await run(mail.deadline_notice, request(invoice))
    assert receipt.details["told"] == f"{boss}, {lena}"


async def test_where_a_role_has_no_address_the_next_one_is_told(
    mail: Mail, mailbox: MailboxView, engine: AsyncEngine
) -> None:
    """A small company may have no manager at all."""
    await add(engine, "boss", "manager", email=False)
    await add(engine, "amina", "editor")
    director = await add(engine, "director", "admin")
    receipt = await run(mail.deadline_notice, request(await waiting(engine)))
    assert (receipt.details["told"], receipt.note) == (director, None)


async def test_an_address_of_two_users_gets_one_copy(mail: Mail, mailbox: MailboxView, engine: AsyncEngine) -> None:
    names = sorted([await add(engine, "boss", "manager"), await add(engine, "second", "manager")])
    async with engine.begin() as connection:
        shared = update(User).where(col(User.username).in_(names))
        await connection.execute(shared.values(email="managers@proximaops.example"))
    receipt = await run(mail.deadline_notice, request(await waiting(engine)))
    assert receipt.details["told"] == ", ".join(names)
    assert mailbox.message()["To"] == "managers@proximaops.example"


async def test_without_any_address_finance_is_told_and_the_receipt_says_so(
    mail: Mail, mailbox: MailboxView, engine: AsyncEngine
) -> None:
    nobody = "No active user with the role manager or a higher one, who may act, has an e-mail address."
    receipt = await run(mail.deadline_notice, request(await waiting(engine)))
    assert receipt.details["told"] == "finance"
    assert receipt.note == f"{nobody} Finance was told instead."
    message = mailbox.message()
    assert message["To"] == "finance@example.com"
    assert nobody in " ".join(text_of(message).split())


async def test_without_finance_the_message_is_skipped_with_the_reason(
    mail: Mail, mailbox: MailboxView, engine: AsyncEngine
) -> None:
    invoice = await waiting(engine)
    issuer = invoice.content.issuer.model_copy(update={"notice_email": None})
    content = invoice.content.model_copy(update={"issuer": issuer})
    await record(engine, invoice.model_copy(update={"content": content, "revision": invoice.revision + 1}))
    receipt = await run(mail.deadline_notice, request(invoice))
    assert receipt.state is EffectState.SKIPPED
    assert "Finance has no address either." in (receipt.note or "")
    assert mailbox.arrived() == []


async def test_a_wait_that_has_ended_is_not_told(mail: Mail, mailbox: MailboxView, engine: AsyncEngine) -> None:
    await add(engine, "boss", "manager")
    invoice = await waiting(engine)
    await record(engine, execute(invoice, approve(invoice)))
    receipt = await run(mail.deadline_notice, request(invoice))
    assert (receipt.state, receipt.note) == (EffectState.SKIPPED, "What the invoice waited for has happened.")
    assert mailbox.arrived() == []


async def test_a_draft_with_late_work_has_no_frozen_content(
    mail: Mail, mailbox: MailboxView, engine: AsyncEngine
) -> None:
    amina = await add(engine, "amina", "editor")
    invoice_id = uuid4().hex
    draft = draft_with_deadlines().model_copy(update={"id": invoice_id, "workflow_id": f"service-invoice.{invoice_id}"})
    invoice = await record(engine, fire_due_timers(checked(draft, today()), NOW + 2 * DAY))
    await run(mail.deadline_notice, request(invoice))
    message = mailbox.message()
    assert message["To"] == f"{amina}@proximaops.example"
    assert message["Subject"] == (
        f"Reminder: act service-invoice.{invoice_id} waits for a decision about late work — Acme Corp"
    )


async def test_without_a_mail_server_it_is_skipped(make: MakeMail, engine: AsyncEngine) -> None:
    receipt = await run(make(None).deadline_notice, request(await waiting(engine)))
    assert (receipt.state, receipt.note) == (EffectState.SKIPPED, "No mail server is configured.")


async def test_after_a_lost_answer_a_person_decides(mail: Mail, mailbox: MailboxView, engine: AsyncEngine) -> None:
    await add(engine, "boss", "manager")
    notice = request(await waiting(engine))
    mailbox.fault({"kind": "accept_then_drop"})
    with pytest.raises(Ambiguous):
        await run(mail.deadline_notice, notice)
    for _ in range(2):
        with pytest.raises(ApplicationError) as unknown:
            await run(mail.deadline_notice, notice)
        assert unknown.value.type == Failure.OUTCOME_UNKNOWN
    assert len(mailbox.arrived()) == 1


async def test_a_later_attempt_sends_the_letter_that_was_composed_first(
    mail: Mail, mailbox: MailboxView, engine: AsyncEngine
) -> None:
    boss = await add(engine, "boss", "manager")
    notice = request(await waiting(engine))
    mailbox.fault({"kind": "reply", "stage": "data", "code": 451})
    with pytest.raises(Transient):
        await run(mail.deadline_notice, notice)
    await add(engine, "late", "manager")
    await run(mail.deadline_notice, notice)
    assert mailbox.message()["To"] == f"{boss}@proximaops.example"
