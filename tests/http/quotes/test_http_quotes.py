"""Quotes over HTTP: drafts, commands, lists, versions and roles (docs/specification/quotes.md 4)."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from api.quotes import bodies
from models.access.roles import Role
from models.quotes.quote.commands import QUOTE_COMMANDS, OpenQuote, QuoteCommand
from models.quotes.quote.errors import restore_quote_command
from models.values.base_models import Strict
from tests.http.callers import Caller, data_of, error_of
from tests.http.quotes.calculations import calculation, deal
from tests.http.quotes.sent_quotes import QuoteRules, line, quote_body
from workflows.client import quotes
from workflows.client.errors import WorkflowClosed

pytestmark = pytest.mark.usefixtures("quote_rules")

BODIES: dict[str, type[Strict]] = {
    "edit": bodies.EditQuoteBody,
    "send": bodies.SendQuoteBody,
    "revise": bodies.ReviseQuoteBody,
    "accept": bodies.AcceptQuoteBody,
    "decline": bodies.DeclineQuoteBody,
    "withdraw": bodies.WithdrawQuoteBody,
    "renew_link": bodies.RenewLinkBody,
    "revoke_link": bodies.RevokeLinkBody,
    "convert": bodies.ConvertQuoteBody,
    "retry_effect": bodies.RetryQuoteEffectBody,
    "resolve_effect": bodies.ResolveQuoteEffectBody,
}
SET_BY_THE_API = {"by", "role", "idempotency_key"}


async def made(caller: Caller, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = data_of(await caller.post("/quotes", quote_body(**changes)), 201)
    return found


async def sent(caller: Caller, **changes: Any) -> dict[str, Any]:
    quote = await made(caller, **changes)
    body = {"expected_revision": quote["revision"]}
    found: dict[str, Any] = data_of(await caller.post(f"/quotes/{quote['id']}/send", body))
    return found


@pytest.mark.parametrize("command", [each for each in QUOTE_COMMANDS if each is not OpenQuote])
def test_each_body_has_the_fields_of_its_command(command: type[QuoteCommand]) -> None:
    """The link belongs to the client, whose token names it, and the deal to the lines of a calculation."""
    own = {"accept": {"link"}, "decline": {"link"}, "edit": {"deal"}}.get(command.name, set())
    assert set(BODIES[command.name].model_fields) == set(command.model_fields) - SET_BY_THE_API - own


async def test_a_draft_shows_its_content_and_what_may_be_done(manager: Caller) -> None:
    quote = await made(manager, lines=[line(), line("Training", "250.00", optional=True)])
    assert (quote["status"], quote["number"], quote["revision"]) == ("draft", None, 1)
    assert quote["content"]["totals"]["total_amount"] == "1000.00"
    assert quote["content"]["totals"]["optional_amount"] == "250.00"
    assert [each["id"] for each in quote["content"]["lines"]] == ["L1", "L2"]
    assert quote["content"]["valid_until"] == "2026-03-31"  # 30 days after 1 March
    assert quote["allowed_commands"] == ["edit", "send", "withdraw"]


async def test_a_repeated_request_makes_one_quote(manager: Caller) -> None:
    headers = {"Idempotency-Key": uuid4().hex}
    first = data_of(await manager.post("/quotes", quote_body(), headers=headers), 201)
    assert data_of(await manager.post("/quotes", quote_body(), headers=headers), 201)["id"] == first["id"]
    other = await manager.post("/quotes", quote_body(title="Another"), headers=headers)
    assert error_of(other, 409, "CONFLICT")["details"]["reason"] == "KeyReused"


@pytest.mark.parametrize(("changes", "path"), [
    ({"customer": None}, "customer"),
    ({"lines": [line(price="1000.005")]}, "lines.0.unit_price"),
    ({"lines": [{"kind": "kept", "id": "L1"}]}, "lines.0.id"),
    ({"lines": [line(price="1,500")]}, "lines.0.unit_price"),
    ({"recipients": ["nobody"]}, "recipients.0"),
    ({"language": "uz"}, "language"),
    ({"margin": "5"}, "margin"),
])  # fmt: skip
async def test_a_bad_field_is_named(manager: Caller, changes: dict[str, Any], path: str) -> None:
    response = await manager.post("/quotes", quote_body(**changes))
    assert error_of(response, 400, "VALIDATION_ERROR")["details"][0]["path"] == path


async def test_an_edit_replaces_lines_and_keeps_those_that_are_named(manager: Caller) -> None:
    quote = await made(manager)
    lines = [{"kind": "kept", "id": "L1", "details": "with workshops"}, line("Test", "300.00")]
    body = {"expected_revision": 1, "lines": lines, "contact": "Ms Weber"}
    edited = data_of(await manager.patch(f"/quotes/{quote['id']}", body))
    assert [(each["id"], each["details"], each["total"]) for each in edited["content"]["lines"]] == [
        ("L1", "with workshops", "1000.00"),
        ("L2", "", "300.00"),
    ]
    stale = await manager.patch(f"/quotes/{quote['id']}", body)
    assert error_of(stale, 409, "CONFLICT")["details"]["reason"] == "StaleRevision"


async def test_a_discount_of_the_whole_quote_is_given_explained_and_taken_away(manager: Caller) -> None:
    """10 % of 1,000.00 and 300.00 are 130.00: 100.00 and 30.00."""
    discount = {"percent": "10", "label": "Long-standing client"}
    quote = await made(manager, lines=[line(), line("Test", "300.00")], discount=discount)
    content = quote["content"]
    assert content["discount"] == {
        "label": "Long-standing client", "percent": "10.00", "base": "1300.00", "amount": "130.00",
        "formula": "1300.00 × 10 % = 130.00",
        "shares": [
            {"line_id": "L1", "share": "100.00", "charged": "900.00"},
            {"line_id": "L2", "share": "30.00", "charged": "270.00"},
        ],
    }  # fmt: skip
    assert (content["totals"]["quote_discount"], content["totals"]["total_amount"]) == ("130.00", "1170.00")
    address = f"/quotes/{quote['id']}"
    changed = {"expected_revision": 1, "discount": {"amount": "1300.01", "label": "Too much"}}
    refused = error_of(await manager.patch(address, changed), 400, "VALIDATION_ERROR")
    assert refused["details"][0]["path"] == "discount.amount"
    gone = data_of(await manager.patch(address, {"expected_revision": 1, "remove_discount": True}))
    assert (gone["content"]["discount"], gone["content"]["totals"]["total_amount"]) == (None, "1300.00")


async def test_a_sent_quote_has_a_number_a_version_a_link_and_its_pdf(manager: Caller, viewer: Caller) -> None:
    quote = await sent(manager)
    assert quote["status"] == "sent"
    [version], [link] = quote["versions"], quote["links"]
    assert link["url"].startswith("http://api/q/")
    pdf = await viewer.get(f"/quotes/{quote['id']}/versions/1/pdf")
    assert pdf.headers["ETag"] == f'"{version["document_sha256"]}"'
    assert pdf.headers["Content-Disposition"] == f'inline; filename="Quote_{quote["number"]}.pdf"'
    again = await viewer.get(f"/quotes/{quote['id']}/versions/1/pdf", headers={"If-None-Match": pdf.headers["ETag"]})
    assert again.status_code == 304
    assert data_of(await viewer.get(f"/quotes/{quote['id']}/versions/1"))["title"] == "Migration to the cloud"
    error_of(await viewer.get(f"/quotes/{quote['id']}/versions/2"), 404, "NOT_FOUND")


async def test_a_viewer_sees_no_address_of_a_link(manager: Caller, viewer: Caller, editor: Caller) -> None:
    quote = await sent(manager)
    seen = {name: data_of(await who.get(f"/quotes/{quote['id']}"))["links"][0]["url"] for name, who in
            {"viewer": viewer, "editor": editor}.items()}  # fmt: skip
    assert seen["viewer"] is None
    assert seen["editor"] is not None


async def test_a_version_keeps_what_was_sent(manager: Caller) -> None:
    quote = await sent(manager)
    path = f"/quotes/{quote['id']}"
    data_of(await manager.post(f"{path}/revise", {}))
    revision = data_of(await manager.get(path))["revision"]
    data_of(await manager.patch(path, {"expected_revision": revision, "title": "Another title"}))
    resent = data_of(await manager.post(f"{path}/send", {"expected_revision": revision + 1}))
    assert [each["version"] for each in resent["versions"]] == [1, 2]
    assert resent["number"] == quote["number"]
    titles = [data_of(await manager.get(f"{path}/versions/{n}"))["title"] for n in (1, 2)]
    assert titles == ["Migration to the cloud", "Another title"]
    old = await manager.post(f"{path}/accept", {"version": 1, "accepted_by": "Olga Weber", "position": "Director"})
    assert error_of(old, 409, "CONFLICT")["details"]["reason"] == "OldVersion"


async def test_an_acceptance_by_paper_is_recorded_and_the_chain_is_whole(manager: Caller) -> None:
    quote = await sent(manager)
    body = {"version": 1, "accepted_by": "Olga Weber", "position": "Director", "order_number": "PO-77"}
    accepted = data_of(await manager.post(f"/quotes/{quote['id']}/accept", body))
    assert (accepted["status"], accepted["accepted"]["recorded_by"]) == ("accepted", "marat")
    trail = data_of(await manager.get(f"/quotes/{quote['id']}/events"))
    assert trail["chain_intact"] is True
    assert [each["action"] for each in trail["events"]] == ["create", "send", "number", "sent", "accept"]


@pytest.mark.parametrize(("role", "command", "status"), [
    (Role.VIEWER, "send", 403), (Role.EDITOR, "send", 403), (Role.MANAGER, "send", 200),
    (Role.VIEWER, "revise", 403), (Role.EDITOR, "accept", 403), (Role.EDITOR, "withdraw", 403),
    (Role.EDITOR, "convert", 403), (Role.VIEWER, "renew-link", 403), (Role.EDITOR, "retry-effect", 403),
])  # fmt: skip
async def test_each_command_needs_its_role(
    caller: Callable[[Role], Caller], editor: Caller, role: Role, command: str, status: int
) -> None:
    quote = await made(editor)
    bodies_by_name = {
        "send": {"expected_revision": 1},
        "accept": {"version": 1, "accepted_by": "Olga", "position": "Director"},
        "withdraw": {"reason": "wrong client"},
        "convert": {"application_key": "APP-1", "valid_from": "2026-04-01"},
        "retry-effect": {"effect_id": "x"},
    }
    response = await caller(role).post(f"/quotes/{quote['id']}/{command}", bodies_by_name.get(command, {}))
    assert response.status_code == status
    error_of(await caller(Role.VIEWER).post("/quotes", quote_body()), 403, "FORBIDDEN")


async def test_the_list_is_filtered_summed_and_paged(manager: Caller, viewer: Caller, key: str) -> None:
    made_ids = [(await made(manager, title=f"{key} {n}"))["id"] for n in range(3)]
    one = await sent(manager, title=f"{key} sent")
    ids = [one["id"], *reversed(made_ids)]
    found: list[str] = []
    cursor: str | None = None
    while True:
        query = f"/quotes?search={key}&per_page=2" + (f"&cursor={cursor}" if cursor else "")
        page = await viewer.get(query)
        assert page.status_code == 200, page.text
        found += [each["id"] for each in page.json()["data"]]
        if (cursor := page.json()["next_cursor"]) is None:
            break
    assert sorted(found) == sorted(ids)
    sums = data_of(await viewer.get(f"/quotes/sums?search={key}"))
    assert [(each["status"], each["quotes"], each["total_amount"]) for each in sums] == [
        ("draft", 3, "3000.00"),
        ("sent", 1, "1000.00"),
    ]
    by_status = await viewer.get(f"/quotes?search={key}&status=sent&status=viewed")
    assert [each["id"] for each in by_status.json()["data"]] == [one["id"]]
    by_number = await viewer.get(f"/quotes?search={one['number']}")
    assert [each["id"] for each in by_number.json()["data"]] == [one["id"]]
    foreign = await viewer.get(f"/quotes?search=other&cursor={found[0]}")
    assert error_of(foreign, 400, "VALIDATION_ERROR")["details"][0]["path"] == "cursor"


async def test_lines_come_from_a_calculation_without_its_costs(manager: Caller, viewer: Caller, key: str) -> None:
    """100 hours × 90.00, each month of the term; the cost rate is 2,400.00 for 128 hours."""
    rate = {"kind": "role", "code": key, "currency": "USD", "gross": "7654.32", "hours_per_month": "160",
            "utilisation_percent": "80", "valid_from": "2026-01-01"}  # fmt: skip
    data_of(await manager.post("/settings/cost-rates", rate), 201)
    saved = data_of(await manager.post("/calculations", {"name": key} | calculation(deal(key))), 201)
    lines = [{"kind": "calculation", "calculation_id": saved["id"]}, line("Onboarding", "500.00")]
    quote = await sent(manager, lines=lines)
    assert quote["content"]["deal"]["hourly_rate"] == "90.00"
    [first, second] = quote["content"]["lines"]
    assert (first["source"]["rule"], first["amount"], second["source"]) == ("HR.task", "9000.00", None)
    for path in ("", "/events", "/versions/1", "/preview-html"):
        for who in (viewer, manager):
            text = (await who.get(f"/quotes/{quote['id']}{path}")).text
            assert "7654" not in text, path
            assert key not in text, path


async def test_a_calculation_in_another_currency_is_refused(manager: Caller, key: str) -> None:
    missing = await manager.post("/quotes", quote_body(lines=[{"kind": "calculation", "calculation_id": "0" * 32}]))
    error_of(missing, 404, "NOT_FOUND")
    body = {"name": key} | calculation(deal(key, team=[], currency="EUR"))
    saved = data_of(await manager.post("/calculations", body), 201)
    lines = [{"kind": "calculation", "calculation_id": saved["id"]}]
    response = await manager.post("/quotes", quote_body(lines=lines))
    assert error_of(response, 400, "VALIDATION_ERROR")["details"][0]["path"] == "currency"


async def test_the_preview_is_a_page_without_scripts(manager: Caller) -> None:
    quote = await made(manager, title="<script>alert(1)</script>")
    page = await manager.get(f"/quotes/{quote['id']}/preview-html")
    assert "sandbox" in page.headers["Content-Security-Policy"]
    assert "<script>" not in page.text
    assert "Draft" in page.text


async def test_a_quote_that_is_not_there(manager: Caller) -> None:
    error_of(await manager.get(f"/quotes/{uuid4()}"), 404, "NOT_FOUND")
    error_of(await manager.get("/quotes/nothing"), 400, "VALIDATION_ERROR")
    error_of(await manager.post(f"/quotes/{uuid4()}/revise", {}), 404, "NOT_FOUND")


async def test_the_issuer_must_be_there(manager: Caller, quote_rules: QuoteRules) -> None:
    async with quote_rules.engine.begin() as connection:
        await connection.execute(text("DELETE FROM issuer_settings"))
    response = await manager.post("/quotes", quote_body())
    assert "not configured" in error_of(response, 400, "VALIDATION_ERROR")["message"]


@pytest.mark.parametrize(("ends", "reason"), [(False, "WorkflowGone"), (True, "Refused")])
async def test_a_quote_whose_workflow_is_gone_names_the_command_that_continues_it(
    manager: Caller, quote_rules: QuoteRules, monkeypatch: pytest.MonkeyPatch, ends: bool, reason: str
) -> None:
    """A withdrawn quote has no workflow, and needs none."""
    quote = await made(manager)
    if ends:
        data_of(await manager.post(f"/quotes/{quote['id']}/withdraw", {"reason": "sold out"}))

    async def send_command(*_: Any, **__: Any) -> None:
        raise WorkflowClosed("quote")

    monkeypatch.setattr(quotes, "send_command", send_command)
    refused = error_of(await manager.post(f"/quotes/{quote['id']}/renew-link", {}), 409, "CONFLICT")
    assert refused["details"]["reason"] == reason
    assert (restore_quote_command(quote["id"]) in refused["message"]) is not ends
