"""The files that the archive must hold, by the receipts of the effects of invoices and of quotes."""

from dataclasses import dataclass

from models.invoice.effects import Effect, EffectName, EffectState
from models.invoice.invoice import Document, Invoice
from models.quotes.quote.effects import QuoteEffect, QuoteEffectName
from models.values.base_models import Frozen

ARCHIVING = frozenset({EffectName.ARCHIVE, EffectName.ARCHIVE_KEEP})


@dataclass(frozen=True)
class ArchivedFile:
    """A file that the archive must hold, by the receipts of its owner's effects; the owner is an invoice or a quote."""

    key: str
    sha256: str
    owner_id: str
    effect: str


class ArchivedInvoice(Frozen):
    """The part of an invoice from which its archived files follow; a large invoice need not be read for them."""

    id: str
    display_number: str | None
    document: Document | None
    effects: tuple[Effect, ...]


def archived_files(invoice: Invoice | ArchivedInvoice) -> list[ArchivedFile]:
    """Return the file of the newest approval that was archived, and the copies of the files that it replaced.

    After an approval is undone, its file is kept as a copy and also stays at its own key until the next approval. The
    newest copy is of what that key held at the time, which may come from an approval whose answer was lost.
    """
    done = [effect for effect in invoice.effects if effect.state is EffectState.DONE]
    copies = [effect for effect in done if effect.name is EffectName.ARCHIVE_KEEP and "sha256" in effect.receipt]
    files = [ArchivedFile(e.receipt["key"], e.receipt["sha256"], invoice.id, e.key) for e in copies]
    archived = next((e for e in reversed(done) if e.name is EffectName.ARCHIVE and "key" in e.receipt), None)
    if archived is None:
        return files
    copy = next((e for e in reversed(copies) if e.revision > archived.revision), None)
    sha256 = copy.receipt["sha256"] if copy else invoice.document.sha256 if invoice.document else None
    if sha256 is not None:
        files.append(ArchivedFile(archived.receipt["key"], sha256, invoice.id, archived.key))
    return files


def settled_files(invoice: Invoice | ArchivedInvoice) -> list[ArchivedFile]:
    """Return those of the archived files that no open effect may be changing.

    While an effect of the archive is open, the file of the invoice may be missing, old or new.
    """
    is_open = any(effect.name in ARCHIVING and effect.is_unfinished for effect in invoice.effects)
    return [
        file
        for file in archived_files(invoice)
        if not is_open or EffectName(file.effect.rpartition(":")[2]) is EffectName.ARCHIVE_KEEP
    ]


class ArchivedVersion(Frozen):
    """The part of a sent version of a quote from which its archived file follows."""

    version: int
    document: Document


class ArchivedQuote(Frozen):
    """The part of a quote from which its archived files follow."""

    id: str
    display_number: str | None
    versions: tuple[ArchivedVersion, ...]
    effects: tuple[QuoteEffect, ...]


def archived_versions(quote: ArchivedQuote) -> list[ArchivedFile]:
    """Return the file of each version that was archived. Each version has a key of its own, so none is replaced.

    While the effect of a version is open, its file may be missing or there, and is not among these.
    """
    documents = {each.version: each.document for each in quote.versions}
    return [
        ArchivedFile(effect.receipt["key"], documents[effect.version].sha256, quote.id, effect.key)
        for effect in quote.effects
        if effect.name is QuoteEffectName.ARCHIVE
        and effect.state is EffectState.DONE
        and "key" in effect.receipt
        and effect.version in documents
    ]
