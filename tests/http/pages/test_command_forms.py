"""The commands as forms: one for each, with the fields of the API's body, and with every answer that may come."""

from collections.abc import Callable

import pytest

from api.invoice import command_bodies
from api.pages.invoice.command_forms import FORMS
from api.pages.invoice.edit_fields import AMOUNTS, CUSTOMER, HEADER, TEXTS, TOGGLES
from models.access.roles import Role
from models.invoice.commands import COMMANDS, Approve, Discard, Finalize, Hold, RecordPayment
from models.invoice.invoice import Document, Invoice
from models.invoice.permissions import LEAST_ROLE
from models.invoice.status import CommandName, Status
from tests.http.callers import Rules, draft_of
from tests.http.pages.desk_visits import Visitor, changed
from workflows.client.errors import OutcomeUnknown, TemporalUnavailable

Visits = Callable[[Role], Visitor]
# Fields that no form has: warnings become boxes when they are asked for, the rest stands in no page yet.
FILLED_ELSEWHERE = {"confirmed_warnings"}
DOCUMENT = Document(sha256="0f" * 32, size=1, pages=1)


@pytest.fixture
async def draft(rules: Rules, key: str) -> Invoice:
    return await rules.put(draft_of(key))


async def in_review(rules: Rules, draft: Invoice, visitor: Visits) -> Invoice:
    await visitor(Role.EDITOR).post(f"/invoices/{draft.id}/commands/finalize", {"key": f"finalize {draft.id}"})
    finalised = rules.invoices[draft.workflow_id]
    digest = "ab" * 32
    return await rules.put(changed(finalised, status=Status.NEEDS_REVIEW, digest=digest, document=DOCUMENT))


async def sent(rules: Rules, draft: Invoice) -> Invoice:
    return await rules.put(changed(draft, status=Status.SENT))


def test_every_command_has_a_form() -> None:
    assert set(FORMS) == set(CommandName)
    assert {form.command for form in FORMS.values()} == set(COMMANDS)
    for form in FORMS.values():
        assert form.body is getattr(command_bodies, f"{form.command.__name__}Body")
        assert form.label
        assert form.busy.endswith("…")
        assert form.text.endswith(".")


@pytest.mark.parametrize("name", [name for name in CommandName if name is not CommandName.EDIT])
def test_a_form_has_the_fields_of_the_body(name: CommandName) -> None:
    form = FORMS[name]
    assert {field.name for field in form.fields} == set(form.body.model_fields) - FILLED_ELSEWHERE


def test_the_edit_form_has_the_fields_of_the_body() -> None:
    shown = {field.name.partition(".")[0] for field in (*HEADER, *AMOUNTS, *CUSTOMER, *TOGGLES, *TEXTS)}
    elsewhere = {"expected_revision", "note", "line_changes"}
    # The HTML override has an editor of its own.
    assert shown | elsewhere == set(command_bodies.EditBody.model_fields) - {"html_override"}


@pytest.mark.parametrize("name", [name for name in CommandName if name is not CommandName.EDIT])
async def test_a_form_opens_for_exactly_the_roles_of_the_table(
    rules: Rules, key: str, visitor: Visits, name: CommandName
) -> None:
    draft = await rules.put(draft_of(key))
    for role in Role:
        page = await visitor(role).get(f"/invoices/{draft.id}/commands/{name}")
        assert page.status == (200 if role.includes(LEAST_ROLE[name]) else 403)


