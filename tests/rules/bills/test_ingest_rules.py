"""The pure rules of the ingest: kinds of files, refusals of corrections, differences, and what operators read."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from models.bills.bill import Bill, BillKey, BillStatus, PushState, SourceFile
from models.bills.diff import LineChange, LineDiff, diff_of
from models.bills.file_content import BillHead, bill_of
from models.bills.file_kind import FileKind, kind_of, refusal_of
from models.bills.finance.ports import PushResult
from models.bills.ingest import BillReport, FetchReport, FileReport, Step
from models.bills.matching.ports import AnomaliesFound, Matched
from models.bills.ports import BillWritten, FileRead, WriteOutcome
from models.bills.rewriting import refusal_of as rewriting_refusal
from models.bills.rewriting import takes_place_of, voided
from models.values.currencies import Currency

FILE = SourceFile(sha256="a" * 64, name="bill.csv", format="digitalocean", size=10, rows=33)


def head(**changes: Any) -> BillHead:
    fields: dict[str, Any] = {
        "provider": "digitalocean",
        "account": "main",
        "provider_invoice_id": "inv-1",
        "issuer": "DigitalOcean",
        "number": "512345678",
        "currency": Currency.USD,
        "period_start": date(2026, 4, 1),
        "period_end": date(2026, 5, 1),
        "status": BillStatus.ISSUED,
        "line_count": 33,
        "net": Decimal("79.02"),
        "tax": Decimal("7.90"),
        "line_minor_sum": 8692,
    }
    return BillHead(**{**fields, **changes})


def bill(version: int = 1, **changes: Any) -> Bill:
    return bill_of(head(**changes), FILE, version)


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        (b"product,group_description", FileKind.TEXT),
        (b"\xef\xbb\xbfproduct", FileKind.TEXT),
        ("product,€".encode("utf-16"), FileKind.TEXT),
        ("product,amount".encode("utf-16-le"), FileKind.TEXT),
        ("product,amount".encode("utf-16-be"), FileKind.TEXT),
        ("Währung".encode("cp1252"), FileKind.TEXT),
        (b"PAR1\x15\x04", FileKind.PARQUET),
        (b"\x1f\x8b\x08\x00", FileKind.GZIP),
        (b"%PDF-1.7\n1 0 obj", None),
        (b"PK\x03\x04\x14\x00", None),
        (b"\x89PNG\r\n", None),
        (bytes([7, 1, 0, 0, 0, 9, 9, 1]), None),
    ],
)
def test_the_kind_of_a_file_follows_from_its_content(first: bytes, kind: FileKind | None) -> None:
    assert kind_of(first) is kind
    assert (refusal_of(first) is None) is (kind is not None)


def test_a_refused_kind_says_what_was_found() -> None:
    assert refusal_of(b"") == "the file is empty"
    assert "a PDF" in (refusal_of(b"%PDF-1.7") or "")
    assert "Excel" in (refusal_of(b"PK\x03\x04") or "")
    assert "CSV, JSON or Parquet" in (refusal_of(b"MZ\x90\x00") or "")


@pytest.mark.parametrize(
    ("changes", "sha256", "words"),
    [
        ({}, "b" * 64, None),
        ({"line_count": 34}, "b" * 64, None),
        ({"line_count": 32}, "b" * 64, "has 33 lines, and this file has only 32"),
        ({"line_count": 32}, FILE.sha256, None),  # the bill's own file, read again with more hints
        ({"account": "second"}, "b" * 64, "belongs to the account main"),
        ({"account": "second"}, FILE.sha256, "belongs to the account main"),
        ({"currency": Currency.EUR}, "b" * 64, "is in USD, and this file is in EUR"),
    ],
)
def test_when_a_file_may_change_a_bill(changes: dict[str, Any], sha256: str, words: str | None) -> None:
    reason = rewriting_refusal(bill(), head(**changes), sha256)
    assert (reason is None) is (words is None)
    assert words is None or words in (reason or "")


def test_a_difference_names_fields_and_counts_lines() -> None:
    lines = tuple(
        LineDiff(change=LineChange.ADDED, line_key=str(n), description="", after=Decimal(1)) for n in range(201)
    )
    after = bill(2, net=Decimal("280.02"), number="512345679", line_count=234)
    diff = diff_of(bill(), after, {LineChange.ADDED: 201, LineChange.REMOVED: 0, LineChange.CHANGED: 0}, lines)
    assert (diff.gross.before, diff.gross.after) == (Decimal("86.92"), Decimal("287.92"))
    assert (diff.fields, diff.counts[LineChange.ADDED], len(diff.lines)) == (("number",), 201, 200)
    assert not diff.is_empty
    nothing = diff_of(bill(), bill(2), dict.fromkeys(LineChange, 0))
    assert nothing.is_empty
    moved = diff_of(bill(), bill(2, issued_at=datetime(2026, 5, 1, tzinfo=UTC)), dict.fromkeys(LineChange, 0))
    assert (moved.fields, moved.is_empty) == (("issued_at",), False)


def written(outcome: WriteOutcome = WriteOutcome.CREATED, version: int = 1) -> BillWritten:
    return BillWritten(
        outcome=outcome, bill_id="id", version=version, number="5|1", period="2026-04", currency="USD", gross="86.92"
    )


def test_a_version_goes_through_all_steps_once() -> None:
    report = BillReport().with_written(written())
    steps = []
    results: dict[Step, dict[str, Any]] = {
        Step.MATCH: {"matched": Matched(matched=1, shared=0, ignored=0, unmatched=2, allocations=1)},
        Step.COMPARE: {"compared": AnomaliesFound(anomalies=3)},
        Step.PUSH: {"pushed": PushResult(state=PushState.PUSHED, action="created", finance_invoice_id="fin-1")},
        Step.RECORD: {"is_recorded": True},
    }
    while report.next_step is not Step.DONE:
        steps.append(report.next_step)
        report = report.model_copy(update=results[report.next_step])
    assert steps == [Step.MATCH, Step.COMPARE, Step.PUSH, Step.RECORD]
    same = report.with_written(written(WriteOutcome.UNCHANGED))
    assert same.next_step is Step.DONE
    assert report.with_written(written(WriteOutcome.CORRECTED, 2)).next_step is Step.MATCH


def test_a_refused_file_changes_nothing_and_is_shown() -> None:
    done = BillReport().with_written(written()).model_copy(update={"is_recorded": True, "step": Step.DONE})
    for number in range(7):
        refusal = BillWritten(outcome=WriteOutcome.REFUSED, note=f"only {number} lines")
        done = done.with_written(refusal)
    assert (done.next_step, len(done.refused), done.refused[-1]) == (Step.DONE, 5, "only 6 lines")
    assert "only 6 lines" in done.details


def test_what_operators_read() -> None:
    report = BillReport().with_written(written()).model_copy(update={"step": Step.PUSH})
    assert report.status == "push"
    assert "5\\|1" in report.details  # a bar in a number ends no cell
    pushed = PushResult(state=PushState.HELD, note="The bill is open.")
    held = report.model_copy(update={"step": Step.DONE, "pushed": pushed})
    assert (held.status, "The bill is open." in held.details) == ("held", True)
    assert BillReport(step=Step.DONE).status == "refused"
    assert "being read" in FileReport().details
    assert "no bill" in FileReport(read=FileRead(refusal="Found: a, b")).details
    assert "33" in FileReport(read=FileRead(format="focus", rows=33, bills=1)).details
    assert "asked 2 times" in FetchReport(month="2026-04", looks=2).details
    assert "vendor-bill-file.abc" in FetchReport(month="2026-04", files=("abc",)).details


def test_the_pages_of_a_file_add_up() -> None:
    report = FileReport(read=FileRead(bills=150)).with_page(100, 99)
    assert (report.started, report.after, report.is_complete) == (100, 99, False)
    report = report.with_page(50, None)
    assert (report.started, report.is_complete) == (150, True)


def test_the_title_of_a_bill_is_bounded() -> None:
    key = BillKey(provider="aws", account="a" * 300, provider_invoice_id="b" * 300)
    assert len(key.title) == 180


OPEN_OF_APRIL: dict[str, Any] = {"provider_invoice_id": "open.digitalocean.main.2026-04.USD", "status": BillStatus.OPEN}


@pytest.mark.parametrize(
    ("changes", "sha256", "of_format", "is_in_file", "takes_place"),
    [
        ({}, "b" * 64, "aws_cur", False, True),
        ({}, "b" * 64, "aws_cur", True, False),  # a rest is not invoiced yet
        ({"period_start": date(2026, 3, 1)}, "b" * 64, "aws_cur", False, False),
        ({"currency": Currency.EUR}, "b" * 64, "aws_cur", False, False),
        ({"issuer": "Another"}, "b" * 64, "aws_cur", False, False),
        ({"account": "second"}, "b" * 64, "aws_cur", False, False),
        ({"status": BillStatus.VOIDED}, "b" * 64, "aws_cur", False, False),
        ({}, "b" * 64, "digitalocean", False, False),  # another invoice of the month may stand beside it
        ({}, "a" * 64, "digitalocean", False, True),  # its own file, read again with the id
    ],
)
def test_when_an_invoice_takes_the_place_of_an_open_bill(
    changes: dict[str, Any], sha256: str, of_format: str, is_in_file: bool, takes_place: bool
) -> None:
    file = FILE.model_copy(update={"format": of_format})
    standing = bill_of(head(**OPEN_OF_APRIL), file, 1)
    source = file.model_copy(update={"sha256": sha256})
    assert takes_place_of(head(**changes), source, standing, is_in_file) == takes_place
    assert not takes_place_of(head(**changes), source, bill(), is_in_file)  # an invoice stays


def test_a_voided_bill_names_the_invoice_and_is_not_payable() -> None:
    found = voided(bill(**OPEN_OF_APRIL), head())
    assert (found.status, found.is_payable) == (BillStatus.VOIDED, False)
    assert (found.problems[-1].code, "512345678" in found.problems[-1].message) == ("invoiced", True)
