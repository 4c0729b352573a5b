"""The tax of a client: standard, zero, exempt or reverse charge, beside the prices or within them."""

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from pydantic import ValidationError

from models.billing.explanation import explain
from models.contracts.settings import ClientConfig
from models.contracts.tax import TaxTreatment
from models.documents.einvoice_charges import charges
from models.documents.view import TotalLabel, view
from models.invoice.commands import Edit
from models.invoice.content.content import Content, digest
from models.invoice.editing.edit import apply_edit
from models.issuer.issuer import Issuer, Party, TaxRate
from models.values.money import ZERO
from tests.fixtures.invoices import contract, drafted, terms, workdays

VAT = TaxRate(code="VAT", rate=D("0.12"), valid_from=date(2020, 1, 1))
TAXED = Issuer(party=Party(name="ProximaOps"), taxes=(VAT,))
UNTAXED = Issuer(party=Party(name="ProximaOps"))


def content(issuer: Issuer = TAXED, *, abroad: bool = False, **tax: Any) -> Content:
    """A draft of 15,000,000.00 without a tax."""
    records = contract(workdays(30), swift_bic="CHASUS33" if abroad else "")
    return drafted(records, terms(issuer=issuer, tax=tax))


def amounts(draft: Content) -> tuple[D, D, D]:
    return draft.totals.net_amount, draft.totals.tax_amount, draft.totals.total_amount


def shown(draft: Content) -> list[tuple[TotalLabel, D]]:
    return [(row.label, row.amount) for row in view(draft).totals]


def agrees(draft: Content) -> bool:
    return all(each.agrees for each in explain(draft).sums)


def test_the_standard_tax_is_added_to_the_prices() -> None:
    """12 % of 15,000,000.00 is 1,800,000.00."""
    draft = content()
    assert amounts(draft) == (D("15000000.00"), D("1800000.00"), D("16800000.00"))
    assert agrees(draft)
    assert amounts(content(UNTAXED)) == (D("15000000.00"), ZERO, D("15000000.00"))


def test_prices_that_include_the_tax() -> None:
    """15,000,000.00 / 1.12 = 13,392,857.142...; the rest, 1,607,142.86, is the tax."""
    draft = content(prices_include_tax=True)
    net, tax, gross = D("13392857.14"), D("1607142.86"), D("15000000.00")
    assert amounts(draft) == (net, tax, gross)
    assert shown(draft) == [(TotalLabel.TOTAL, gross), (TotalLabel.TAX_INCLUDED, tax)]
    assert [(each.net, each.tax) for each in charges(draft)] == [(net, tax)]
    assert agrees(draft)


def test_a_typed_total_of_prices_that_include_the_tax() -> None:
    """11,200,000.00 / 1.12 = 10,000,000.00; it is 3,800,000.00 less than the line."""
    edit = Edit(by="ann", expected_revision=1, total_amount=D("11200000.00"))
    draft = apply_edit(content(prices_include_tax=True), edit)[0]
    assert draft.totals.tax_amount == D("1200000.00")
    assert shown(draft) == [
        (TotalLabel.SUBTOTAL, D("15000000.00")),
        (TotalLabel.ADJUSTMENT, D("-3800000.00")),
        (TotalLabel.TOTAL, D("11200000.00")),
        (TotalLabel.TAX_INCLUDED, D("1200000.00")),
    ]
    assert [(each.row, each.net, each.tax) for each in charges(draft)] == [(None, D("10000000.00"), D("1200000.00"))]
    assert agrees(draft)


@pytest.mark.parametrize("issuer", [TAXED, UNTAXED])
def test_a_zero_rate_is_shown(issuer: Issuer) -> None:
    draft = content(issuer, treatment="zero")
    assert amounts(draft) == (D("15000000.00"), ZERO, D("15000000.00"))
    assert [(row.label, row.tax_code, row.tax_rate) for row in view(draft).totals][1] == (TotalLabel.TAX, "VAT", D(0))
    assert agrees(draft)


@pytest.mark.parametrize("treatment", ["exempt", "reverse_charge"])
def test_an_exemption_and_a_reverse_charge_carry_no_tax_but_a_text(treatment: str) -> None:
    draft = content(treatment=treatment, note="Article 243 of the tax code")
    assert draft.tax is None
    assert draft.tax_treatment is TaxTreatment(treatment)
    assert amounts(draft) == (D("15000000.00"), ZERO, D("15000000.00"))
    assert view(draft).tax_note == "Article 243 of the tax code"


def test_a_reverse_charge_has_a_standard_text_in_the_language_of_the_document() -> None:
    assert "Обратное начисление" in view(content(treatment="reverse_charge")).tax_note
    assert "Reverse charge" in view(content(treatment="reverse_charge", abroad=True)).tax_note


def test_what_the_document_shows_of_a_tax_is_in_its_digest() -> None:
    variants: list[dict[str, Any]] = [
        {},
        {"prices_include_tax": True},
        {"treatment": "zero"},
        {"treatment": "exempt", "note": "Article 243"},
        {"treatment": "exempt", "note": "Article 244"},
        {"treatment": "reverse_charge"},
    ]
    assert len({digest(content(**each), "ACT-1") for each in variants}) == len(variants)


def test_a_draft_keeps_the_tax_that_it_was_made_with() -> None:
    draft = content(prices_include_tax=True)
    assert Content.model_validate_json(draft.model_dump_json()) == draft


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"tax_treatment": "exempt"}, "tax_note"),
        ({"tax_treatment": "exempt", "tax_note": "  "}, "tax_note"),
        ({"tax_note": "Article 243"}, "tax_note"),
        ({"tax_treatment": "zero", "tax_note": "Article 243"}, "tax_note"),
        ({"tax_treatment": "zero", "prices_include_tax": True}, "prices_include_tax"),
        ({"tax_treatment": "reverse_charge", "prices_include_tax": True}, "prices_include_tax"),
        ({"tax_treatment": "none"}, "tax_treatment"),
    ],
)
def test_a_setting_that_contradicts_itself_is_refused(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ClientConfig.model_validate({"series": "ACT"} | wrong)
    assert field in str(refused.value)
