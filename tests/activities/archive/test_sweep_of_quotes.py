"""The comparison of the files of quotes: each sent version has a file, which is missing, extra or different."""

import pytest

from activities.archive import sweep as sweeping
from activities.archive.refill import Refilled
from activities.archive.sweep import SWITCHED_OFF, ArchiveSweep
from activities.quotes.projection import QuoteProjection
from models.archive.ports import SweepRequest
from models.archive.sweep import FindingKind, SweepReport
from models.quotes.quote.event_handlers import apply_event
from operations.archive import _refill_all
from tests.activities.archive.archived_quotes import archived, key_of, pdf_of, run, sent, stored
from tests.activities.archive.conftest import Place
from tests.fixtures.quotes import NOW

PDF = "application/pdf"


def found(report: SweepReport) -> list[tuple[FindingKind, str, str | None, str | None]]:
    return [(each.kind, each.key, each.quote_id, each.number) for each in report.findings]


async def test_whole_quotes_and_invoices_are_no_finding(place: Place) -> None:
    """The file of a version whose effect is open may be there already, or not."""
    await place.archived()
    twice = await archived(place, await archived(place))
    await sent(place)
    open_effect = await sent(place)
    completed = await stored(place, open_effect)
    report = await place.sweep()
    assert (report.found, report.invoices, report.quotes, report.quotes_total) == (0, 1, 3, 3)
    # One invoice, two versions, and in the bucket the file whose effect is open.
    assert (report.files, report.read, report.objects) == (3, 3, 4)
    await run(QuoteProjection(place.engine).project, apply_event(open_effect, completed, NOW))
    report = await place.sweep()
    assert (report.found, report.files, report.objects) == (0, 4, 4)
    assert len(twice.versions) == 2


async def test_a_missing_version_is_found_and_refilled(place: Place) -> None:
    quote = await archived(place, await archived(place))
    place.delete(key_of(quote, 1))
    assert found(await place.sweep()) == [
        (FindingKind.MISSING, key_of(quote, 1), quote.id, quote.display_number),
    ]
    counts, problems = await _refill_all(place.engine, place.objects)
    assert (counts, problems) == ({Refilled.STORED: 1, Refilled.THERE: 1}, [])
    assert (await place.sweep()).found == 0


async def test_an_extra_file(place: Place) -> None:
    """A copy that a person made has the metadata of the document; a file of somebody else has none."""
    quote = await archived(place)
    head = await place.objects.head(key_of(quote, 1))
    assert head is not None
    await place.objects.create(key_of(quote, 9), pdf_of(quote, 1), PDF, head.metadata)
    await place.objects.create("quotes/notes.txt", b"x", "text/plain", {})
    assert found(await place.sweep()) == [
        (FindingKind.EXTRA, key_of(quote, 9), quote.id, None),
        (FindingKind.EXTRA, "quotes/notes.txt", None, None),
    ]


@pytest.mark.parametrize("case", ["size", "sha256", "owner", "content"])
async def test_a_different_file(case: str, place: Place) -> None:
    quote = await archived(place)
    pdf = pdf_of(quote, 1)
    head = await place.objects.head(key_of(quote, 1))
    assert head is not None
    metadata = dict(head.metadata)
    changed, changed_metadata, reason = {
        "size": (pdf + b"!", metadata, f"it has {len(pdf) + 1} bytes, the document has {len(pdf)}"),
        "sha256": (pdf, metadata | {"sha256": "0" * 64}, "its metadata has sha256 0000"),
        "owner": (pdf, metadata | {"invoice": "another"}, "its metadata has invoice another"),
        "content": (pdf[::-1], metadata, "its content has the SHA-256"),
    }[case]
    await place.objects.replace(head, changed, PDF, changed_metadata)
    report = await place.sweep()
    assert found(report) == [(FindingKind.DIFFERENT, key_of(quote, 1), quote.id, quote.display_number)]
    assert report.findings[0].reason.startswith(reason)


async def test_every_quote_is_compared_page_by_page(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "QUOTES_AT_ONCE", 2)
    quotes = [await archived(place) for _ in range(5)]
    for quote in quotes[:3]:
        place.delete(key_of(quote, 1))
    report = await place.sweep()
    assert (report.quotes, report.quotes_total, report.files, report.objects) == (5, 5, 5, 2)
    assert {each.key for each in report.findings} == {key_of(quote, 1) for quote in quotes[:3]}


async def test_without_an_archive_no_quote_is_compared(place: Place) -> None:
    activity = ArchiveSweep(None, place.engine).compare_quotes
    page = await run(activity, SweepRequest(room=2, day=1, read_every=1))
    assert (page.compared, page.note) == (0, SWITCHED_OFF)
