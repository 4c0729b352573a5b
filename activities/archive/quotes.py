"""The effect of the archive that stores the PDF of a sent version of a quote, under a key of its own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from temporalio import activity

from activities.archive.addresses import ArchiveAddresses
from activities.archive.archive import PDF, SWITCHED_OFF
from activities.archive.archived import stored_as
from activities.archive.verification import require_stored
from activities.clients.errors import Permanent
from activities.clients.object_store import ConditionFailed, Head, ObjectStore
from activities.ledger.effect_steps import EffectSteps, Payload
from activities.ledger.entry import Found
from activities.ledger.ledger import Ledger
from models.invoice.effects import Receipt
from models.quotes.quote.effects import QuoteEffectName
from models.quotes.quote.ports import QUOTE_EFFECT_PORTS, QuoteEffectRequest

ReadPdf = Callable[[str], Awaitable[bytes]]


@dataclass(frozen=True)
class QuoteArchive:
    """The activity of the archive. Without an object store its effect is skipped."""

    objects: ObjectStore | None
    addresses: ArchiveAddresses
    read_pdf: ReadPdf
    ledger: Ledger

    @activity.defn(name=QUOTE_EFFECT_PORTS[QuoteEffectName.ARCHIVE].name)
    async def store(self, request: QuoteEffectRequest) -> Receipt:
        """Store the PDF of a version. The receipt has its key and ETag, and its link if that does not expire."""
        if self.objects is None:
            return await self.ledger.cancel(request, SWITCHED_OFF)
        assert request.document is not None, "a sent version has a document"
        key = self.addresses.quote_key(int(request.argument["year"]), request.display_number, request.version)
        steps = StoreQuotePdf(self.objects, self.addresses, self.read_pdf, request, key, request.document.sha256)
        return await self.ledger.execute(request, steps)


@dataclass
class StoreQuotePdf(EffectSteps):
    """The steps that store one PDF. The metadata `invoice` names the owner of the file, as for all documents."""

    reads_back = True

    objects: ObjectStore
    addresses: ArchiveAddresses
    read_pdf: ReadPdf
    request: QuoteEffectRequest
    key: str
    sha256: str

    def payload(self) -> Payload:
        return stored_as(self.key, self.sha256)

    async def probe(self) -> Found | None:
        head = await self.objects.head(self.key)
        return await self._verified() if head and head.sha256 == self.sha256 else None

    async def create(self) -> Found:
        pdf = await self.read_pdf(self.request.digest)
        metadata = {"sha256": self.sha256, "invoice": self.request.quote_id, "effect": self.request.key}
        try:
            return self._found(await self.objects.create(self.key, pdf, PDF, metadata))
        except ConditionFailed as error:
            head = await self.objects.head(self.key)
            if head is not None and head.sha256 == self.sha256:
                return self._found(head)
            message = (
                f"{self.key} holds another document, which is not overwritten. Rename it in the archive, then retry."
            )
            raise Permanent(message, vendor_message=message) from error

    async def read_back(self, created: Found) -> Found:  # noqa: ARG002 - the file is read by its key
        return await self._verified()

    async def _verified(self) -> Found:
        return self._found(await require_stored(self.objects, self.key, self.sha256, self.request.quote_id))

    def _found(self, head: Head) -> Found:
        details, link = {"key": head.key, "etag": head.etag}, self.addresses.link(head.key)
        if link and link.expires_at is None:
            details["url"] = link.url
        return Found(vendor_id=head.key, details=details)
