"""The files that the archive must hold, by the receipts of the effects, through approvals that were undone."""

import pytest

from models.archive.archived_files import ArchivedFile, archived_files, settled_files
from models.invoice.effects import Effect, EffectName, EffectState
from models.invoice.invoice import Document, Invoice
from tests.fixtures.database_invoices import CREATED, invoice

KEY, COPY = "invoices/2026/app-001/Act_ACT-7.pdf", "invoices/2026/app-001/Act_ACT-7.rev1.pdf"


def effect(name: EffectName, revision: int, state: EffectState = EffectState.DONE, **receipt: str) -> Effect:
    key = f"i:{revision}:{name}"
    return Effect(key=key, name=name, state=state, owed_at=CREATED, revision=revision, receipt=receipt)


def archive(revision: int, state: EffectState = EffectState.DONE) -> Effect:
    return effect(EffectName.ARCHIVE, revision, state, **({"key": KEY} if state is EffectState.DONE else {}))


def keep(revision: int, sha256: str) -> Effect:
    return effect(EffectName.ARCHIVE_KEEP, revision, key=COPY, sha256=sha256)


def with_effects(*effects: Effect, document: str | None) -> Invoice:
    found = Document(sha256=document, size=1, pages=1) if document else None
    return invoice(id="i", effects=effects, document=found)


def file(key: str, sha256: str, of: Effect) -> ArchivedFile:
    return ArchivedFile(key, sha256, "i", of.key)


FIRST, KEPT, SECOND = archive(4), keep(6, "one"), archive(9)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (with_effects(document="one"), []),
        (with_effects(archive(4, EffectState.PENDING), document="one"), []),
        (with_effects(archive(4, EffectState.SKIPPED), document="one"), []),
        (with_effects(FIRST, document="one"), [file(KEY, "one", FIRST)]),
        # Back to draft: the file stays at its key until the next approval, and a copy is kept.
        (with_effects(FIRST, KEPT, document=None), [file(COPY, "one", KEPT), file(KEY, "one", FIRST)]),
        # Finalised again, not approved: the new document is not the archived one.
        (with_effects(FIRST, KEPT, document="two"), [file(COPY, "one", KEPT), file(KEY, "one", FIRST)]),
        (with_effects(FIRST, KEPT, SECOND, document="two"), [file(COPY, "one", KEPT), file(KEY, "two", SECOND)]),
        # A second approval stored its file, and its answer was lost; the newest copy is of that file.
        (
            with_effects(FIRST, KEPT, archive(9, EffectState.SKIPPED), keep(11, "two"), document=None),
            [file(COPY, "one", KEPT), file(COPY, "two", keep(11, "two")), file(KEY, "two", FIRST)],
        ),
    ],
)
def test_archived_files(made: Invoice, expected: list[ArchivedFile]) -> None:
    assert archived_files(made) == expected


@pytest.mark.parametrize("state", [EffectState.PENDING, EffectState.UNKNOWN, EffectState.FAILED])
@pytest.mark.parametrize("name", [EffectName.ARCHIVE, EffectName.ARCHIVE_KEEP])
def test_a_file_is_not_settled_while_an_effect_of_the_archive_is_open(name: EffectName, state: EffectState) -> None:
    made = with_effects(FIRST, KEPT, effect(name, 9, state), document="two")
    assert settled_files(made) == [file(COPY, "one", KEPT)]


def test_an_open_effect_elsewhere_leaves_the_file_settled() -> None:
    made = with_effects(FIRST, effect(EffectName.ACCOUNTING, 5, EffectState.PENDING), document="one")
    assert settled_files(made) == [file(KEY, "one", FIRST)]
