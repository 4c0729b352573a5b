"""From quote to money over HTTP: the conversion, and what is invoiced and left (docs/specification/quotes.md 7)."""

from typing import Any

import httpx
import pytest

from activities.invoice.projection import InvoiceProjection
from api.access.tokens import Tokens
from api.deps import AppState
from api.reads import Reads
from models.access.roles import Role
from models.contracts.contract import Contract, DealType
from models.contracts.ports import ContractDetail
from models.invoice.content.basis import QuoteSource
from models.invoice.invoice import Invoice
from tests.fixtures.database_invoices import invoice
from tests.fixtures.invoices import contract
from tests.http.callers import Caller, data_of, error_of, user_of
from tests.http.pages.desk_visits import Page, Visitor
from tests.http.quotes.test_http_quotes import sent

pytestmark = pytest.mark.usefixtures("quote_rules")


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every contract is known to the warehouse, as one of the type FP in USD."""

    async def client(_: Reads, application_key: str) -> ContractDetail:
        found: Contract = contract((), DealType.FP, application_key=application_key, currency="USD").contract
        return ContractDetail(contract=found)

    monkeypatch.setattr(Reads, "client", client)


async def accepted(manager: Caller, **changes: Any) -> dict[str, Any]:
    quote = await sent(manager, **changes)
    body = {"version": 1, "accepted_by": "Olga Weber", "position": "Director"}
    found: dict[str, Any] = data_of(await manager.post(f"/quotes/{quote['id']}/accept", body))
    return found


def scheduled(quote: dict[str, Any], entry: str, amount_of: Invoice) -> Invoice:
    """Return an invoice whose line invoices an entry of the quote's schedule."""
    source = QuoteSource(
        quote_id=quote["id"], quote_number=quote["number"], quote_version=1, quote_line_id="L1", entry_id=entry
    )
    lines = tuple(line.model_copy(update={"source": source}) for line in amount_of.content.lines if line.billed)
    return amount_of.model_copy(update={"content": amount_of.content.model_copy(update={"lines": lines})})


async def test_a_schedule_shows_what_is_invoiced_and_left(
    manager: Caller, known: None, records: InvoiceProjection, key: str
) -> None:
    quote = await accepted(manager)
    body = {
        "application_key": key,
        "valid_from": "2026-04-01",
        "schedule": {"kind": "deposit", "percent": "30", "deposit_on": "2026-04-10", "rest_on": "2026-06-15"},
    }
    converted = data_of(await manager.post(f"/quotes/{quote['id']}/convert", body))
    assert converted["conversion"]["written"] is True
    assert [(each["due_on"], each["amount"]) for each in converted["conversion"]["schedule"]] == [
        ("2026-04-10", "300.00"),
        ("2026-06-15", "700.00"),
    ]
    before = data_of(await manager.get(f"/quotes/{quote['id']}/invoiced"))
    assert [before[name] for name in ("quoted", "invoiced", "left", "difference")] == [
        "1000.00", "0.00", "1000.00", "0.00",
    ]  # fmt: skip
    found = scheduled(quote, "S1", invoice())
    await records.project(found)
    after = data_of(await manager.get(f"/quotes/{quote['id']}/invoiced"))
    # Of 300.00 the invoice charges 15,000,000.00.
    assert [after[name] for name in ("invoiced", "left", "difference")] == ["15000000.00", "700.00", "14999700.00"]
    assert [(each["entry_id"], each["invoice_id"]) for each in after["schedule"]] == [("S1", found.id), ("S2", None)]
    assert [each["id"] for each in after["invoices"]] == [found.id]
    other = await accepted(manager)
    assert data_of(await manager.get(f"/quotes/{other['id']}/invoiced"))["invoices"] == []


@pytest.fixture
def visitor(http: httpx.AsyncClient, state: AppState, tokens: Tokens) -> Visitor:
    """A manager at the desk."""
    return Visitor(http, tokens.issue(user_of(Role.MANAGER), state.started)[0])


def amounts(page: Page) -> list[str]:
    return [str(each.attributes["data-amount"]) for each in page.all("#schedule tfoot data")]


