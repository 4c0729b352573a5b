"""The page of one invoice: what it shows, and what this person may do."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from api.reads import Reads
from models.access.roles import Role
from models.contracts.ports import LineWorklogs, LineWorklogsQuery
from models.invoice.effects import EffectName, EffectState, FailedAttempt
from models.invoice.invoice import Invoice
from models.invoice.status import CommandName
from tests.http.callers import NOW, Rules, draft_of, seed_contract
from tests.http.pages.desk_visits import Page, Visitor, changed

Visits = Callable[[Role], Visitor]


def offered(page: Page) -> set[str]:
    links = page.links("a[data-command], .head a[data-key=e]")
    return {link.partition("?")[0].rsplit("/", 1)[1] for link in links}


@pytest.fixture
async def draft(rules: Rules, key: str) -> Invoice:
    return await rules.put(draft_of(key))


@pytest.mark.parametrize(
    ("role", "names"),
    [
        (Role.VIEWER, set()),
        (Role.EDITOR, {"finalize", "edit", "regenerate", "check_facts", "discard"}),
        (Role.MANAGER, {"finalize", "edit", "regenerate", "check_facts", "discard", "hold"}),
    ],
)
async def test_only_what_the_person_may_do_is_offered(
    draft: Invoice, visitor: Visits, role: Role, names: set[str]
) -> None:
    page = await visitor(role).get(f"/invoices/{draft.id}")
    assert page.status == 200
    assert offered(page) == names


async def test_one_button_is_primary(draft: Invoice, visitor: Visits) -> None:
    page = await visitor(Role.EDITOR).get(f"/invoices/{draft.id}")
    assert page.texts("main .button.primary") == ["Finalise"]


async def test_it_shows_who_for_whom_and_how_much(draft: Invoice, visitor: Visits) -> None:
    page = await visitor(Role.VIEWER).get(f"/invoices/{draft.id}")
    assert "Acme Corp" in page.text
    # 15,000,000 for the month and 5.5 hours at 150,000 (docs/specification/pricing.md 4.8)
    assert "15,825,000.00 UZS" in page.texts(".summary")[0].replace("\xa0", " ")
    assert page.texts("tbody tr td:last-child")[:2] == ["15,000,000.00", "825,000.00"]
    assert "5.5" in page.texts("details.more-lines")[1]


async def test_the_timeline_has_the_events_and_says_that_the_chain_is_intact(draft: Invoice, visitor: Visits) -> None:
    page = await visitor(Role.VIEWER).get(f"/invoices/{draft.id}")
    assert page.texts("#timeline .card-head .pill") == ["chain intact"]
    assert page.texts(".timeline li strong") == ["Draft created"]
    edits = await visitor(Role.VIEWER).get(f"/invoices/{draft.id}?timeline=edits")
    assert edits.texts(".timeline li") == ["Nothing of this kind has happened."]


async def test_the_worklogs_behind_a_line_have_hours_as_the_language_writes_them(
    draft: Invoice, visitor: Visits, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = next(each for each in draft.content.lines if each.work.worklogs)
    worklogs = tuple(each for each in seed_contract(key).worklogs if each.worklog_id in line.work.worklogs)

    async def read(_: Reads, __: LineWorklogsQuery) -> LineWorklogs:
        return LineWorklogs(worklogs=worklogs)

    monkeypatch.setattr(Reads, "line_worklogs", read)
    reader = visitor(Role.VIEWER)
    address = f"/invoices/{draft.id}/lines/{line.id}"
    english = (await reader.get(address)).texts("tbody td.at-2")
    assert english == [f"{each.seconds / 3600:.2f}" for each in worklogs]
    russian = (await reader.speaking("ru").get(address)).texts("tbody td.at-2")
    assert russian == [each.replace(".", ",") for each in english]


async def test_an_unknown_invoice_is_a_page(visitor: Visits) -> None:
    page = await visitor(Role.VIEWER).get("/invoices/nothing")
    assert page.status == 404
    assert "There is no invoice nothing." in page.text


async def test_a_failing_effect_shows_the_answer_of_the_vendor_and_polls(
    rules: Rules, draft: Invoice, visitor: Visits
) -> None:
    editor, manager = visitor(Role.EDITOR), visitor(Role.MANAGER)
    base = f"/invoices/{draft.id}"
    await editor.post(f"{base}/commands/finalize", {"key": "f1"})
    finalised = rules.invoices[draft.workflow_id]
    effect = finalised.effects[0]
    rules.attempts[effect.name] = FailedAttempt(
        activity="number", attempt=3, error="no series is set", next_try_at=NOW + timedelta(minutes=1)
    )
    part = await manager.get(f"{base}/integrations")
    section = part.all("#integrations")[0]
    assert section.attributes["hx-trigger"] == "every 3s"
    text = " ".join(section.text(separator=" ").split())
    assert "3 attempts failed" in text
    assert "no series is set" in text
    assert "11:01" in text  # 06:01 UTC in Tashkent


async def test_a_blocked_effect_can_be_retried_and_resolved_by_a_manager(
    rules: Rules, draft: Invoice, visitor: Visits
) -> None:
    await visitor(Role.EDITOR).post(f"/invoices/{draft.id}/commands/finalize", {"key": "f2"})
    finalised = rules.invoices[draft.workflow_id]
    blocked = finalised.effects[0].model_copy(update={"state": EffectState.FAILED, "error": "contractor not found"})
    await rules.put(changed(finalised, effects=(blocked, *finalised.effects[1:])))
    page = await visitor(Role.MANAGER).get(f"/invoices/{draft.id}")
    assert {"retry_effect", "resolve_effect"} <= offered(page)
    link = next(link for link in page.links("#integrations a[data-command]") if "retry" in link)
    form = await visitor(Role.MANAGER).get(link)
    assert form.fields()["effect_id"] == blocked.key
    seen = await visitor(Role.EDITOR).get(f"/invoices/{draft.id}")
    assert "A manager can retry or resolve this." in seen.text
    assert EffectName.NUMBER is blocked.name


async def test_no_pdf_before_the_draft_is_finalised(draft: Invoice, visitor: Visits) -> None:
    page = await visitor(Role.VIEWER).get(f"/invoices/{draft.id}/pdf")
    assert page.status == 404
    assert (await visitor(Role.VIEWER).get(f"/invoices/{draft.id}")).links("a[data-key=p]") == []


async def test_the_preview_runs_nothing_and_loads_the_desks_fonts_only(draft: Invoice, visitor: Visits) -> None:
    answer = (await visitor(Role.VIEWER).get(f"/invoices/{draft.id}/preview")).response
    policy = answer.headers["Content-Security-Policy"]
    assert policy.split("; ")[-1] == "sandbox allow-same-origin"
    assert policy.startswith("default-src 'none'; ")
    assert "font-src 'self' data:" in policy
    assert "SourceSansPro" not in answer.text
    assert "/assets/source-sans-400-" in answer.text


@pytest.mark.parametrize("name", list(CommandName))
async def test_a_viewer_may_open_no_form(draft: Invoice, visitor: Visits, name: CommandName) -> None:
    path = f"/invoices/{draft.id}/" + ("edit" if name is CommandName.EDIT else f"commands/{name}")
    page = await visitor(Role.VIEWER).get(path)
    assert page.status == 403
    assert "needs the role" in page.text
