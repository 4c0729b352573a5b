"""Warnings that a person must confirm before a draft is finalised."""

from datetime import date
from typing import Any

import pytest

from models.invoice.commands import Finalize
from models.invoice.confirmation import WarningCode
from models.invoice.content.basis import Overlap
from models.invoice.errors import InvalidChange, NeedsConfirmation
from models.invoice.invoice import Invoice
from models.invoice.lifecycle import apply
from models.invoice.preconditions import allowed, check
from models.invoice.status import CommandName
from models.values.period import Period
from tests.fixtures.invoices import NOW, drafted, new_invoice, partner_content, with_fields

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


@pytest.mark.parametrize("code", ["daysinvoiced", "Everything", "DaysInvoiced,"])
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
