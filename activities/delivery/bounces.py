"""The bounces of letters: notices in a mailbox are matched with the letters of the ledger by the Message-ID.

The position in the mailbox is stored after the invoices have been told. If a worker dies in between, the same messages
are read and reported again, and an invoice ignores a notice that it knows: nothing is lost and nothing counts twice.
See docs/specification/effects.md 7.6.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.clients.errors import Permanent
from activities.clients.imap import BounceMailbox, NewMessages, Report
from activities.delivery.delivery_status import Notification, read_notification
from models.invoice.bounces.report import BounceReport, Undelivered
from models.invoice.bounces.tables import MailboxCursor
from models.invoice.ports import MARK_READ, READ_BOUNCES, AddressedReport, MailboxPosition, ReadBounces, ReadRequest
from models.invoice.tables import ExternalEffect, InvoiceRow
from models.values.failure_codes import Failure

MESSAGES_AT_ONCE = 100
# A folder that was never read is read from this time on.
FIRST_READ = timedelta(days=30)
# A notice may arrive before the ledger has recorded the letter. So long it is looked at again.
LEDGER_LAGS = timedelta(minutes=10)


@dataclass(frozen=True)
class Bounces:
    """The activities of the mailbox. Without a mailbox nothing is read. `domain` is that of the sender's address."""

    mailbox: BounceMailbox | None
    engine: AsyncEngine
    domain: str

    @activity.defn(name=READ_BOUNCES.name)
    async def read(self, _: ReadRequest) -> ReadBounces:
        """Return the bounces among the next messages, without marking them as read.

        Raises VENDOR_REFUSED if the server refuses, which is not retried: repeated logins may lock the account.
        """
        if self.mailbox is None:
            return ReadBounces()
        try:
            before = await self._position(self.mailbox.name)
            found = await self.mailbox.read(before, MESSAGES_AT_ONCE, datetime.now(UTC) - FIRST_READ)
        except Permanent as error:
            message = f"{error.message}: {error.vendor_message}"
            raise ApplicationError(message, type=Failure.VENDOR_REFUSED, non_retryable=True) from error
        return await self._matched(self.mailbox.name, before, found)

    @activity.defn(name=MARK_READ.name)
    async def mark_read(self, position: MailboxPosition) -> MailboxPosition:
        """Store the position; a repetition changes nothing."""
        values = {"uid_validity": position.uid_validity, "uid": position.uid}
        row = insert(MailboxCursor).values(folder=position.folder, **values)
        async with self.engine.begin() as connection:
            await connection.execute(row.on_conflict_do_update(index_elements=[col(MailboxCursor.folder)], set_=values))
        return position

    async def _position(self, folder: str) -> tuple[int, int] | None:
        query = select(col(MailboxCursor.uid_validity), col(MailboxCursor.uid)).where(
            col(MailboxCursor.folder) == folder
        )
        async with self.engine.connect() as connection:
            found = (await connection.execute(query)).first()
        return (found.uid_validity, found.uid) if found else None

    async def _matched(self, folder: str, before: tuple[int, int] | None, found: NewMessages) -> ReadBounces:
        """Return the reports to the invoices. A young notice about a letter that is not recorded yet ends the batch."""
        bounces: list[AddressedReport] = []
        unknown, last = 0, found.last
        for report in found.reports:
            notification = read_notification(report.content)
            if notification is None:
                continue
            addressed = await self._addressed(notification)
            if not addressed and self._may_be_recorded_soon(notification, report):
                last = report.uid - 1
                break
            unknown += not addressed
            bounces += addressed
        if last is None or (found.uid_validity, last) == before:
            return ReadBounces()  # nothing new, or nothing before the notice that has to wait
        position = MailboxPosition(folder=folder, uid_validity=found.uid_validity, uid=last)
        return ReadBounces(bounces=tuple(bounces), unknown=unknown, position=position)

    def _may_be_recorded_soon(self, notification: Notification, report: Report) -> bool:
        is_ours = any(each.endswith(f"@{self.domain}>") for each in notification.message_ids)
        return is_ours and datetime.now(UTC) - report.arrived_at < LEDGER_LAGS

    async def _addressed(self, notification: Notification) -> list[AddressedReport]:
        """Return the reports of a notification: the failures and the delays. There are none if no letter has its id."""
        table, invoices = ExternalEffect, InvoiceRow
        query = (
            select(col(table.key), col(table.vendor_id), col(invoices.workflow_id))
            .join(invoices, col(invoices.id) == col(table.invoice_id))
            .where(col(table.vendor_id).in_(notification.message_ids))
        )
        async with self.engine.connect() as connection:
            letters = {row.vendor_id: row for row in await connection.execute(query)}
        letter = next((letters[each] for each in notification.message_ids if each in letters), None)
        if letter is None:
            return []
        parts: list[tuple[bool, tuple[Undelivered, ...]]] = [(True, notification.failed), (False, notification.delayed)]
        return [
            AddressedReport(
                workflow_id=letter.workflow_id,
                report=BounceReport(
                    notice=notification.key, effect=letter.key, permanent=permanent, recipients=recipients
                ),
            )
            for permanent, recipients in parts
            if recipients
        ]
