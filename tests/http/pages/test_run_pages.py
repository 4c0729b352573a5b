"""The pages of billing runs: the newest ones, the rows of one, its progress, and another start."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert

from api.deps import AppState
from models.access.roles import Role
from models.billing.billing_run import Cancellation, ContractResult, Invoiced, MonthlyReport
from models.invoice.status import Status
from models.values.period import Period
from tests.http.callers import NOW, Rules
from tests.http.pages.desk_visits import Visitor
from tests.http.registry.registry_rows import INVOICES, row
from workflows.client.billing_runs import Run, RunState
from workflows.client.errors import TemporalUnavailable

Visits = Callable[[Role], Visitor]
FEBRUARY = Period.month(2026, 2)
RUN = "monthly-drafts.2026-02"


def results(created: int = 2, refused: int = 1) -> tuple[ContractResult, ...]:
    drafts = [
        Invoiced(application_key=f"APP-{n:03}", invoice_id=f"id-{n}", workflow_id=f"w-{n}", status=Status.DRAFT)
        for n in range(1, created + 1)
    ]
    refusals = [
        ContractResult.refused(f"APP-9{n:02}", "CustomerNotFound", f"The customer of APP-9{n:02} is not in ClickHouse.")
        for n in range(refused)
    ]
    there = Invoiced(
        application_key="APP-500", invoice_id="id-500", workflow_id="w-500", status=Status.SENT, number="ACT-7"
    )
    return (*map(ContractResult.created, drafts), *refusals, ContractResult.already_there(there))


def run(state: RunState = RunState.COMPLETED, remaining: int = 0, run_id: str = RUN, **counts: int) -> Run:
    report = MonthlyReport(label="2026-02", period=FEBRUARY, results=results(**counts), remaining=remaining)
    ended = None if state is RunState.RUNNING else NOW
    return Run(run_id, state, report, started_at=NOW - timedelta(minutes=2), ended_at=ended)


async def test_an_empty_list_explains_itself(visitor: Visits, rules: Rules) -> None:
    del rules
    page = await visitor(Role.VIEWER).get("/runs")
    assert "There are no runs yet" in page.text
    assert page.all("form[action='/runs']") == []


async def test_the_newest_runs(visitor: Visits, rules: Rules) -> None:
    rules.runs = [run(), run(run_id="monthly-drafts-2026-03-01T01:00:00Z", refused=0)]
    page = await visitor(Role.EDITOR).get("/runs")
    assert page.links("table.runs a") == [f"/runs/{RUN}", "/runs/monthly-drafts-2026-03-01T01%3A00%3A00Z"]
    row = page.texts("table.runs tbody tr")[0]
    for part in ("Feb 2026", "completed", "created 2", "was there already 1", "no draft 1"):
        assert part in row
    assert page.all("#runs[hx-trigger]") == []
    assert page.fields("form[action='/runs']")["period"] == "2026-02"


async def test_the_list_asks_again_while_a_run_works(visitor: Visits, rules: Rules) -> None:
    rules.runs = [run(RunState.RUNNING, remaining=8)]
    page = await visitor(Role.VIEWER).get("/runs")
    assert page.all("#runs[hx-trigger='every 3s']")
    assert "8 to go" in page.text


async def test_the_rows_that_need_somebody_come_first(visitor: Visits, rules: Rules) -> None:
    rules.runs = [run()]
    page = await visitor(Role.EDITOR).get(f"/runs/{RUN}")
    assert page.texts("#run tbody tr td:first-child") == ["APP-900", "APP-001", "APP-002", "APP-500"]
    assert "The customer of APP-900 is not in ClickHouse." in page.texts("#run tbody tr")[0]
    assert page.links("#run tbody td:nth-child(3) a") == ["/invoices/id-1", "/invoices/id-2", "/invoices/id-500"]
    only = await visitor(Role.VIEWER).get(f"/runs/{RUN}?outcome=already_there")
    assert only.texts("#run tbody tr td:first-child") == ["APP-500"]
    assert only.texts(".tabs [aria-current]") == ["was there already 1"]


async def test_an_invoice_is_shown_as_it_is_now(visitor: Visits, rules: Rules, state: AppState) -> None:
    rules.runs = [run()]
    fields = {"id": "id-1", "status": "closed", "number": "ACT-41", "application_name": "Fleet tracking"}
    stored = row(1, random.Random(1), kind="service", **fields)  # noqa: S311 (no secret)
    async with state.engines.settings.begin() as connection:
        await connection.execute(insert(INVOICES), [stored])
    try:
        page = await visitor(Role.VIEWER).get(f"/runs/{RUN}?outcome=created")
    finally:
        async with state.engines.settings.begin() as connection:
            await connection.execute(delete(INVOICES).where(INVOICES.c.id == "id-1"))
    assert page.texts("#run tbody td:nth-child(3)") == ["ACT-41 Closed", "no number Draft"]
    assert page.texts("#run tbody td:first-child a") == ["Fleet tracking", "APP-002"]


async def test_the_progress_of_a_run(visitor: Visits, rules: Rules) -> None:
    rules.runs = [run(RunState.RUNNING, remaining=6)]
    page = await visitor(Role.EDITOR).get(f"/runs/{RUN}")
    assert page.all("#run[hx-trigger='every 2s']")
    progress = page.all("progress")[0].attributes
    assert [progress["value"], progress["max"]] == ["4", "10"]
    assert page.all("form[action$='/again']") == []


async def test_many_rows_have_pages(visitor: Visits, rules: Rules) -> None:
    rules.runs = [run(created=205)]
    first = await visitor(Role.VIEWER).get(f"/runs/{RUN}?outcome=created")
    assert len(first.all("#run tbody tr")) == 100
    last = await visitor(Role.VIEWER).get(f"/runs/{RUN}?outcome=created&page=3")
    assert len(last.all("#run tbody tr")) == 5
    assert last.links("a[rel=prev]") == [f"/runs/{RUN}?outcome=created&page=2"]
    assert last.links("a[rel=next]") == []


async def test_a_run_is_started_and_shown(visitor: Visits, rules: Rules) -> None:
    page = await visitor(Role.EDITOR).post("/runs", {"period": "2026-02", "key": "k"})
    assert [page.status, page.response.headers["Location"]] == [303, f"/runs/{RUN}"]
    [start] = rules.started
    assert (start.period, start.by, start.application_keys) == (FEBRUARY, "lena", None)
    wrong = await visitor(Role.EDITOR).post("/runs", {"period": "2026-13"})
    refused = await visitor(Role.EDITOR).get(wrong.response.headers["Location"])
    assert refused.status == 400
    assert "must be a month such as 2026-02" in refused.text


async def test_again_for_those_without_a_draft(visitor: Visits, rules: Rules) -> None:
    rules.runs = [run(refused=2)]
    editor = visitor(Role.EDITOR)
    assert (await editor.get(f"/runs/{RUN}")).all("form[action$='/again']")
    page = await editor.post(f"/runs/{RUN}/again", {})
    assert page.status == 303
    assert rules.started[-1].application_keys == ("APP-900", "APP-901")
    rules.runs = [run(refused=0)]
    assert (await editor.get(f"/runs/{RUN}")).all("form[action$='/again']") == []
    assert (await editor.post(f"/runs/{RUN}/again", {})).status == 404


async def test_the_rest_of_a_run_is_cancelled_after_a_question(visitor: Visits, rules: Rules) -> None:
    rules.runs = [run(RunState.RUNNING, remaining=6)]
    editor = visitor(Role.EDITOR)
    [link] = (await editor.get(f"/runs/{RUN}")).links("#run a[data-command]")
    form = await editor.get(link)
    assert "February 2026" in form.text
    assert rules.cancelled == []
    done = await editor.post(link, form.fields())
    assert [done.status, done.response.headers["Location"]] == [303, f"/runs/{RUN}"]
    assert rules.cancelled == [(RUN, "lena")]


async def test_a_run_says_who_cancelled_it_and_which_contracts_it_has_not_reached(
    visitor: Visits, rules: Rules
) -> None:
    """Four results of before, and one contract that was not reached."""
    found = run()
    cancellation = Cancellation(by="amina", at=NOW)
    report = found.report.with_results(ContractResult.cancelled("APP-700", "amina"))
    rules.runs = [replace(found, report=report.model_copy(update={"cancellation": cancellation}))]
    editor = visitor(Role.EDITOR)
    page = await editor.get(f"/runs/{RUN}")
    assert "amina cancelled the rest of this run." in page.texts("#run .panel.warning")[0]
    assert page.texts("#run tbody tr td:first-child") == ["APP-900", "APP-700", "APP-001", "APP-002", "APP-500"]
    assert page.links("#run a[data-command]") == []
    assert (await editor.post(f"/runs/{RUN}/again", {})).status == 303
    assert rules.started[-1].application_keys == ("APP-700", "APP-900")


async def test_a_run_that_has_ended_is_not_cancelled(visitor: Visits, rules: Rules) -> None:
    rules.runs = [run()]
    editor = visitor(Role.EDITOR)
    assert (await editor.get(f"/runs/{RUN}")).links("#run a[data-command]") == []
    refused = await editor.post(f"/runs/{RUN}/cancel", {"key": "k"})
    assert refused.status == 409
    assert "The run has ended, so nothing is left to cancel." in refused.text
    assert rules.cancelled == []


async def test_a_viewer_cancels_nothing(visitor: Visits, rules: Rules) -> None:
    rules.runs = [run(RunState.RUNNING, remaining=6)]
    viewer = visitor(Role.VIEWER)
    assert (await viewer.get(f"/runs/{RUN}")).links("#run a[data-command]") == []
    assert (await viewer.get(f"/runs/{RUN}/cancel")).status == 403
    assert (await viewer.post(f"/runs/{RUN}/cancel", {"key": "k"})).status == 403
    assert rules.cancelled == []


async def test_a_viewer_starts_nothing(visitor: Visits, rules: Rules) -> None:
    rules.runs = [run()]
    viewer = visitor(Role.VIEWER)
    assert (await viewer.get(f"/runs/{RUN}")).all("form[action$='/again']") == []
    for path in ("/runs", f"/runs/{RUN}/again"):
        assert (await viewer.post(path, {"period": "2026-02"})).status == 403
    assert rules.started == []


@pytest.mark.parametrize("run_id", ["monthly-drafts.1999-01", "x"])
async def test_an_unknown_run(visitor: Visits, rules: Rules, run_id: str) -> None:
    del rules
    assert (await visitor(Role.VIEWER).get(f"/runs/{run_id}")).status == 404


async def test_without_temporal(visitor: Visits, rules: Rules) -> None:
    rules.failures += [TemporalUnavailable("connection refused")] * 2
    page = await visitor(Role.VIEWER).get("/runs")
    assert page.status == 503
    assert "The runs cannot be shown now" in page.text
    assert page.all("#runs[hx-trigger='every 10s']")
    part = await visitor(Role.VIEWER).get("/runs/last")
    assert part.status == 200  # a part of the first page, which works
    assert "Temporal does not answer" in part.response.text


async def test_the_last_runs_of_the_first_page(visitor: Visits, rules: Rules) -> None:
    rules.runs = [run(run_id=f"monthly-drafts.2026-02.{n}") for n in range(5)]
    part = await visitor(Role.VIEWER).get("/runs/last")
    assert part.links(".last-runs a") == [f"/runs/monthly-drafts.2026-02.{n}" for n in range(3)]
    today = await visitor(Role.VIEWER).get("/")
    assert today.all("[hx-get='/runs/last'][hx-trigger=load]")
