"""Delegations: whose commands somebody gives, four eyes that no delegation goes around, and both names in a trail."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from models.access.roles import Role
from models.audit.hash_chain import first_break
from models.invoice.commands import Approve, Decline, Edit, Finalize, RecordPayment, Void, WriteOff
from models.invoice.delegations.delegation import NewDelegation, check_delegation, reason_not_delegated
from models.invoice.errors import NeedsSomeoneElse
from models.invoice.invoice import Invoice
from models.invoice.payments.kinds import WriteOffKind
from models.invoice.preconditions import check
from models.invoice.status import CommandName
from models.settings.area import SettingRefused
from tests.fixtures.invoices import (
    NOW,
    contract,
    drafted,
    edit,
    execute,
    new_invoice,
    numbered,
    payment,
    sent,
    terms,
    workdays,
)

TODAY = date(2026, 3, 1)


def new(**changes: Any) -> NewDelegation:
    given = {"delegate": "lena", "commands": ["approve"], "valid_from": "2026-03-01", "valid_to": "2026-03-14"}
    return NewDelegation.model_validate(given | changes)


class TestMaking:
    def test_what_a_manager_delegates(self) -> None:
        made = new(commands=["void", "approve", "void"], reason="holiday")
        assert made.commands == (CommandName.APPROVE, CommandName.VOID)
        check_delegation(made, "marat", Role.MANAGER, TODAY)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"commands": []}, "commands"),
            ({"commands": ["approve", "pay"]}, "commands"),
            ({"delegate": "a b"}, "delegate"),
            ({"valid_to": "2026-02-28"}, "valid_to"),
            ({"valid_to": "2027-03-02"}, "valid_to"),  # the 367th day
            ({"valid_from": "tomorrow"}, "valid_from"),
            ({"reason": "x" * 501}, "reason"),
            ({"role": "admin"}, "role"),
        ],
    )
    def test_what_is_refused(self, changes: dict[str, Any], field: str) -> None:
        with pytest.raises(ValidationError) as error:
            new(**changes)
        [found] = error.value.errors()
        assert field in map(str, found["loc"]) or str(found["ctx"]["error"]).startswith(f"{field}:")

    @pytest.mark.parametrize(
        ("changes", "role", "field"),
        [
            ({"delegate": "Marat"}, Role.MANAGER, "delegate"),
            ({}, Role.EDITOR, "commands"),
            ({"commands": ["edit"]}, Role.VIEWER, "commands"),
            ({"valid_from": "2026-02-01", "valid_to": "2026-02-28"}, Role.MANAGER, "valid_to"),
        ],
    )
    def test_what_does_not_fit_the_delegator_or_the_day(self, changes: dict[str, Any], role: Role, field: str) -> None:
        with pytest.raises(SettingRefused) as error:
            check_delegation(new(**changes), "marat", role, TODAY)
        assert error.value.path == field

    def test_the_last_day_counts(self) -> None:
        check_delegation(new(), "marat", Role.MANAGER, date(2026, 3, 14))


@pytest.mark.parametrize(
    ("command", "role", "delegated", "allowed"),
    [
        (CommandName.APPROVE, Role.MANAGER, {"approve"}, True),
        (CommandName.APPROVE, Role.ADMIN, {"approve", "void"}, True),
        (CommandName.VOID, Role.ADMIN, {"approve"}, False),
        (CommandName.EDIT, Role.ADMIN, {"approve"}, False),
        # The delegator has another role than when they delegated.
        (CommandName.APPROVE, Role.EDITOR, {"approve"}, False),
        (CommandName.EDIT, Role.VIEWER, {"edit"}, False),
    ],
)
def test_only_the_delegated_commands_that_the_delegator_may_give(
    command: CommandName, role: Role, delegated: set[str], allowed: bool
) -> None:
    assert (reason_not_delegated(command, "anna", role, delegated) is None) == allowed


def under_review(policy: str | bool, finalizer: str, editor: str | None = None) -> Invoice:
    review = {"four_eyes": bool(policy), "any_maker": policy == "any_maker", "admin_above": {"UZS": "20000000.00"}}
    draft = new_invoice(
        drafted(contract(workdays(30)), terms(issuer={"party": {"name": "ProximaOps"}, "review": review}))
    )
    if editor:
        draft = execute(draft, edit(draft, by=editor, payment_days=30))
    return numbered(execute(draft, Finalize(by=finalizer)))


# four eyes, finalised by, edited by, approved by, in the name of, whether it is allowed
FOUR_EYES: list[tuple[str | bool, str, str | None, str, str | None, bool]] = [
    (False, "lena", None, "lena", "anna", True),
    ("finaliser", "amina", None, "lena", "anna", True),
    ("finaliser", "lena", None, "lena", "anna", False),  # the delegate has made it
    ("finaliser", "LENA", None, "lena", "anna", False),
    ("finaliser", "anna", None, "lena", "anna", False),  # the delegator has made it
    ("finaliser", "anna", None, "lena", "ANNA", False),
    ("finaliser", "key:erp (anna)", None, "lena", "anna", False),  # a key counts as its owner
    ("finaliser", "key:erp (lena)", None, "lena", "anna", False),
    ("finaliser", "amina", "lena", "lena", "anna", True),  # only who finalised it counts
    ("finaliser", "amina", "anna", "lena", "anna", True),
    ("any_maker", "amina", "lena", "lena", "anna", False),
    ("any_maker", "amina", "anna", "lena", "anna", False),
    ("any_maker", "amina", "boss", "lena", "anna", True),
    ("any_maker", "amina", "boss", "boss", "anna", False),
    ("any_maker", "amina", "boss", "anna", None, True),
]


@pytest.mark.parametrize(("policy", "finalizer", "editor", "by", "on_behalf_of", "allowed"), FOUR_EYES)
def test_no_delegation_goes_around_four_eyes(
    policy: str | bool, finalizer: str, editor: str | None, by: str, on_behalf_of: str | None, allowed: bool
) -> None:
    invoice = under_review(policy, finalizer, editor)
    command = Approve(by=by, role=Role.ADMIN, on_behalf_of=on_behalf_of, digest=invoice.digest or "")
    if allowed:
        check(invoice, command, NOW)
        return
    with pytest.raises(NeedsSomeoneElse, match="another person must approve it"):
        check(invoice, command, NOW)


def test_who_edits_in_somebodys_name_is_the_maker() -> None:
    """Four eyes look at the person who acts, when the draft is made as well."""
    draft = under_review("any_maker", "amina").model_copy()
    made = new_invoice(draft.content)
    edited = execute(made, edit(made, by="lena", on_behalf_of="amina", payment_days=30))
    assert edited.makers == ("lena",)


def test_the_audit_trail_names_both() -> None:
    invoice = under_review("finaliser", "amina")
    command = Approve(by="lena", role=Role.MANAGER, on_behalf_of="anna", digest=invoice.digest or "")
    approved = execute(invoice, command)
    event = approved.journal[-1]
    assert (event.action, event.by, event.details["on_behalf_of"]) == ("approve", "lena", "anna")
    assert event.details["role"] == "manager"
    assert first_break(approved.journal) is None
    assert approved.chain == event.hash
    assert "on_behalf_of" not in approved.journal[-2].details


@pytest.mark.parametrize(
    "command",
    [
        Decline(by="lena", on_behalf_of="anna", reason="wrong"),
        Void(by="lena", on_behalf_of="anna", reason="wrong client"),
    ],
    ids=["decline", "void"],
)
def test_so_does_every_other_command(command: Decline | Void) -> None:
    after = execute(under_review(False, "amina"), command)
    assert (after.journal[-1].by, after.journal[-1].details["on_behalf_of"]) == ("lena", "anna")
    assert first_break(after.journal) is None


def test_a_command_with_two_events_names_both_in_each() -> None:
    invoice = sent()
    paid = payment(invoice.total).model_copy(update={"by": "lena", "on_behalf_of": "anna"})
    assert isinstance(paid, RecordPayment)
    after = execute(invoice, paid)
    new_events = after.journal[len(invoice.journal) :]
    assert [(event.action, event.details["on_behalf_of"]) for event in new_events] == [
        ("accept", "anna"),
        ("record_payment", "anna"),
    ]
    assert first_break(after.journal) is None


def test_the_limit_of_the_delegators_role_applies() -> None:
    invoice = sent()
    command = WriteOff(by="lena", role=Role.MANAGER, on_behalf_of="marat", kind=WriteOffKind.FEE, reason="a fee")
    assert execute(invoice, command).write_offs[0].stamp.by == "lena"


def test_a_repeated_request_is_the_same_in_whosever_name() -> None:
    plain = Finalize(by="lena", idempotency_key="k")
    named = Finalize(by="lena", on_behalf_of="anna", idempotency_key="k")
    assert plain.request_fingerprint == named.request_fingerprint


def test_a_command_of_ones_own_has_no_field_for_it() -> None:
    """A worker of the release before forbids unknown fields, and runs beside a new API during a deployment."""
    assert "on_behalf_of" not in Edit(expected_revision=1).model_dump_json()
