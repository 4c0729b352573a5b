"""The basis of an invoice, and reading the flat shape of older releases."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from models.contracts.contract import DealType
from models.contracts.rate_rule import Tier
from models.invoice.commands import Edit, TakeIn, Undo
from models.invoice.content.basis import OrderSource, PartnerBasis, ServiceBasis, WorklogSource
from models.invoice.content.content import Content, digest
from models.invoice.content.draft_request import ContractPeriod, DraftRequest, Orders
from models.invoice.content.lines import Line
from models.invoice.editing.patch import Patch, apply_patch, difference
from models.invoice.errors import InvalidChange, NotAServiceInvoice
from models.invoice.invoice import Invoice
from models.invoice.status import Kind
from tests.fixtures.invoices import FEBRUARY, contract, drafted, edit, execute, new_invoice, partner_content, workdays

# Written by an older release: the state of a draft that was edited and compared with late work, and the contents and
# digests of its next revisions.
FLAT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "fixtures" / "flat_shape.json").read_text())

# The result of the first activity, the number and the digest of the approval in tests/histories/happy_email.json.
FROM_A_HISTORY = """
{"application_key":"A-50786f2d","application_name":"Acme Support","customer_key":"CUST-001","deal_type":"FP",
"client_type":"local","currency":"UZS","period":{"start":"2026-02-01","end":"2026-02-28"},"invoice_date":"2026-11-21",
"payment_days":45,"agreement_number":null,"agreement_date":null,"issuer":{"party":{"name":"ProximaOps","company_type":"",
"address":"","tin":"","account_number":"","bank_name":"","mfo":"","swift_bic":"","signer":"","country":""},
"zone":"Asia/Tashkent","notice_email":"finance@example.com","taxes":[]},"customer":{"name":"Acme Corp",
"company_type":"","address":"","tin":"123456789","account_number":"","bank_name":"","mfo":"","swift_bic":"","signer":"",
"country":"UZ"},"recipients":["nodira@example.com"],"channel":"didox","series":"ACT","rate_rule":{
"base_hourly_rate":"150000.00","monthly_limit_hours":"40","overtime_multiplier":"1.0","p1_p3_multiplier":"1.0",
"off_hours_multiplier":"1.0","p1_p3_off_hours_multiplier":"1.5","business_hours_start":"09:00:00",
"business_hours_end":"18:00:00","business_hours_tz":"Asia/Tashkent","weekend_days":[6,7],"bill_base_when_empty":false},
"reminder_days":[-7,0,1,7,15],"tax":null,"lines":[{"id":"L1","line_type":"fixed",
"description":"Acme Support — February 2026","quantity":"1","unit_price":"15000000.00","line_total":"15000000.00",
"rate_tier":"standard","rate_multiplier":"1.0","jira_key":null,"time_seconds":0,"billable_seconds":0,"source":"auto",
"billed":true,"rule":"FP.base","worked_on":[],"worklogs":[]}],"totals":{"base_amount":"15000000.00",
"overtime_hours":"0.00","overtime_amount":"0.00","total_hours":"0.00","net_amount":"15000000.00","tax_amount":"0.00",
"total_amount":"15000000.00","total_is_manual":false},"toggles":{"show_task_list":true,"show_tracked_time":true,
"show_task_pricing":false,"show_overtime":true},"legal_text":"","html_override":null,
"warnings":["No billable worklogs were found in this period."],"suggested_base_amount":null}
"""


def reread(model: BaseModel) -> Any:
    return type(model).model_validate_json(model.model_dump_json())


# The flat shape


def test_a_flat_content_is_read_with_the_digest_that_was_approved() -> None:
    content = Content.model_validate_json(FROM_A_HISTORY)
    service = content.service
    assert (service.application_key, service.application_name, service.deal_type) == (
        "A-50786f2d",
        "Acme Support",
        DealType.FP,
    )
    assert (service.customer_key, service.period, service.hours_follow_lines) == ("CUST-001", FEBRUARY, False)
    assert service.rate_rule.monthly_limit_hours == Decimal(40)
    [line] = content.lines
    assert (line.source, line.is_manual, line.work.rate_tier) == (None, False, Tier.STANDARD)
    assert digest(content, "ACT-1") == "1431a0725b374a367632d79298157325b731b6b418833fcc1301191fbba42ab5"


def test_a_flat_line_is_read_with_its_source() -> None:
    state = Invoice.model_validate(FLAT["invoice"])
    task, travel = (next(x for x in state.content.lines if x.work.jira_key == key) for key in ("PROJ-9", "TRIP-1"))
    # five days of eight hours: 40 x 3600 = 144,000 seconds
    assert (task.work.time_seconds, task.work.billable_seconds, len(task.work.worklogs)) == (144_000, 144_000, 5)
    assert task.work.worked_on == tuple(date(2026, 2, day) for day in range(2, 7))
    assert (task.is_manual, travel.is_manual, travel.work.worklogs) == (False, True, ())


def test_a_flat_state_can_be_edited_undone_and_taken_in() -> None:
    """The undo and the late work of the state are patches of flat contents."""
    state = Invoice.model_validate(FLAT["invoice"])
    assert (state.kind, state.request.contract) == (
        Kind.SERVICE,
        ContractPeriod(application_key="APP-001", period=FEBRUARY),
    )
    assert digest(state.content, FLAT["number"]) == FLAT["digest"]

    undone = execute(state, Undo(by="amina", expected_revision=state.revision)).content
    assert undone == Content.model_validate(FLAT["undone"]["content"])
    assert digest(undone, FLAT["number"]) == FLAT["undone"]["digest"]

    taken = execute(state, TakeIn(by="amina", expected_revision=state.revision))
    assert taken.content == Content.model_validate(FLAT["taken_in"]["content"])
    assert digest(taken.content, FLAT["number"]) == FLAT["taken_in"]["digest"]
    back = Patch.model_validate(FLAT["taken_in"]["state_undoable"]["undoable"][-1]["back"])
    assert apply_patch(taken.content, back) == state.content


def test_every_field_is_in_the_digest_or_listed_as_excluded() -> None:
    """models/invoice/content/flat_shape.py lists the fields of the digest; a new printed field must be added there.

    `hours_add_up`, `service_code`, the two fields of a client's tax and the two of copies are part of the digest where
    they are set.
    """
    flat = set(FLAT["undone"]["content"]) - {"lines", "worklogs", "dropped", "hours_follow_lines"}
    flat_line = set(FLAT["undone"]["content"]["lines"][0]) - {"source"}
    added = {"tax_treatment", "tax_note", "cc", "bcc", "service_code"}
    content = Content.model_fields.keys() - {"basis", "lines", "dropped"} - added
    unprinted = {"kind", "worklogs", "hours_follow_lines", "hours_add_up", "overlaps", "outside_contract", "quote"}
    unprinted |= {"names_quote"}  # what it prints of quotes is added to the digest; see test_quotes_become_invoices.py
    basis = ServiceBasis.model_fields.keys() - unprinted
    assert content | basis == flat
    line = Line.model_fields.keys() - {"source", "is_manual", "service_code"}
    assert line | WorklogSource.model_fields.keys() - {"kind"} == flat_line


@pytest.mark.parametrize("kind", [Kind.SERVICE, Kind.PARTNER])
@pytest.mark.parametrize("field", ["cc", "bcc"])
def test_copies_of_the_letters_are_in_the_digest_where_there_are_any(kind: Kind, field: str) -> None:
    content = new_invoice(kind=kind).content
    assert field not in json.loads(content.model_dump_json())
    copied = content.model_copy(update={field: ("boss@acme.uz",)})
    assert digest(copied, "ACT-1") != digest(content, "ACT-1")
    assert Content.model_validate_json(copied.model_dump_json()) == copied


# The present shape


def test_a_service_invoice_is_read_back_from_its_json() -> None:
    invoice = new_invoice(drafted(contract(workdays(42))))
    changed = execute(invoice, edit(invoice, application_name="Support of Acme", base_amount="7.00"))
    assert reread(changed) == changed
    shown = json.loads(changed.content.model_dump_json())
    assert (shown["basis"]["kind"], shown["basis"]["application_name"]) == ("service", "Support of Acme")
    assert "application_key" not in shown
    assert {line["source"]["kind"] for line in shown["lines"] if line["source"]} == {"worklogs"}
    assert json.loads(changed.request.model_dump_json())["subject"]["kind"] == "contract"


def test_a_partner_invoice_is_read_back_from_its_json() -> None:
    invoice = new_invoice(kind=Kind.PARTNER)
    content = invoice.content
    assert reread(invoice) == invoice
    assert (invoice.kind, invoice.milestone, invoice.request.subject) == (
        Kind.PARTNER,
        "Draft",
        Orders(partner_key="TIME", order_keys=("ORD-1",)),
    )
    assert content.basis == PartnerBasis(
        partner_key="TIME", order_keys=("ORD-1",), work_type="Activation", period=FEBRUARY
    )
    assert (content.subject_key, content.customer_key, content.language) == ("TIME", "TIME", "en")
    assert content.lines[0].source == OrderSource(order_key="ORD-1", service_id="TBBN0001", work_type="Activation")
    assert content.lines[0].work == WorklogSource()
    other = content.model_copy(update={"basis": content.basis.model_copy(update={"order_keys": ("ORD-2",)})})
    assert digest(other, "INV-1") != digest(content, "INV-1")


@pytest.mark.parametrize(
    ("model", "value", "place"),
    [
        (Content, {**drafted().model_dump(), "basis": {"kind": "gift"}}, "basis"),
        (Content, {**drafted().model_dump(), "basis": None}, "basis"),
        (Line, {**drafted().lines[0].model_dump(), "source": {"kind": "gift"}}, "source"),
        (DraftRequest, {"by": "amina", "subject": {"kind": "gift"}}, "subject"),
    ],
)
def test_an_unknown_kind_is_refused(model: type[BaseModel], value: dict[str, Any], place: str) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate(value)
    assert [error["loc"][0] for error in refused.value.errors()] == [place]


# Fields that only a contract has


def test_a_partner_invoice_has_no_service_basis() -> None:
    partner = partner_content(drafted())
    with pytest.raises(NotAServiceInvoice, match="partner invoice: it has no contract"):
        _ = partner.service
    with pytest.raises(NotAServiceInvoice):
        _ = new_invoice(kind=Kind.PARTNER).request.contract


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"application_name": "Support"}, "application_name"),
        ({"agreement_number": "12"}, "agreement_number"),
        ({"agreement_date": "2026-01-15"}, "agreement_date"),
        ({"base_amount": "5.00"}, "base_amount"),
        ({"overtime_hours": "5.00"}, "overtime"),
    ],
)
def test_fields_of_a_contract_cannot_be_edited_on_a_partner_invoice(change: dict[str, str], field: str) -> None:
    invoice = new_invoice(kind=Kind.PARTNER)
    command = Edit.model_validate({"expected_revision": 1} | change)
    with pytest.raises(InvalidChange, match=f"^{field}: "):
        execute(invoice, command)


def test_an_edit_of_a_partner_invoice_can_be_undone() -> None:
    invoice = new_invoice(kind=Kind.PARTNER)
    after = execute(invoice, edit(invoice, payment_days=30, line_changes=[{"op": "remove", "id": "L1"}]))
    assert (after.content.payment_days, after.content.lines, after.content.dropped) == (30, (), ("other|ORD-1",))
    assert apply_patch(after.content, difference(after.content, invoice.content)) == invoice.content
