"""A bucket and a database for one test, which the sweep compares as a whole."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.testing import ActivityEnvironment

from activities.archive.addresses import ArchiveAddresses
from activities.archive.archive import Archive
from activities.archive.sweep import ArchiveSweep
from activities.clients.object_store import ObjectStore
from activities.database import engine as database
from activities.documents.store import DocumentStore
from activities.invoice.projection import InvoiceProjection
from activities.ledger.ledger import Ledger
from local.stack.stack import Stack
from models.archive.ports import SweepRequest
from models.archive.sweep import Phase, SweepPage, SweepReport
from models.invoice.effects import Effect, EffectName, EffectState, Receipt
from models.invoice.invoice import Invoice, Number
from models.invoice.ports import EffectRequest
from settings import S3Settings
from tests.activities.conftest import s3_at
from tests.fixtures.database_invoices import CREATED, invoice
from tests.fixtures.issued_invoices import Issued, issue, run

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DAY = date(2026, 3, 1).toordinal()


@pytest.fixture
async def own_engine(empty_database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine of a database for one test, because the sweep reads all invoices."""
    engine = database.create_engine(empty_database_url)
    yield engine
    await engine.dispose()


@dataclass
class Place:
    """A bucket and a database of their own, with the activities that fill and compare them."""

    s3: "S3Client"
    bucket: str
    engine: AsyncEngine

    @property
    def objects(self) -> ObjectStore:
        return ObjectStore(self.s3, self.bucket)

    @property
    def store(self) -> DocumentStore:
        return DocumentStore(self.engine)

    def archive(self, links: S3Settings | None = None) -> Archive:
        addresses = ArchiveAddresses(links or S3Settings())
        return Archive(self.s3, self.bucket, addresses, self.store, Ledger(self.engine))

    async def save(self, issued: Issued, *effects: Effect, revision: int = 1, finalized: bool = True) -> Invoice:
        saved = invoice(
            id=issued.invoice_id,
            workflow_id=f"service-invoice.{issued.invoice_id}",
            revision=revision,
            number=Number(series="ACT", seq=1, display=issued.number),
            document=issued.document if finalized else None,
            effects=effects,
        )
        await InvoiceProjection(self.engine).project(saved)
        return saved

    async def archived(self, links: S3Settings | None = None) -> tuple[Issued, Invoice]:
        """Return an invoice whose PDF was archived, as the workflow records it."""
        issued = await issue(self.store)
        request = issued.request(EffectName.ARCHIVE)
        receipt = await run(self.archive(links).store, request)
        return issued, await self.save(issued, done(request, receipt))

    async def sweep(self, read_every: int = 1) -> SweepReport:
        """Return the report of a whole sweep, page by page."""
        activities = ArchiveSweep(self.objects, self.engine)
        compare = {
            Phase.INVOICES: activities.compare_invoices,
            Phase.QUOTES: activities.compare_quotes,
            Phase.OBJECTS: activities.compare_objects,
        }
        report = SweepReport()
        while not report.is_complete:
            request = SweepRequest(after=report.after, room=report.room, day=DAY, read_every=read_every)
            page: SweepPage = await ActivityEnvironment().run(compare[report.phase], request)
            report = report.with_page(page)
        return report

    def delete(self, key: str) -> None:
        self.s3.delete_object(Bucket=self.bucket, Key=key)


def done(request: EffectRequest, receipt: Receipt) -> Effect:
    revision = int(request.key.split(":")[1])
    return Effect(
        key=request.key,
        name=request.name,
        state=EffectState.DONE,
        owed_at=CREATED,
        revision=revision,
        vendor_id=receipt.vendor_id,
        receipt=receipt.details,
    )


def pending(request: EffectRequest, state: EffectState = EffectState.PENDING) -> Effect:
    return done(request, Receipt()).model_copy(update={"state": state, "receipt": {}})


@pytest.fixture
def place(stack: Stack, own_engine: AsyncEngine) -> Place:
    s3, bucket = s3_at(stack, stack.env["AKTUM_S3__URL"]), f"sweep-{uuid4().hex[:12]}"
    s3.create_bucket(Bucket=bucket)
    return Place(s3, bucket, own_engine)
