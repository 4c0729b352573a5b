"""The decimals of amounts: those of the currency, two in the som, three in the dinar, none in the yen."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from models.contracts.contract import DealType
from models.invoice.commands import Edit, RecordPayment
from models.invoice.editing.edit import apply_edit
from models.invoice.editing.prefill_edit import EditedPrefill, PrefillLine, edit_from_prefill
from models.invoice.errors import InvalidChange
from models.invoice.invoice import Invoice
from models.invoice.status import Status
from models.issuer.settings import ReviewInput
from models.values.money import Currency
from tests.fixtures.invoices import NOW, contract, drafted, execute, new_invoice, sent, workdays

SUPPORT = drafted(contract(workdays(42)))  # L1 base 15,000,000; L2 overtime 2 x 150,000


def pay(amount: str, payment_id: str = "p1") -> RecordPayment:
    return RecordPayment(payment_id=payment_id, paid_on=NOW.date(), amount=Decimal(amount), reference="bank")


def fixed_price(currency: str, amount: str) -> Invoice:
    return sent(new_invoice(drafted(contract((), DealType.FP, currency=currency, deal_amount=amount))))


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"base_amount": "10000000.0050"}, "base_amount"),
        ({"overtime_amount": "1.0010"}, "overtime_amount"),
        ({"total_amount": "0.0001"}, "total_amount"),
        ({"line_changes": [{"op": "change", "id": "L1", "unit_price": "1.0050"}]}, "line_changes.0.unit_price"),
        (
            {"line_changes": [{"op": "add", "line": {"description": "x", "unit_price": "1.0050"}}]},
            "line_changes.0.line.unit_price",
        ),
    ],
)
def test_an_amount_has_no_more_decimals_than_the_currency(fields: dict[str, Any], path: str) -> None:
    """The som has two decimals, the dinar three, the yen none."""
    edit = Edit.model_validate({"expected_revision": 1} | fields)
    with pytest.raises(InvalidChange, match=f"^{path}: an amount in UZS may have at most 2 decimal places"):
        apply_edit(SUPPORT, edit)
    with pytest.raises(InvalidChange, match="JPY may have at most 0"):
        apply_edit(SUPPORT.model_copy(update={"currency": Currency.JPY}), edit)


def test_a_dinar_has_three_decimals() -> None:
    dinars = SUPPORT.model_copy(update={"currency": Currency.KWD})
    after, _ = apply_edit(dinars, Edit.model_validate({"expected_revision": 1, "base_amount": "1000.1250"}))
    assert str(after.totals.base_amount) == "1000.125"


def test_a_payment_has_no_more_decimals_than_the_currency() -> None:
    for amount in ("100.001", "0.0001"):
        with pytest.raises(InvalidChange, match=r"^amount: an amount in UZS may have at most 2 decimal places"):
            execute(sent(), pay(amount))
    dinars = fixed_price("KWD", "100.00")
    invoice = execute(dinars, pay("33.335"), pay("66.665", "p2"))
    assert (invoice.status, str(invoice.balance)) == (Status.PAID, "0.000")
    yen = fixed_price("JPY", "1000.00")
    with pytest.raises(InvalidChange, match=r"^amount: an amount in JPY"):
        execute(yen, pay("999.5"))
    assert execute(yen, pay("1000.00")).status is Status.PAID


def test_a_row_of_the_preview_names_its_price() -> None:
    row = PrefillLine(description="Licence", unit_price=Decimal("1.005"))
    with pytest.raises(InvalidChange, match=r"^line_items\.0\.unit_price: an amount in UZS"):
        edit_from_prefill(SUPPORT, EditedPrefill(line_items=(row,)), 1)


@pytest.mark.parametrize(
    ("limits", "fits"), [({"KWD": "1000.1250"}, True), ({"UZS": "1000.1250"}, False), ({"JPY": "1000.50"}, False)]
)
def test_a_limit_of_the_approval_policy(limits: dict[str, str], fits: bool) -> None:
    if fits:
        assert ReviewInput.model_validate({"admin_above": limits}).admin_above == {"KWD": Decimal("1000.125")}
        return
    with pytest.raises(ValidationError, match="decimal places"):
        ReviewInput.model_validate({"admin_above": limits})
