"""Edits of the header: the fields that a bookkeeper corrects, and the typing errors that are refused."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from models.contracts.contract import DealType
from models.invoice.commands import Edit
from models.invoice.content.content import Content
from models.invoice.editing.edit import apply_edit
from models.invoice.errors import InvalidChange
from models.values.document_options import Channel
from models.values.typed_values import AS_RECORDED
from tests.fixtures.invoices import contract, drafted, worklog

LOCAL = drafted(contract([worklog(2)], DealType.HR))
ABROAD = drafted(contract([worklog(2)], DealType.HR, swift_bic="DEUTDEFF", currency="EUR"))


def edit_of(**fields: Any) -> Edit:
    return Edit.model_validate({"expected_revision": 1} | fields)


def changed(content: Content, **fields: Any) -> Content:
    return apply_edit(content, edit_of(**fields))[0]


def trail(content: Content, **fields: Any) -> dict[str, tuple[str | None, str | None]]:
    return apply_edit(content, edit_of(**fields))[1]


def test_the_customers_fields_are_edited_one_by_one() -> None:
    given = {"name": "Acme Corporation", "tin": "305123456", "signer": "A. Karimov", "address": "Tashkent"}
    after = changed(LOCAL, customer=given)
    assert after.customer == LOCAL.customer.model_copy(update=given)
    assert trail(LOCAL, customer=given) == {
        "customer.name": ("Acme Corp", "Acme Corporation"),
        "customer.tin": ("123456789", "305123456"),
        "customer.signer": ("", "A. Karimov"),
        "customer.address": ("", "Tashkent"),
    }


def test_a_field_of_the_customer_can_be_removed_but_not_the_name() -> None:
    assert changed(LOCAL, customer={"tin": ""}).customer.tin == ""
    with pytest.raises(ValidationError, match="name"):
        edit_of(customer={"name": "  "})


@pytest.mark.parametrize("tin", ["123456789", "12345678901234"])
def test_a_tax_number_has_9_or_14_digits(tin: str) -> None:
    content = LOCAL.model_copy(update={"customer": LOCAL.customer.model_copy(update={"tin": ""})})
    assert changed(content, customer={"tin": tin}).customer.tin == tin


@pytest.mark.parametrize("tin", ["12345678", "1234567890", "12345678A", "１２３４５６７８９", "123 456 789"])
def test_another_tax_number_is_refused(tin: str) -> None:
    with pytest.raises(InvalidChange, match="9 digits for a company or 14 digits for a person"):
        changed(LOCAL, customer={"tin": tin})


def test_a_foreign_tax_number_is_accepted_as_it_is() -> None:
    assert changed(ABROAD, customer={"tin": "DE123456789"}).customer.tin == "DE123456789"


def test_the_agreement() -> None:
    named = changed(LOCAL, agreement_number="12/2025", agreement_date="2025-12-01", application_name="Support of Acme")
    assert (named.service.agreement_number, named.service.agreement_date) == ("12/2025", date(2025, 12, 1))
    assert named.service.application_name == "Support of Acme"
    nameless = changed(named, agreement_number="")
    assert (nameless.service.agreement_number, nameless.service.agreement_date) == (None, None)


def test_channel_and_reminders() -> None:
    after = changed(LOCAL, channel="email", reminder_days=[7, -3, 7])
    assert (after.channel, after.reminder_days) == (Channel.EMAIL, (-3, 7))
    assert trail(LOCAL, channel="email")["channel"] == ("didox", "email")
    assert changed(LOCAL, reminder_days=[]).reminder_days == ()


def test_a_due_date_becomes_payment_days() -> None:
    # 1 March + 30 days = 31 March
    after = changed(LOCAL, due_date="2026-03-31")
    assert after.payment_days == 30
    assert trail(LOCAL, due_date="2026-03-31") == {"payment_days": ("45", "30")}
    assert changed(LOCAL, invoice_date="2026-03-11", due_date="2026-03-31").payment_days == 20
    assert changed(LOCAL, due_date="2026-03-01").payment_days == 0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"due_date": "2026-02-28"}, "2026-02-28 is before the invoice date, 2026-03-01"),
        ({"due_date": "2026-03-31", "invoice_date": "2026-04-01"}, "before the invoice date, 2026-04-01"),
        ({"due_date": "2027-03-02"}, "more than a year after"),
        ({"due_date": "2026-03-31", "payment_days": 30}, "not both"),
        ({"invoice_date": "9999-12-31"}, "invoice_date: 9999-12-31 is outside"),
        ({"invoice_date": "0026-03-01"}, "invoice_date: 0026-03-01 is outside"),
        ({"agreement_date": "1025-01-01"}, "agreement_date: 1025-01-01 is outside"),
    ],
)
def test_typing_errors_are_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidChange, match=message):
        changed(LOCAL, **fields)


@pytest.mark.parametrize("bad", ["nodira(at)example.com", "nodira@example.com, boss@example.com"])
@pytest.mark.parametrize("field", ["recipients", "cc", "bcc"])
def test_an_address_in_a_history_is_checked_as_it_was(field: str, bad: str) -> None:
    edit = Edit.model_validate({"expected_revision": 1, field: ["a@b.uz", bad]}, context=AS_RECORDED)
    with pytest.raises(InvalidChange, match=f"{field}: '{re.escape(bad)}' is not an e-mail address"):
        apply_edit(LOCAL, edit)


@pytest.mark.parametrize(
    "line",
    [
        {
            "description": "x",
            "quantity": "9999999999.99",
            "unit_price": "9999999999999999.99",
            "rate_multiplier": "100",
        },
        {"description": "x", "quantity": "10", "unit_price": "1000000000000000.00"},
        {"description": "x", "quantity": "100000000", "unit_price": "0", "line_type": "overtime"},
    ],
)
def test_too_large_amounts_are_refused(line: dict[str, Any]) -> None:
    with pytest.raises(InvalidChange, match="more than the largest amount"):
        changed(LOCAL, line_changes=[{"op": "add", "line": line}])


def test_lines_that_are_too_large_together_are_refused() -> None:
    # 2 x 6,000,000,000,000,000.00 has 17 digits before the point; 16 are stored
    line = {"op": "add", "line": {"description": "x", "unit_price": "6000000000000000.00"}}
    assert changed(LOCAL, line_changes=[line]).totals.net_amount == Decimal("6000000000300000.00")
    with pytest.raises(InvalidChange, match="add up to more"):
        changed(LOCAL, line_changes=[line, line])


@pytest.mark.parametrize(
    "fields",
    [
        {"note": "a\x00b"},
        {"customer": {"signer": "a\x00"}},
        {"line_changes": [{"op": "reorder", "ids": ["L1", "L\x00"]}]},
        {"line_changes": [{"op": "add", "line": {"description": "a\x00", "unit_price": "1"}}]},
    ],
)
def test_text_that_postgresql_cannot_store_is_refused_in_every_field(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="holds a NUL character"):
        edit_of(**fields)
