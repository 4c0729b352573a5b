"""Warnings that a person must confirm before a draft is finalised."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from models.invoice.checks.confirmation import WarningCode, check_confirmed, draft_warnings
from models.invoice.commands import Finalize
from models.invoice.content.basis import Overlap
from models.invoice.content.draft_request import ContractPeriod, DraftRequest
from models.invoice.editing.new_draft import new_draft
from models.invoice.errors import InvalidChange, NeedsConfirmation
from models.invoice.invoice import Invoice
from models.invoice.lifecycle import apply
from models.invoice.preconditions import allowed, check
from models.invoice.status import CommandName, Kind
from models.values.period import Period
from tests.fixtures.invoices import (
    FEBRUARY,
    NOW,
    TASHKENT,
    contract,
    drafted,
    new_invoice,
    numbered,
    partner_content,
    with_fields,
    workdays,
)

FIRST_HALF = Overlap(
    invoice_id="i-9", invoice="ACT-9, approved", days=Period(start=date(2026, 2, 1), end=date(2026, 2, 15))
)
ONE_DAY = Overlap(
    invoice_id="i-10", invoice="a draft for March 2026", days=Period(start=date(2026, 2, 28), end=date(2026, 2, 28))
)


def overlapping(*overlaps: Overlap) -> Invoice:
    return new_invoice(with_fields(drafted(), overlaps=overlaps))


def finalize(*codes: str) -> Finalize:
    return Finalize(by="amina", confirmed_warnings=codes)


@pytest.mark.parametrize("overlaps", [(FIRST_HALF,), (FIRST_HALF, ONE_DAY)])
def test_finalize_is_refused_until_the_warnings_are_confirmed(overlaps: tuple[Overlap, ...]) -> None:
    draft = overlapping(*overlaps)
    for attempt in (check, apply):
        with pytest.raises(NeedsConfirmation) as refused:
            attempt(draft, finalize(), NOW)
        assert [each["code"] for each in refused.value.warnings] == ["DaysInvoiced"] * len(overlaps)
        assert CommandName.FINALIZE in refused.value.allowed
        for overlap, warning in zip(overlaps, refused.value.warnings, strict=True):
            for part in (overlap.invoice, overlap.invoice_id, str(overlap.days.start), str(overlap.days.end)):
                assert part in warning["message"]
                assert part in str(refused.value)
    finalized = apply(draft, finalize("DaysInvoiced"), NOW)
    assert finalized.is_busy
    assert finalized.journal[-1].details == {"confirmed_warnings": "DaysInvoiced"}


def test_a_draft_without_such_warnings_is_finalised_as_before() -> None:
    """A confirmed code that the draft does not have is not recorded, because nobody saw such a warning."""
    for draft in (new_invoice(), new_invoice(partner_content(drafted()))):
        for command in (finalize(), finalize(WarningCode.DAYS_INVOICED)):
            assert apply(draft, command, NOW).journal[-1].details == {}


@pytest.mark.parametrize("code", ["daysinvoiced", "Everything", "DaysInvoiced,", "duedatepassed"])
def test_an_unknown_code_is_an_invalid_field(code: str) -> None:
    for draft in (new_invoice(), overlapping(FIRST_HALF)):
        with pytest.raises(InvalidChange, match=r"^confirmed_warnings: .*DaysInvoiced"):
            check(draft, finalize("DaysInvoiced", code), NOW)


def test_the_command_stays_possible() -> None:
    assert CommandName.FINALIZE in allowed(overlapping(FIRST_HALF))


@pytest.mark.parametrize("given", ["DaysInvoiced", [""], ["x" * 51], ["DaysInvoiced"] * 21, [1], None])
def test_codes_are_a_short_list_of_texts(given: Any) -> None:
    with pytest.raises(ValueError, match="confirmed_warnings"):
        Finalize.model_validate({"confirmed_warnings": given})


def test_the_fingerprint_of_a_plain_finalize_is_that_of_earlier_releases() -> None:
    """A request that is repeated across an upgrade is the same request: printf '%s' 'finalize{}' | sha256sum."""
    assert Finalize(idempotency_key="k").request_fingerprint == "k:06d0fcd9dad100ce"
    confirming = Finalize(idempotency_key="k", confirmed_warnings=("DaysInvoiced",))
    assert confirming.request_fingerprint != "k:06d0fcd9dad100ce"


# Dated 1 March 2026 and payable in 45 days: due on 15 April, which is not late itself.
LAST_DAY, DAY_AFTER = (datetime(2026, 4, day, 12, tzinfo=TASHKENT) for day in (15, 16))


@pytest.mark.parametrize(
    ("payment_days", "now", "due"),
    [
        (45, DAY_AFTER, "2026-04-15"),
        (0, datetime(2026, 3, 2, 0, 0, tzinfo=TASHKENT), "2026-03-01"),
        (7, datetime(2027, 1, 1, 12, tzinfo=TASHKENT), "2026-03-08"),
    ],
)
def test_finalize_asks_about_a_due_date_in_the_past(payment_days: int, now: datetime, due: str) -> None:
    draft = new_invoice(with_fields(drafted(), payment_days=payment_days))
    for attempt in (check, apply):
        with pytest.raises(NeedsConfirmation) as refused:
            attempt(draft, finalize(), now)
        [warning] = refused.value.warnings
        assert warning["code"] == "DueDatePassed"
        assert due in warning["message"]
    kept = apply(draft, finalize("DueDatePassed"), now)
    assert kept.content == draft.content
    assert kept.journal[-1].details == {"confirmed_warnings": "DueDatePassed"}


def test_the_due_date_itself_has_not_passed() -> None:
    assert apply(new_invoice(), finalize(), LAST_DAY).journal[-1].details == {}
    evening_in_utc = datetime(2026, 4, 15, 19, 30, tzinfo=UTC)  # 00:30 of the 16th in Tashkent
    with pytest.raises(NeedsConfirmation):
        check(new_invoice(), finalize(), evening_in_utc)


def test_the_date_may_move_to_the_day_of_issue() -> None:
    """16 April + 45 days: 14 remain in April, and 31 are those of May."""
    moved = apply(new_invoice(), Finalize(by="amina", issue_today=True), DAY_AFTER)
    assert moved.content.invoice_date == date(2026, 4, 16)
    event = moved.journal[-1]
    assert (event.action, event.changes["invoice_date"]) == ("finalize", ("2026-03-01", "2026-04-16"))
    assert event.details == {}
    assert str(numbered(moved, now=DAY_AFTER).due) == "2026-05-31"


def test_the_terms_of_a_partner_invoice_start_with_the_upload() -> None:
    partner = new_invoice(kind=Kind.PARTNER)
    assert apply(partner, finalize(), DAY_AFTER).is_busy


def test_all_missing_confirmations_are_listed_together() -> None:
    draft = overlapping(FIRST_HALF)
    with pytest.raises(NeedsConfirmation) as refused:
        check(draft, finalize(), DAY_AFTER)
    assert [each["code"] for each in refused.value.warnings] == ["DaysInvoiced", "DueDatePassed"]
    with pytest.raises(NeedsConfirmation) as refused:
        check(draft, finalize("DaysInvoiced"), DAY_AFTER)
    assert [each["code"] for each in refused.value.warnings] == ["DueDatePassed"]
    done = apply(draft, finalize("DueDatePassed", "DaysInvoiced"), DAY_AFTER)
    assert done.journal[-1].details == {"confirmed_warnings": "DaysInvoiced, DueDatePassed"}


def test_a_finalize_of_an_earlier_release_replays_without_the_question() -> None:
    again = apply(new_invoice(), finalize(), DAY_AFTER, asks=False)
    assert again.journal[-1].details == {}
    with pytest.raises(NeedsConfirmation):  # recorded drafts of those releases have no overlaps
        apply(overlapping(FIRST_HALF), finalize(), DAY_AFTER, asks=False)


def requested(*codes: str, finish: str = "2025-12-31") -> Invoice:
    """A new draft for February 2026 of a contract that ended before; the request confirmed these warnings."""
    content = drafted(contract(workdays(30), finish_date=finish))
    subject = ContractPeriod(application_key="APP-001", period=FEBRUARY)
    request = DraftRequest(subject=subject, by="lena", confirmed_warnings=codes)
    check_confirmed(draft_warnings(content), request.confirmed_warnings, "make the draft")
    return new_draft(("invoice-1", "w"), request, content, None, NOW)


def test_a_draft_outside_the_contract_is_confirmed_and_recorded() -> None:
    for codes in ((), ("DueDatePassed",)):
        with pytest.raises(NeedsConfirmation) as refused:
            requested(*codes)
        assert [each["code"] for each in refused.value.warnings] == ["OutsideContract"]
        assert "2025-12-31" in refused.value.warnings[0]["message"]
    made = requested("OutsideContract")
    assert made.journal[-1].details == {"total": "15000000.00", "confirmed_warnings": "OutsideContract"}
    assert apply(made, finalize(), NOW).is_busy  # it was asked once
    inside = requested("OutsideContract", finish="2026-02-01")
    assert inside.journal[-1].details == {"total": "15000000.00"}