async def test_a_command_is_given_once_and_said(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    editor, base = visitor(Role.EDITOR), f"/invoices/{draft.id}"
    form = await editor.get(f"{base}/commands/finalize")
    fields = form.fields()
    first = await editor.post(f"{base}/commands/finalize", fields)
    assert first.status == 303
    location = first.response.headers["Location"]
    assert location == f"{base}?done={rules.invoices[draft.workflow_id].revision}"
    again = await editor.post(f"{base}/commands/finalize", fields)
    assert (again.status, again.response.headers["Location"]) == (303, location)
    command, update_id = rules.sent[-1]
    assert isinstance(command, Finalize)
    assert (command.by, command.idempotency_key) == ("lena", f"finalize:{fields['key']}")
    assert {update_id} == {each for _, each in rules.sent}
    page = await editor.get(location)
    assert page.texts("[role=status].done")[0].startswith("Finalised · lena")


async def test_a_refusal_says_why_and_what_is_possible(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    manager = visitor(Role.MANAGER)
    fields = (await manager.get(f"/invoices/{draft.id}/commands/approve")).fields()
    page = await manager.post(f"/invoices/{draft.id}/commands/approve", {**fields, "digest": "cd" * 32})
    assert page.status == 409
    assert "approve is not possible in this status" in page.texts("[role=alert]")[0]
    assert f"/invoices/{draft.id}/commands/finalize" in page.links("[role=alert] a")
    assert rules.invoices[draft.workflow_id].status is Status.DRAFT
    assert page.fields()["key"] != fields["key"]


async def test_an_invalid_field_keeps_what_was_typed(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    open_invoice = await sent(rules, draft)
    editor, path = visitor(Role.EDITOR), f"/invoices/{open_invoice.id}/commands/record_payment"
    fields = (await editor.get(path)).fields()
    assert (fields["amount"], fields["paid_on"]) == ("15825000.00", "2026-03-01")
    page = await editor.post(path, {**fields, "amount": "12.345", "reference": "act 12"})
    assert page.status == 400
    assert "12.345 can mean 12.345 or 12345.00" in page.texts("[role=alert]")[0]
    assert page.all("#f-amount")[0].attributes["aria-invalid"] == "true"
    shown = page.fields()
    assert (shown["amount"], shown["reference"], shown["key"]) == ("12.345", "act 12", fields["key"])
    assert rules.sent == []


async def test_a_payment_is_typed_with_a_comma_and_gets_an_id(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    open_invoice = await sent(rules, draft)
    editor, path = visitor(Role.EDITOR), f"/invoices/{open_invoice.id}/commands/record_payment"
    fields = {**(await editor.get(path)).fields(), "amount": "1 500 000,50", "reference": "PO 7"}
    assert (await editor.post(path, fields)).status == 303
    assert (await editor.post(path, fields)).status == 303
    command, _ = rules.sent[0]
    assert isinstance(command, RecordPayment)
    assert (str(command.amount), command.payment_id) == ("1500000.50", "2026-03-01 PO 7")
    page = await editor.get(f"/invoices/{open_invoice.id}")
    # 15,825,000.00 - 1,500,000.50, once although the form was sent twice
    assert "14,324,999.50" in page.texts("#payments-title + .end")[0]


async def test_two_people_book_one_payment(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    """Both have the form open and type the same line of the bank statement; the second one names it otherwise."""
    open_invoice = await sent(rules, draft)
    lena, marat = visitor(Role.EDITOR), visitor(Role.MANAGER)
    path = f"/invoices/{open_invoice.id}/commands/record_payment"
    typed = {"amount": "1 000 000,00", "reference": "PO 7"}
    forms = [{**(await each.get(path)).fields(), **typed} for each in (lena, marat, marat)]
    assert (await lena.post(path, forms[0])).status == 303
    assert (await marat.post(path, forms[1])).status == 303
    page = await marat.post(path, {**forms[2], "reference": "act 12"})
    assert page.status == 409
    assert page.all("input[name=confirmed_warnings]"), "whoever looks at it may say that it is another payment"
    assert [str(each.amount) for each in rules.invoices[draft.workflow_id].payments] == ["1000000.00"]


async def test_two_people_decide_about_one_review(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    await in_review(rules, draft, visitor)
    marat, anna, base = visitor(Role.MANAGER), visitor(Role.ADMIN), f"/invoices/{draft.id}"
    approval = (await marat.get(f"{base}/commands/approve")).fields()
    decline = (await anna.get(f"{base}/commands/decline")).fields()
    assert (await marat.post(f"{base}/commands/approve", approval)).status == 303
    page = await anna.post(f"{base}/commands/decline", {**decline, "reason": "the sum is wrong"})
    assert page.status == 409
    assert "decline is not possible in this status" in page.texts("[role=alert]")[0]
    after = rules.invoices[draft.workflow_id]
    assert (after.status, after.declined) == (Status.APPROVED, None)


async def test_approval_names_the_digest_that_was_seen(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    reviewed = await in_review(rules, draft, visitor)
    manager, path = visitor(Role.MANAGER), f"/invoices/{draft.id}/commands/approve"
    fields = (await manager.get(path)).fields()
    assert fields["digest"] == reviewed.digest
    await rules.put(changed(reviewed, digest="ef" * 32))
    page = await manager.post(path, fields)
    assert page.status == 409
    assert "The document has changed" in page.text
    assert "abababababab" in page.text
    assert "efefefefefef" in page.text
    assert page.all("form[data-command-form]") == [], "nobody approves a document that they have not seen"


async def test_a_person_who_may_not_approve_reads_why(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    """Four eyes: the manager who finalised may not approve (docs/specification/lifecycle.md 6.2)."""
    await visitor(Role.MANAGER).post(f"/invoices/{draft.id}/commands/finalize", {"key": f"own {draft.id}"})
    finalised = rules.invoices[draft.workflow_id]
    review = finalised.content.issuer.review.model_copy(update={"four_eyes": True})
    issuer = finalised.content.issuer.model_copy(update={"review": review})
    content = finalised.content.model_copy(update={"issuer": issuer})
    await rules.put(
        changed(finalised, status=Status.NEEDS_REVIEW, digest="ab" * 32, content=content, document=DOCUMENT)
    )
    page = await visitor(Role.MANAGER).get(f"/invoices/{draft.id}")
    button = page.all("button[aria-describedby=why-approve]")[0]
    assert "disabled" in button.attributes
    assert "marat finalised this invoice; another person must approve it." in page.texts("#why-approve")[0]
    other = await visitor(Role.ADMIN).get(f"/invoices/{draft.id}")
    assert any(link.endswith("/commands/approve") for link in other.links("a[data-command]"))
    assert Approve.name is CommandName.APPROVE


async def test_an_unknown_outcome_is_asked_for_with_the_same_key(rules: Rules, draft: Invoice, visitor: Visits) -> None:
    manager, path = visitor(Role.MANAGER), f"/invoices/{draft.id}/commands/hold"
    fields = {**(await manager.get(path)).fields(), "reason": "the client asked for two weeks"}
    rules.failures.append(OutcomeUnknown("lost"))
    page = await manager.post(path, fields)
    assert page.status == 504
    assert "We do not know yet whether this was done" in page.text
    assert page.fields() == fields
    poll = page.all("[hx-trigger='every 2s']")[0].attributes["hx-get"] or ""
    waiting = await manager.get(poll)
    assert "every 2s" in waiting.response.text
    assert (await manager.post(path, page.fields())).status == 303
    assert len([each for each in rules.sent if isinstance(each[0], Hold)]) == 1
    done = await manager.get(poll)
    assert "It was done." in done.response.text
    assert "every 2s" not in done.response.text


async def test_without_temporal_reading_works_and_the_form_is_kept(
    rules: Rules, draft: Invoice, visitor: Visits
) -> None:
    editor, path = visitor(Role.EDITOR), f"/invoices/{draft.id}/commands/discard"
    fields = {**(await editor.get(path)).fields(), "reason": "made by mistake"}
    rules.failures.append(TemporalUnavailable("gone"))
    page = await editor.post(path, fields)
    assert page.status == 503
    assert "Reading works, changing does not" in page.text
    assert page.fields() == fields
    assert (await editor.get(f"/invoices/{draft.id}")).status == 200
    assert (await editor.post(path, page.fields())).status == 303
    assert isinstance(rules.sent[-1][0], Discard)


async def test_a_command_needs_the_key_of_its_form(draft: Invoice, visitor: Visits) -> None:
    page = await visitor(Role.EDITOR).post(f"/invoices/{draft.id}/commands/discard", {"reason": "no key"})
    assert page.status == 404


async def test_there_is_no_other_command(draft: Invoice, visitor: Visits) -> None:
    assert (await visitor(Role.ADMIN).get(f"/invoices/{draft.id}/commands/burn")).status == 404
