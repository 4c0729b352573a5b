"""The generator: what was typed goes from step to step, nothing is stored before the last button, one draft is made."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from models.access.roles import Role
from models.contracts.contract import ContractRecords, DealType
from models.values.failure_codes import Failure
from tests.fixtures.invoices import contract, worklog
from tests.http.callers import Rules, draft_of, seed_contract
from tests.http.pages.desk_visits import Page, Visitor
from workflows.client.errors import OutcomeUnknown, RequestFailed, TemporalUnavailable

Visits = Callable[[Role], Visitor]
FORM = "form[data-generator]"


def address(key: str, step: int = 2, period: str = "2026-02", path: str = "/generate") -> str:
    return f"{path}?{urlencode({'application_key': key, 'period': period, 'step': step})}"


@pytest.fixture
def editor(visitor: Visits, rules: Rules) -> Visitor:
    del rules  # only so that it is there before a page is opened
    return visitor(Role.EDITOR)


async def edited(editor: Visitor, key: str, **changes: Any) -> Page:
    """Open the form, change the named fields, and go to the review."""
    fields = (await editor.get(address(key))).fields(FORM)
    return await editor.post(address(key, 3), {**fields, **{k.replace("__", "."): v for k, v in changes.items()}})


class TestSelection:
    async def test_contracts_lead_to_their_prefill(self, editor: Visitor) -> None:
        page = await editor.get("/generate?period=2026-02")
        assert page.links("table.choose a")[0] == "/generate?application_key=APP-001&period=2026-02&step=2"
        assert page.fields("form[action='/runs']")["period"] == "2026-02"
        assert "No active contract matches" in (await editor.get("/generate?search=nobody")).text

    async def test_the_month_before_is_usual(self, editor: Visitor) -> None:
        """Today is 1 March 2026."""
        page = await editor.get("/generate")
        assert page.all("#f-period")[0].attributes["value"] == "2026-02"

    async def test_days_instead_of_a_month(self, editor: Visitor) -> None:
        page = await editor.get("/generate?from=2026-02-01&to=2026-02-14")
        assert page.links("table.choose a")[0].split("&")[1] == "period=2026-02-01_2026-02-14"
        wrong = await editor.get("/generate?from=2026-02-14&to=2026-02-01")
        assert wrong.status == 400
        assert "before it starts" in wrong.text

    async def test_without_clickhouse(self, editor: Visitor, rules: Rules) -> None:
        rules.failures.append(RequestFailed(Failure.WAREHOUSE_UNAVAILABLE, "ClickHouse cannot be reached"))
        page = await editor.get("/generate")
        assert page.status == 503
        assert "ClickHouse cannot be reached" in page.text

    async def test_a_viewer_may_not(self, visitor: Visits, rules: Rules, key: str) -> None:
        for path in ("/generate", address(key)):
            assert (await visitor(Role.VIEWER).get(path)).status == 403
        assert (await visitor(Role.VIEWER).post(address(key), {})).status == 403
        assert rules.previewed == []


class TestEdit:
    async def test_the_prefill_as_a_form(self, editor: Visitor, rules: Rules, key: str) -> None:
        page = await editor.get(address(key))
        assert page.status == 200
        fields = page.fields(FORM)
        assert fields["line.L1.unit_price"] == "15000000.00"
        assert fields["overtime_hours"] == "5.50"
        assert "15,825,000.00" in page.texts("[data-totals]")[0]
        assert page.all("table[data-grid]")
        assert rules.made == []

    async def test_amounts_of_the_deal_type(self, editor: Visitor, rules: Rules, key: str) -> None:
        rules.contract_of = lambda key: seed_contract(key, DealType.HR)
        fields = (await editor.get(address(key))).fields(FORM)
        assert {"base_amount", "overtime_hours", "overtime_amount"} & set(fields) == set()
        assert "total_amount" in fields

    async def test_totals_of_the_form(self, editor: Visitor, rules: Rules, key: str) -> None:
        """What the grid asks for: only what changed, without what the fields were."""
        change = '[{"op": "change", "id": "L1", "unit_price": "14 000 000,00"}]'
        page = await editor.post(address(key, path="/generate/totals"), {"line_changes": change})
        assert page.status == 200
        assert "14,825,000.00" in page.tree.body.text()  # type: ignore[union-attr]
        assert page.texts("[data-row='line.L1']") == ["14,000,000.00"]
        assert rules.made == []

    async def test_fields_that_cannot_be_read_are_named_and_kept(self, editor: Visitor, key: str) -> None:
        page = await edited(editor, key, line__L1__unit_price="14.500", base_amount="soon")
        assert page.status == 400
        assert page.texts("h1") == ["Generate invoice"]
        assert len(page.all("[role=alert] li")) == 2
        fields = page.fields(FORM)
        assert [fields["line.L1.unit_price"], fields["base_amount"]] == ["14.500", "soon"]
        assert page.all("[name='line.L1.unit_price'][aria-invalid]")

    async def test_what_the_rules_refuse_stands_at_its_field(self, editor: Visitor, key: str) -> None:
        new = {"new.0.description": "Licence", "new.0.unit_price": "0.001"}
        page = await edited(editor, key, **new)
        assert page.status == 400
        assert page.all("[name='new.0.unit_price'][aria-invalid]")

    async def test_the_suggested_base_with_one_click(self, editor: Visitor, rules: Rules, key: str) -> None:
        rules.contract_of = lambda key: contract([], application_key=key)
        page = await editor.get(address(key))
        assert "Suggested base 15,000,000.00" in page.text
        used = await editor.post(address(key), {**page.fields(FORM), "use_base": "1"})
        assert used.fields(FORM)["base_amount"] == "15000000.00"
        assert "15,000,000.00" in used.texts("[data-totals]")[0]

    async def test_the_suggested_base_of_an_hourly_contract_is_a_line(
        self, editor: Visitor, rules: Rules, key: str
    ) -> None:
        rules.contract_of = lambda key: contract([], DealType.HR, application_key=key)
        page = await editor.get(address(key))
        used = await editor.post(address(key), {**page.fields(FORM), "use_base": "1"})
        assert used.fields(FORM)["new.suggested.unit_price"] == "15000000.00"
        review = await editor.post(address(key, 3), used.fields(FORM))
        assert "15,000,000.00" in review.text

    async def test_without_clickhouse_nothing_typed_is_lost(self, editor: Visitor, rules: Rules, key: str) -> None:
        fields = (await editor.get(address(key))).fields(FORM) | {"line.L1.unit_price": "1.00"}
        rules.failures.append(RequestFailed(Failure.WAREHOUSE_UNAVAILABLE, "ClickHouse cannot be reached"))
        page = await editor.post(address(key, 3), fields)
        assert page.status == 503
        again = await editor.post(address(key, 3), page.fields("main form"))
        assert "825,001.00" in again.text

    @pytest.mark.parametrize(
        "fields", [{}, {"key": "k"}, {"key": "k", "was": "[]"}, {"key": "k", "was": "{}", "typed": "x"}]
    )
    async def test_a_form_that_is_not_ours(self, editor: Visitor, key: str, fields: dict[str, str]) -> None:
        assert (await editor.post(address(key), fields)).status == 404


class TestReview:
    async def test_what_the_draft_would_be(self, editor: Visitor, rules: Rules, key: str) -> None:
        new = {"new.0.description": "Licence", "new.0.quantity": "2", "new.0.unit_price": "100 000,00"}
        page = await edited(editor, key, line__L1__unit_price="14 000 000,00", **new)
        assert page.status == 200
        # 14,000,000 + 825,000 overtime + 2 x 100,000
        assert "15,025,000.00 UZS" in page.text
        differences = page.texts(".differences li")
        assert "Base amount 15000000.00 14000000.00" in differences
        assert any("Licence: 2 × 100000.00 × 1.0 = 200000.00" in each for each in differences)
        assert rules.made == []

    async def test_an_untouched_prefill(self, editor: Visitor, key: str) -> None:
        page = await editor.get(address(key, 3))
        assert "Nothing was changed." in page.text

    async def test_the_page_as_it_would_print(self, editor: Visitor, key: str) -> None:
        review = await edited(editor, key, line__L1__description="Абонплата за февраль")
        fields = review.fields("form[data-sheet]")
        printed = await editor.post(address(key, path="/generate/page"), fields)
        assert printed.status == 200
        assert "Абонплата за февраль" in printed.response.text
        assert "sandbox" in printed.response.headers["Content-Security-Policy"]

    async def test_back_to_the_form_keeps_what_was_typed(self, editor: Visitor, key: str) -> None:
        review = await edited(editor, key, line__L3__description="PROJ-456: Dashboard", line__L4__billed="true")
        form = await editor.post(address(key, 2), review.fields(FORM))
        fields = form.fields(FORM)
        assert fields["line.L3.description"] == "PROJ-456: Dashboard"
        assert form.all("[name='line.L4.billed'][type=checkbox][checked]")

    async def test_warnings_are_confirmed_before_the_draft(self, editor: Visitor, rules: Rules, key: str) -> None:
        """The contract of the tests starts on 1 January 2025."""
        form = await editor.get(address(key, period="2024-02"))
        review = await editor.post(address(key, 3, "2024-02"), form.fields(FORM))
        fields = review.fields(FORM) | {"make": "1"}
        refused = await editor.post(address(key, 3, "2024-02"), fields)
        assert refused.status == 409
        assert rules.made == []
        made = await editor.post(address(key, 3, "2024-02"), fields | {"confirmed_warnings": "OutsideContract"})
        assert made.status == 303, made.text
        assert len(rules.made) == 1


class TestDraft:
    async def test_the_last_button_makes_the_edited_draft(self, editor: Visitor, rules: Rules, key: str) -> None:
        review = await edited(editor, key, base_amount="14 000 000,00")
        made = await editor.post(address(key, 3), review.fields(FORM) | {"make": "1"})
        assert made.status == 303, made.text
        [draft] = rules.made
        assert made.response.headers["Location"] == f"/invoices/{draft.id}?done=2"
        assert draft.total == Decimal("14825000.00")
        assert draft.created.by == "lena"

    async def test_a_double_click_makes_one_draft(self, editor: Visitor, rules: Rules, key: str) -> None:
        review = await edited(editor, key, base_amount="14 000 000,00")
        fields = review.fields(FORM) | {"make": "1"}
        first, second = await editor.post(address(key, 3), fields), await editor.post(address(key, 3), fields)
        assert [first.status, second.status] == [303, 303]
        places = [each.response.headers["Location"].partition("?")[0] for each in (first, second)]
        assert places[0] == places[1]
        assert len(rules.made) == 1

    async def test_a_period_that_is_invoiced_leads_to_its_invoice(
        self, editor: Visitor, rules: Rules, key: str
    ) -> None:
        review = await edited(editor, key, base_amount="1")
        made = await rules.put(draft_of(key))
        for page in (await editor.get(address(key)), await editor.post(address(key, 3), review.fields(FORM))):
            assert page.links("a.button.primary") == [f"/invoices/{made.id}"]
        last = await editor.post(address(key, 3), review.fields(FORM) | {"make": "1"})
        assert last.status == 409
        assert rules.made == []

    async def test_work_that_another_invoice_took_meanwhile(self, editor: Visitor, rules: Rules, key: str) -> None:
        review = await edited(editor, key, base_amount="14 000 000,00")
        rules.generate_failures.append(RequestFailed(Failure.ALREADY_INVOICED, "It is on invoice ACT-1."))
        page = await editor.post(address(key, 3), review.fields(FORM) | {"make": "1"})
        assert page.status == 409
        assert "It is on invoice ACT-1." in page.text

    @pytest.mark.parametrize(
        ("failure", "status", "text"),
        [
            (TemporalUnavailable("connection refused"), 503, "Reading works, changing does not"),
            (OutcomeUnknown("lost"), 504, "We do not know yet whether this was done"),
        ],
    )
    async def test_without_an_answer_the_same_form_may_be_sent_again(
        self, editor: Visitor, rules: Rules, key: str, failure: Exception, status: int, text: str
    ) -> None:
        review = await edited(editor, key, base_amount="14 000 000,00")
        fields = review.fields(FORM) | {"make": "1"}
        rules.generate_failures.append(failure)
        page = await editor.post(address(key, 3), fields)
        assert page.status == status
        assert text in page.text
        assert page.fields(FORM)["key"] == fields["key"]
        made = await editor.post(address(key, 3), page.fields(FORM) | {"make": "1"})
        assert made.status == 303


class TestContractChanged:
    """Somebody logs work between the steps."""

    @staticmethod
    def more_work(key: str) -> ContractRecords:
        before = seed_contract(key)
        return before.model_copy(update={"worklogs": (*before.worklogs, worklog(1, issue="PROJ-100"))})

    async def test_the_figures_are_shown_again_before_a_draft_is_made(
        self, editor: Visitor, rules: Rules, key: str
    ) -> None:
        review = await edited(editor, key, base_amount="14 000 000,00")
        rules.contract_of = self.more_work
        page = await editor.post(address(key, 3), review.fields(FORM) | {"make": "1"})
        assert "The contract's data has changed since you began" in page.text
        assert rules.made == []
        # one hour more of overtime: 14,000,000 + 6.50 x 150,000
        assert "14,975,000.00 UZS" in page.text
        made = await editor.post(address(key, 3), page.fields(FORM) | {"make": "1"})
        assert made.status == 303
        assert rules.made[0].total == Decimal("14975000.00")

    async def test_a_change_of_a_line_that_is_another_one_now_is_named(
        self, editor: Visitor, rules: Rules, key: str
    ) -> None:
        """PROJ-100 comes before the other tasks, so L3 is another line now."""
        review = await edited(editor, key, line__L3__description="PROJ-456: Dashboard", line__L1__quantity="2")
        rules.contract_of = self.more_work
        page = await editor.post(address(key, 3), review.fields(FORM) | {"make": "1"})
        assert page.fields(FORM)["line.L1.quantity"] == "2"
        assert page.fields(FORM)["line.L3.description"].startswith("PROJ-100")
        assert any("PROJ-456: Dashboard" in each for each in page.texts("[role=alert] li"))
        assert rules.made == []


async def test_the_generator_in_russian(visitor: Visits, rules: Rules, key: str) -> None:
    editor = visitor(Role.EDITOR).speaking("ru")
    del rules
    assert "Создать счёт" in (await editor.get(address(key))).text
    assert "Создать черновик" in (await editor.get(address(key, 3))).text
