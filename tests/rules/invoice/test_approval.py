"""The approval policy: four eyes, the amount limit, and the messages for refused approvers."""

from decimal import Decimal
from typing import Any

import pytest

from models.access.roles import Role
from models.contracts.terms import ContractTerms
from models.invoice.commands import OPERATOR, Approve, Decline, Finalize, Reopen
from models.invoice.current_details import current_details
from models.invoice.errors import NeedsSomeoneElse, StaleReview
from models.invoice.invoice import Invoice
from models.invoice.preconditions import allowed_for, check
from models.invoice.status import CommandName, Status
from tests.fixtures.invoices import (
    BASE,
    NOW,
    contract,
    drafted,
    execute,
    new_invoice,
    numbered,
    reviewable,
    terms,
    workdays,
)

APPROVE = CommandName.APPROVE


def agreed(**review: Any) -> ContractTerms:
    return terms(issuer={"party": {"name": "ProximaOps"}, "review": review})


def under_review(finalizer: str = "amina", **review: Any) -> Invoice:
    """15,000,000.00 UZS, finalised by `finalizer`."""
    draft = new_invoice(drafted(contract(workdays(30)), agreed(**review)))
    assert draft.total == BASE
    return numbered(execute(draft, Finalize(by=finalizer)))


def approve(invoice: Invoice, by: str = "boss", role: Role | None = Role.MANAGER) -> Approve:
    assert invoice.digest is not None
    return Approve(by=by, role=role, digest=invoice.digest)


def refused(invoice: Invoice, command: Approve) -> str:
    with pytest.raises(NeedsSomeoneElse) as error:
        check(invoice, command, NOW)
    return str(error.value)


def test_without_a_policy_one_manager_approves() -> None:
    invoice = reviewable()
    assert execute(invoice, approve(invoice, by="amina", role=None)).status is Status.APPROVED


@pytest.mark.parametrize(
    ("finalizer", "approver"),
    [
        ("amina", "key:accounting (amina)"),
        ("key:accounting (amina)", "amina"),
        ("key:accounting (Amina)", "AMINA "),
        ("key:accounting (amina)", "key:portal (amina)"),
        ("key:accounting (amina)", "key:accounting (amina)"),
    ],
)
def test_a_person_and_their_keys_are_one_person(finalizer: str, approver: str) -> None:
    invoice = under_review(finalizer, four_eyes=True)
    assert "another person must approve it" in refused(invoice, approve(invoice, by=approver))


@pytest.mark.parametrize(
    ("finalizer", "approver"),
    [("key:accounting (amina)", "boss"), ("amina", "key:accounting (boss)"), ("amina", "key:amina (boss)")],
)
def test_the_key_of_another_person_is_a_second_person(finalizer: str, approver: str) -> None:
    invoice = under_review(finalizer, four_eyes=True)
    assert execute(invoice, approve(invoice, by=approver)).status is Status.APPROVED


def test_four_eyes_need_two_people() -> None:
    invoice = under_review(four_eyes=True)
    assert "amina finalised" in refused(invoice, approve(invoice, by="amina", role=Role.ADMIN))
    assert "another person" in refused(invoice, approve(invoice, by=" Amina"))
    approved = execute(invoice, approve(invoice))
    assert approved.approved is not None
    assert approved.approved.by == "boss"
    assert approved.journal[-1].details == {"role": "manager"}


def test_a_signal_without_a_name_is_not_a_second_person() -> None:
    invoice = under_review(four_eyes=True)
    assert "give yours in `by`" in refused(invoice, approve(invoice, by=OPERATOR))
    nameless = under_review(OPERATOR, four_eyes=True)
    assert "finalise it under their own name" in refused(nameless, approve(nameless))


def test_the_last_person_who_finalised_counts() -> None:
    invoice = under_review(four_eyes=True)
    again = execute(invoice, Decline(by="boss", reason="wrong hours"), Reopen(by="boss"), Finalize(by="boss"))
    again = numbered(again)
    assert "boss finalised" in refused(again, approve(again))
    assert execute(again, approve(again, by="amina")).status is Status.APPROVED


def test_above_the_amount_an_admin_must_approve() -> None:
    invoice = under_review(admin_above={"UZS": "14999999.99"})
    message = refused(invoice, approve(invoice))
    assert "15,000,000.00 UZS" in message
    assert "14,999,999.99 UZS an admin must approve" in message
    assert "manager" in message
    assert "does not state the role admin" in refused(invoice, approve(invoice, role=None))
    assert execute(invoice, approve(invoice, by="anna", role=Role.ADMIN)).status is Status.APPROVED


@pytest.mark.parametrize("admin_above", [{}, {"UZS": "15000000.00"}, {"USD": "1.00"}])
def test_up_to_the_amount_or_in_another_currency_a_manager_may_approve(admin_above: dict[str, str]) -> None:
    invoice = under_review(admin_above=admin_above)
    assert execute(invoice, approve(invoice)).status is Status.APPROVED


def test_both_rules_apply_together() -> None:
    invoice = under_review("anna", four_eyes=True, admin_above={"UZS": Decimal(1)})
    assert "anna finalised" in refused(invoice, approve(invoice, by="anna", role=Role.ADMIN))
    assert "an admin must approve" in refused(invoice, approve(invoice))


def test_another_digest_is_refused_before_the_policy_is_checked() -> None:
    invoice = under_review(four_eyes=True)
    with pytest.raises(StaleReview):
        check(invoice, Approve(by="amina", digest="0" * 64), NOW)


def test_each_person_sees_the_commands_that_they_may_give() -> None:
    invoice = under_review(four_eyes=True, admin_above={"UZS": Decimal(1)})
    assert APPROVE in allowed_for(invoice, "anna", Role.ADMIN)
    assert APPROVE not in allowed_for(invoice, "amina", Role.ADMIN)
    assert APPROVE not in allowed_for(invoice, "boss", Role.MANAGER)
    assert CommandName.DECLINE in allowed_for(invoice, "boss", Role.MANAGER)
    assert allowed_for(invoice, "vera", Role.VIEWER) == ()
    assert "| Approval | by an admin (above 1.00 UZS), by a person other than amina |" in current_details(invoice)
    assert "| Approval |" not in current_details(reviewable())


def test_the_policy_is_saved_with_the_draft() -> None:
    invoice = under_review(four_eyes=True, admin_above={"UZS": "10.50"})
    again = Invoice.model_validate_json(invoice.model_dump_json())
    assert again.content.issuer.review == invoice.content.issuer.review
    assert again.content.issuer.review.admin_above == {"UZS": Decimal("10.50")}
