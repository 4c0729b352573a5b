"""The act in Didox has the names of the rows and the closing clause of the printed document."""

import html
import re
from datetime import date
from decimal import Decimal

import pytest

from activities.delivery.einvoice_act import act_of
from activities.documents.pages import document_html, preview_html
from models.contracts.contract import DealType
from models.invoice.content.content import Content
from models.issuer.issuer import TaxRate
from models.values.document_options import Toggles
from tests.fixtures.documents import content, rendering, seed_support, worklog, worklogs

CLAUSE = (
    "Услуги оказаны в полном объёме и в установленный срок. Заказчик претензий по объёму, качеству и срокам оказания "
    "услуг не имеет. Акт составлен в двух экземплярах, имеющих равную юридическую силу, по одному для каждой из сторон."
)
SUPPORT = "Ежемесячное сопровождение — февраль 2026 г."


def text_of(page: str) -> str:
    body = page.partition("</head>")[2]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def on_paper(of: Content) -> str:
    return text_of(document_html(rendering(of)))


def in_didox(of: Content) -> list[str]:
    return [line.name.replace("\xa0", " ") for line in act_of(of, "ACT-2026-0014", measure_id=1).lines]


def hourly(**fields: object) -> Content:
    """2.00 h in state hours, 1.50 h on Saturday the 7th, 1.00 h of an incident on that day at a factor of 1.5."""
    logs = (
        worklog(1, 7200, day=3, issue="PROJ-1"),
        worklog(2, 5400, day=7, issue="PROJ-2"),
        worklog(3, 3600, day=7, issue="PROJ-3", issue_type="Incident", priority="P1"),
    )
    return content(DealType.HR, logs, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("of", "names"),
    [
        (seed_support(), [(SUPPORT, "включено до 40 ч в месяц"), ("Часы сверх месячного лимита", "5,50 ч")]),
        (
            seed_support(toggles=Toggles(show_task_list=False)),
            [(SUPPORT, "стандартные часы", "включено до 40 ч в месяц", "40,00 ч"), ("Сверхурочные часы", "5,50 ч")],
        ),
        (
            seed_support(toggles=Toggles(show_tracked_time=False)),
            [(SUPPORT, "включено до 40 ч в месяц"), ("Часы сверх месячного лимита",)],
        ),
        (content(DealType.FP, worklogs(2, 5400)), [("Acme Support — февраль 2026 г.",)]),
        (
            hourly(),
            [
                ("PROJ-1: Restore nightly backups after the storage migration", "2,00 ч"),
                ("PROJ-2: Renew TLS certificates of the customer portal", "1,50 ч"),
                (
                    "PROJ-3: Database replica lags behind; tune autovacuum and long-running reports",
                    "критический инцидент вне рабочего времени",
                    "коэффициент 1,5",
                    "1,00 ч",
                ),
            ],
        ),
        (
            hourly(toggles=Toggles(show_task_list=False)),
            [("Стандартные часы", "2,00 ч"), ("Сверхурочные часы", "1,50 ч"), ("Критические инциденты", "1,00 ч")],
        ),
    ],
    ids=["support", "summed", "no hours", "fixed", "hourly", "hourly summed"],
)
def test_rows_have_one_name(of: Content, names: list[tuple[str, ...]]) -> None:
    expected = [f"{name} ({'; '.join(notes)})" if notes else name for name, *notes in names]
    assert in_didox(of) == expected
    page = on_paper(of)
    for each in names:
        for part in each:
            # In a column with the head «Часы» the numbers have no unit.
            assert part.removesuffix(" ч") in page


def test_the_standard_clause_is_part_of_the_draft_and_of_both_acts() -> None:
    drafted = seed_support()
    assert drafted.legal_text == CLAUSE
    assert CLAUSE in on_paper(drafted)
    assert CLAUSE in text_of(preview_html(drafted))
    assert act_of(drafted, "ACT-1", 1).text == CLAUSE


@pytest.mark.parametrize("cleared", ["", " \n"])
def test_an_act_without_a_legal_text_has_the_clause_in_both_places(cleared: str) -> None:
    """A person deleted the text, or the content is older than the clause."""
    emptied = seed_support().model_copy(update={"legal_text": cleared})
    assert CLAUSE in on_paper(emptied)
    assert act_of(emptied, "ACT-1", 1).text == CLAUSE


def test_a_configured_text_replaces_the_clause_in_both_places() -> None:
    agreed = seed_support(legal_text="Акт подписывается в течение пяти дней.")
    assert agreed.legal_text == "Акт подписывается в течение пяти дней."
    assert agreed.legal_text in on_paper(agreed)
    assert "претензий" not in on_paper(agreed)
    assert act_of(agreed, "ACT-1", 1).text == agreed.legal_text


def test_an_invoice_abroad_has_no_standard_clause_and_is_worded_as_printed() -> None:
    """If it is delivered by Didox, its act has the words of the English page."""
    abroad = seed_support(currency="USD")
    assert abroad.legal_text == ""
    assert "претензий" not in on_paper(abroad)
    act = act_of(abroad, "INV-1", 1)
    assert act.text.replace("\xa0", " ") == "Acme Support, February 2026"
    assert act.seller_name == "ProximaOps LLC"
    assert in_didox(abroad) == [
        "Monthly support — February 2026 (includes up to 40 hours a month)",
        "Hours above the monthly limit (5.50 h)",
    ]
    for part in ("Monthly support — February 2026", "includes up to 40 hours a month", "Hours above the monthly limit"):
        assert part in on_paper(abroad)


@pytest.mark.parametrize(("rate", "percent"), [("0.12", "12"), ("0.125", "12.5")])
def test_a_charge_in_didox(rate: str, percent: str) -> None:
    """One service at the price of the row: 15,000,000.00, with a tax of 12 % (1,800,000) or 12.5 % (1,875,000)."""
    tax = TaxRate(code="VAT", rate=Decimal(rate), valid_from=date(2020, 1, 1))
    line, _ = act_of(seed_support(tax=tax), "ACT-1", measure_id=7).lines
    assert (line.count, line.price, line.measure_id) == (Decimal(1), Decimal("15000000.00"), 7)
    assert str(line.vat_rate) == percent
    assert line.vat_sum == {"12": Decimal(1800000), "12.5": Decimal(1875000)}[percent]
    assert (line.total_without_vat, line.total) == (line.price, Decimal(15000000) + line.vat_sum)


def test_an_act_without_tax_has_no_tax_fields() -> None:
    line, _ = act_of(seed_support(), "ACT-1", measure_id=1).lines
    assert (line.total_without_vat, line.vat_rate, line.vat_sum) == (None, None, None)
    assert line.total == Decimal("15000000.00")
