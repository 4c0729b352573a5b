"""The comparison of the bucket with the database, one page at a time. It reads and changes nothing.

The database is read before the bucket where a file is expected, and after it where a file is there, so that an effect
that runs meanwhile is no finding. What differs is looked at twice, because an invoice may have changed in between.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.archive import records
from activities.archive.addresses import QUOTES
from activities.archive.verification import difference, metadata_difference
from activities.clients.errors import Permanent
from activities.clients.object_store import ObjectStore
from models.archive.archived_files import (
    ArchivedFile,
    archived_versions,
    settled_files,
)
from models.archive.ports import SWEEP_PORTS, SweepRequest
from models.archive.sweep import Finding, FindingKind, Phase, SweepPage, is_read_today
from models.bills.bill import FILE_PREFIX
from models.partners.orders.attachment import PREFIX
from models.values.failure_codes import Failure

INVOICES: Final = 200
QUOTES_AT_ONCE: Final = 200
OBJECTS: Final = 500
AT_ONCE: Final = 4  # requests to the archive; the client of the sweep has as many threads
SWITCHED_OFF: Final = "No archive is configured for the worker; set AKTUM_S3__URL."


@dataclass
class _Findings:
    """The findings of one page; those beyond `room` are counted only."""

    room: int
    kept: list[Finding] = field(default_factory=list)
    counts: Counter[FindingKind] = field(default_factory=Counter)

    def add(self, findings: Iterable[Finding]) -> None:
        for each in findings:
            self.counts[each.kind] += 1
            if len(self.kept) < self.room:
                self.kept.append(each)


class ArchiveSweep:
    """The activities of the sweep. Without a client of the object store they compare nothing and say so."""

    def __init__(self, objects: ObjectStore | None, engine: AsyncEngine) -> None:
        self._objects = objects
        self._engine = engine

    @activity.defn(name=SWEEP_PORTS[Phase.INVOICES].name)
    async def compare_invoices(self, request: SweepRequest) -> SweepPage:
        """Compare the files of one page of invoices with the bucket."""
        if self._objects is None:
            return SweepPage(last=None, compared=0, note=SWITCHED_OFF)
        total = None if request.after else await records.count(self._engine)
        invoices = await records.invoices_after(self._engine, request.after, INVOICES)
        comparison = _Comparison(self._objects, self._engine, request, "invoice_id", self._files_of_invoices)
        page = await comparison.page({file: each.display_number for each in invoices for file in settled_files(each)})
        last = invoices[-1].id if len(invoices) == INVOICES else None
        return page.model_copy(update={"last": last, "compared": len(invoices), "total": total})

    @activity.defn(name=SWEEP_PORTS[Phase.QUOTES].name)
    async def compare_quotes(self, request: SweepRequest) -> SweepPage:
        """Compare the files of one page of quotes with the bucket."""
        if self._objects is None:
            return SweepPage(last=None, compared=0, note=SWITCHED_OFF)
        total = None if request.after else await records.count_quotes(self._engine)
        quotes = await records.quotes_after(self._engine, request.after, QUOTES_AT_ONCE)
        comparison = _Comparison(self._objects, self._engine, request, "quote_id", self._files_of_quotes)
        page = await comparison.page({file: each.display_number for each in quotes for file in archived_versions(each)})
        last = quotes[-1].id if len(quotes) == QUOTES_AT_ONCE else None
        return page.model_copy(update={"last": last, "compared": len(quotes), "total": total})

    @activity.defn(name=SWEEP_PORTS[Phase.OBJECTS].name)
    async def compare_objects(self, request: SweepRequest) -> SweepPage:
        """Compare one page of the objects in the bucket with the ledger."""
        if self._objects is None:
            return SweepPage(last=None, compared=0, note=SWITCHED_OFF)
        try:
            listed = await self._objects.page(request.after, OBJECTS)
            known = await records.archived_keys(self._engine, [each.key for each in listed])
            # Attachments and files of vendor bills are listed by what they belong to; no effect has stored them.
            others = (PREFIX, FILE_PREFIX)
            unknown = [each.key for each in listed if each.key not in known and not each.key.startswith(others)]
            extra = await _at_once(unknown, self._extra)
        except Permanent as error:
            _refuse(error)
        findings = _Findings(request.room)
        findings.add(each for each in extra if each)
        return SweepPage(
            last=listed[-1].key if len(listed) == OBJECTS else None,
            compared=len(listed),
            findings=tuple(findings.kept),
            counts=findings.counts,
        )

    async def _extra(self, key: str) -> Finding | None:
        """Return the finding for a key that no completed effect has; None if an open effect may have stored it."""
        assert self._objects is not None, "compare_objects has looked"
        head = await self._objects.head(key)
        if head is None:
            return None
        effect, owner = head.metadata.get("effect"), head.metadata.get("invoice")
        if effect and await records.may_have_stored(self._engine, effect, key):
            return None
        if key.startswith(QUOTES):
            reason = "no archived version of a quote has this key"
            return Finding(kind=FindingKind.EXTRA, key=key, quote_id=owner, reason=reason)
        reason = "no archived document of an invoice has this key"
        return Finding(kind=FindingKind.EXTRA, key=key, invoice_id=owner, reason=reason)

    async def _files_of_invoices(self, ids: set[str]) -> set[ArchivedFile]:
        newest = await records.invoices_of(self._engine, ids)
        return {file for invoice in newest for file in settled_files(invoice)}

    async def _files_of_quotes(self, ids: set[str]) -> set[ArchivedFile]:
        newest = await records.quotes_of(self._engine, ids)
        return {file for quote in newest for file in archived_versions(quote)}


@dataclass
class _Comparison:
    """The comparison of the files of some invoices or quotes with the bucket.

    `owner` is the field of a finding that names the invoice or the quote. `files_now` returns the files of those that
    have these ids as they are now.
    """

    objects: ObjectStore
    engine: AsyncEngine
    request: SweepRequest
    owner: str
    files_now: Callable[[set[str]], Awaitable[set[ArchivedFile]]]
    read: set[str] = field(default_factory=set)  # the keys of the files whose content was read

    async def page(self, expected: Mapping[ArchivedFile, str | None]) -> SweepPage:
        """Return the comparison of the files; each is given with the number of its invoice or quote."""
        try:
            findings = await self._of(expected)
        except Permanent as error:
            _refuse(error)
        return SweepPage(
            last=None,
            compared=0,
            files=len(expected),
            read=len(self.read),
            findings=tuple(findings.kept),
            counts=findings.counts,
        )

    async def _of(self, expected: Mapping[ArchivedFile, str | None]) -> _Findings:
        sizes = await records.sizes(self.engine, {file.sha256 for file in expected})

        async def look(file: ArchivedFile) -> Finding | None:
            return await self._look(file, expected[file], sizes.get(file.sha256))

        differing = [file for file, finding in zip(expected, await _at_once(expected, look), strict=True) if finding]
        # An invoice that was approved again meanwhile has another file now.
        still = await self.files_now({file.owner_id for file in differing})
        again = await _at_once([file for file in differing if file in still], look)
        findings = _Findings(self.request.room)
        findings.add(each for each in again if each)
        return findings

    async def _look(self, file: ArchivedFile, number: str | None, size: int | None) -> Finding | None:
        kind, problem = await self._problem(file, size)
        if problem is None:
            return None
        named = {self.owner: file.owner_id}
        return Finding.model_validate({**named, "kind": kind, "key": file.key, "number": number, "reason": problem})

    async def _problem(self, file: ArchivedFile, size: int | None) -> tuple[FindingKind, str | None]:
        head = await self.objects.head(file.key)
        if head is None:
            return FindingKind.MISSING, "the bucket does not hold this file"
        if size is not None and head.size != size:
            return FindingKind.DIFFERENT, f"it has {head.size} bytes, the document has {size}"
        if problem := metadata_difference(head, file.sha256, file.owner_id):
            return FindingKind.DIFFERENT, problem
        if not is_read_today(file.key, self.request.day, self.request.read_every):
            return FindingKind.DIFFERENT, None
        self.read.add(file.key)
        found = await self.objects.get(file.key)
        if found is None:
            return FindingKind.MISSING, "the bucket does not hold this file"
        return FindingKind.DIFFERENT, difference(found, file.sha256, file.owner_id)


async def _at_once(
    items: Iterable[ArchivedFile] | Iterable[str], look: Callable[..., Awaitable[Finding | None]]
) -> list[Finding | None]:
    """Return the result for each item; a few are looked at at once, so that no request waits for a thread."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(item: object) -> Finding | None:
        async with free:
            return await look(item)

    return await asyncio.gather(*map(one, items))


def _refuse(error: Permanent) -> NoReturn:
    raise ApplicationError(error.message, type=Failure.VENDOR_REFUSED, non_retryable=True) from error