async def test_the_page_shows_the_schedule_before_it_converts(
    manager: Caller, visitor: Visitor, known: None, key: str
) -> None:
    """1,000.00 less 10 % are 900.00: milestones of 333.33 and 566.67."""
    quote = await accepted(manager, discount={"percent": "10", "label": "Spring"}, taxed=False)
    address = f"/quotes/{quote['id']}/commands/convert"
    typed = (await visitor.get(address)).fields() | {
        "application_key": key, "valid_from": "2026-04-01", "kind": "milestones", "step": "preview",
        "milestones.0.name": "Design", "milestones.0.amount": "333,33", "milestones.0.on": "2026-04-10",
        "milestones.2.name": "Launch", "milestones.2.amount": "566.66", "milestones.2.on": "2026-06-15",
    }  # fmt: skip
    wrong = await visitor.post(address, typed)
    assert wrong.status == 400
    assert "the amounts add up to 899.99; they must add up to 900.00" in wrong.text
    # The empty row between them is gone, and what was typed is still there.
    again = wrong.fields()
    assert (again["milestones.0.amount"], again["milestones.1.amount"]) == ("333,33", "566.66")
    shown = await visitor.post(address, again | {"milestones.1.amount": "566.67", "step": "preview"})
    assert shown.texts("#schedule tbody td:nth-child(2)") == [
        "Design (discount: Spring): Design", "Design (discount: Spring): Launch"
    ]  # fmt: skip
    # The fixed amounts, the total of the quote, and the difference.
    assert amounts(shown) == ["900.00", "900.00", "0.00"]
    seen = shown.fields()
    changed = await visitor.post(address, seen | {"milestones.1.on": "2026-07-01", "step": "convert"})
    assert "What you typed has changed since; look at the result again." in changed.texts("main .panel.warning")
    done = await visitor.post(address, changed.fields() | {"step": "convert"})
    assert done.status == 303, done.text
    found = data_of(await manager.get(f"/quotes/{quote['id']}"))["conversion"]
    assert [(each["due_on"], each["amount"]) for each in found["schedule"]] == [
        ("2026-04-10", "333.33"),
        ("2026-07-01", "566.67"),
    ]


@pytest.mark.parametrize(("typed", "sums", "days"), [
    ({"kind": "deposit", "percent": "30", "deposit_on": "2026-04-10", "rest_on": "2026-06-15"},
     ["300.00", "700.00"], ["2026-04-10", "2026-06-15"]),
    # 1,000.00 / 3 = 333.33…; the second sum, 666.66…, rounds to 666.67.
    ({"kind": "monthly", "months": "3", "first_on": "2026-12-10"},
     ["333.33", "333.34", "333.33"], ["2026-12-31", "2027-01-31", "2027-02-28"]),
    ({"kind": "each_line"}, ["1000.00"], ["2026-04-01"]),
])  # fmt: skip
async def test_each_kind_of_schedule_is_shown(
    manager: Caller, visitor: Visitor, known: None, key: str, typed: dict[str, str], sums: list[str], days: list[str]
) -> None:
    quote = await accepted(manager)
    address = f"/quotes/{quote['id']}/commands/convert"
    fields = (await visitor.get(address)).fields() | {"application_key": key, "valid_from": "2026-04-01"} | typed
    shown = await visitor.post(address, fields)
    assert [str(each.attributes["data-amount"]) for each in shown.all("#schedule tbody td:last-child data")] == sums
    assert [str(each.attributes["datetime"]) for each in shown.all("#schedule tbody time")] == days
    assert amounts(shown)[-1] == "0.00"
    lost = await visitor.post(address, fields | {"kind": "milestones"})
    assert lost.status == 400
    assert lost.all("[aria-invalid=true]")


async def test_the_page_of_an_invoice_names_the_quote_and_its_line(
    manager: Caller, visitor: Visitor, records: InvoiceProjection
) -> None:
    quote = await accepted(manager)
    found = scheduled(quote, "S1", invoice())
    await records.project(found)
    page = await visitor.get(f"/invoices/{found.id}")
    assert f"quote {quote['number']}, line L1" in page.text
    assert f"{quote['number']}, version 1" in page.text
    assert f"/quotes/{quote['id']}" in page.links("dl.facts a")


@pytest.mark.parametrize(("changes", "path"), [
    ({"schedule": {"kind": "milestones", "milestones": [{"name": "All", "percent": "99", "on": "2026-04-01"}]}},
     "schedule.milestones"),
    ({"valid_from": "1 April"}, "valid_from"),
    ({"schedule": {"kind": "yearly"}}, "schedule"),
])  # fmt: skip
async def test_a_bad_wish_is_named(manager: Caller, known: None, changes: dict[str, Any], path: str) -> None:
    quote = await accepted(manager)
    body = {"application_key": "APP-1", "valid_from": "2026-04-01"} | changes
    response = await manager.post(f"/quotes/{quote['id']}/convert", body)
    assert error_of(response, 400, "VALIDATION_ERROR")["details"][0]["path"] == path


async def test_a_contract_in_another_currency_is_refused(manager: Caller, known: None) -> None:
    quote = await accepted(manager, currency="EUR")
    body = {"application_key": "APP-1", "valid_from": "2026-04-01"}
    response = await manager.post(f"/quotes/{quote['id']}/convert", body)
    assert error_of(response, 400, "VALIDATION_ERROR")["details"][0]["path"] == "application_key"


async def test_a_quote_that_was_not_accepted_becomes_nothing(manager: Caller, known: None) -> None:
    quote = await sent(manager)
    body = {"application_key": "APP-1", "valid_from": "2026-04-01"}
    response = await manager.post(f"/quotes/{quote['id']}/convert", body)
    assert "convert" not in error_of(response, 409, "CONFLICT")["details"]["allowed"]
