"""The approval policy: four eyes, the amount limit, and the messages for refused approvers."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from models.access.roles import Role
from models.contracts.terms import ContractTerms
from models.invoice.commands import OPERATOR, Approve, Decline, Edit, Finalize, Regenerate, Reopen, Undo
from models.invoice.content.draft_request import ContractPeriod, DraftRequest
from models.invoice.current_details import current_details
from models.invoice.editing.new_draft import new_draft
from models.invoice.editing.prefill_edit import EditedPrefill
from models.invoice.effects import EffectName
from models.invoice.errors import NeedsSomeoneElse, StaleReview, StaleRevision
from models.invoice.event_handlers import apply_event
from models.invoice.events import Redrafted
from models.invoice.invoice import Invoice
from models.invoice.preconditions import allowed_for, check
from models.invoice.status import CommandName, Status
from tests.fixtures.invoices import (
    BASE,
    FEBRUARY,
    NOW,
    contract,
    drafted,
    edit,
    execute,
    new_invoice,
    newest,
    numbered,
    reviewable,
    terms,
    workdays,
)
from tests.fixtures.late_work import checked, take_in

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


ANY_MAKER = {"four_eyes": True, "any_maker": True}


def draft_under(**review: Any) -> Invoice:
    return new_invoice(drafted(contract(workdays(30)), agreed(**review)))


def edited_by(name: str, **review: Any) -> Invoice:
    invoice = draft_under(**review)
    return execute(invoice, edit(invoice, by=name, payment_days=30))


def undone_by(name: str, **review: Any) -> Invoice:
    invoice = edited_by("amina", **review)
    return execute(invoice, Undo(by=name, expected_revision=invoice.revision))


def taken_in_by(name: str, **review: Any) -> Invoice:
    found = drafted(contract(workdays(35)), agreed(**review))
    invoice = checked(draft_under(**review), found)
    return execute(invoice, take_in(invoice).model_copy(update={"by": name}))


def prefilled_by(name: str, **review: Any) -> Invoice:
    content = drafted(contract(workdays(30)), agreed(**review))
    request = DraftRequest(subject=ContractPeriod(application_key="APP-001", period=FEBRUARY), by=name)
    return new_draft(("invoice-1", "w"), request, content, EditedPrefill(total_amount=Decimal("14000000.00")), NOW)


@pytest.mark.parametrize("made_by", [edited_by, undone_by, taken_in_by, prefilled_by])
def test_whoever_changed_the_draft_may_not_approve_it(made_by: Callable[..., Invoice]) -> None:
    """The manager changes it, the editor finalises it, and the manager would approve their own work."""
    invoice = numbered(execute(made_by("boss", **ANY_MAKER), Finalize(by="eva")))
    assert "boss edited this invoice" in refused(invoice, approve(invoice, by=" Boss", role=Role.ADMIN))
    assert "eva finalised" in refused(invoice, approve(invoice, by="eva"))
    assert APPROVE not in allowed_for(invoice, "boss", Role.MANAGER)
    assert "by a person other than eva, " in current_details(invoice)
    assert execute(invoice, approve(invoice, by="anna")).status is Status.APPROVED


@pytest.mark.parametrize("made_by", [edited_by, undone_by, taken_in_by, prefilled_by])
def test_the_rule_of_the_finaliser_alone_stays_where_it_was_agreed(made_by: Callable[..., Invoice]) -> None:
    invoice = numbered(execute(made_by("boss", four_eyes=True), Finalize(by="eva")))
    assert execute(invoice, approve(invoice)).status is Status.APPROVED


def test_a_nameless_edit_leaves_no_second_person() -> None:
    invoice = numbered(execute(edited_by(OPERATOR, **ANY_MAKER), Finalize(by="eva")))
    assert "edited in the Web UI without a name" in refused(invoice, approve(invoice))


def test_makers_stay_after_a_reopen_and_end_with_new_content() -> None:
    invoice = numbered(execute(edited_by("boss", **ANY_MAKER), Finalize(by="eva")))
    again = execute(invoice, Decline(by="anna", reason="wrong hours"), Reopen(by="anna"), Finalize(by="eva"))
    again = numbered(again)
    assert "boss edited" in refused(again, approve(again))
    asked = execute(invoice, Decline(by="anna", reason="wrong hours"), Regenerate(by="boss"))
    assert asked.makers == ("boss",)  # the edits stay until the new content has arrived
    fresh = apply_event(asked, Redrafted(key=newest(asked, EffectName.REDRAFT).key, content=invoice.content), NOW)
    assert fresh.makers == ()
    fresh = numbered(execute(fresh, Finalize(by="eva")))
    assert execute(fresh, approve(fresh)).status is Status.APPROVED


def test_a_repeated_or_refused_edit_makes_nobody_a_maker() -> None:
    invoice = edited_by("amina", **ANY_MAKER)
    with pytest.raises(StaleRevision):
        execute(invoice, Edit(by="boss", expected_revision=1, payment_days=10))
    again = execute(invoice, edit(invoice, by="amina", payment_days=10))
    assert (invoice.makers, again.makers) == (("amina",), ("amina",))


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
