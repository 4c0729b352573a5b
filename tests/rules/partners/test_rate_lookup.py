"""The search for the rate of a job (docs/specification/partners.md 2.3, 2.4)."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.demo_data.partners import PARTNERS, rate_card
from models.issuer.issuer import Issuer, Party, TaxRate
from models.partners.order_type import OrderType
from models.partners.rate_card import RateCardRow
from models.partners.rate_lookup import Job, PassedOver, RateFound, RateMissing, RateNotFound, find_rate
from models.partners.terms import PartnerTerms
from models.values.money import Currency

DAY = date(2026, 3, 15)
JOB = Job(partner="TIME", group="TELCOS", order_type=OrderType.ACTIVATION, category="FTTH", method="PRELAID")
# The owners and methods of the six steps, the most specific first.
STEPS: tuple[dict[str, Any], ...] = (
    {"partner": "TIME", "method": "PRELAID"},
    {"partner": "TIME"},
    {"group": "TELCOS", "method": "PRELAID"},
    {"group": "TELCOS"},
    {"method": "PRELAID"},
    {},
)


def row(**fields: Any) -> RateCardRow:
    usual = {
        "id": "r-1",
        "order_type": OrderType.ACTIVATION,
        "category": "FTTH",
        "amount": Decimal("150.00"),
        "valid_from": date(2026, 1, 1),
    }
    return RateCardRow.model_validate(usual | fields)


def reasons(found: RateFound | RateNotFound) -> dict[str, PassedOver | None]:
    return {each.rate.id: each.passed_over for each in found.explanation}


@given(st.sets(st.integers(1, 6), min_size=1), st.permutations(range(6)))
def test_the_most_specific_row_wins_in_any_order_of_the_rows(there: set[int], order: list[int]) -> None:
    rows = [row(id=f"step-{step}", amount=Decimal(step), **fields) for step, fields in enumerate(STEPS, 1)]
    given_rows = [rows[index] for index in order if index + 1 in there]
    found = find_rate(given_rows, JOB, DAY)
    assert isinstance(found, RateFound)
    assert found.rate.id == f"step-{min(there)}"
    assert [each.step for each in found.explanation] == sorted(there)
    others = {f"step-{step}": PassedOver.LESS_SPECIFIC for step in there - {min(there)}}
    assert reasons(found) == {found.rate.id: None} | others


# Most rows fit the job in most respects, so that the order of the steps decides often.
rows_of_anybody = st.builds(
    row,
    id=st.uuids().map(str),
    partner=st.none(),
    group=st.none(),
    order_type=st.sampled_from([OrderType.ACTIVATION] * 5 + [OrderType.ASSURANCE]),
    category=st.sampled_from(["FTTH"] * 5 + ["FTTO"]),
    method=st.sampled_from([None, "PRELAID", "SDU"]),
    currency=st.sampled_from([Currency.MYR] * 5 + [Currency.USD]),
    active=st.sampled_from([True] * 5 + [False]),
    valid_from=st.dates(DAY - timedelta(days=3), DAY + timedelta(days=1)),
    valid_to=st.none() | st.dates(DAY - timedelta(days=1), DAY + timedelta(days=3)),
).flatmap(
    lambda each: st.sampled_from(
        [
            each,
            each.model_copy(update={"partner": "TIME"}),
            each.model_copy(update={"partner": "DIGI"}),
            each.model_copy(update={"group": "TELCOS"}),
            each.model_copy(update={"group": "OTHERS"}),
        ]
    )
)


@given(st.lists(rows_of_anybody, max_size=12), st.sampled_from([None, "PRELAID", "SDU", "RDF_POLE"]))
def test_what_is_found_fits_the_job_and_nothing_more_specific_does(rows: list[RateCardRow], method: str | None) -> None:
    """Compared with the definition: of the rows that fit, those of the first step that has any."""
    job = JOB.model_copy(update={"method": method})

    def fits(each: RateCardRow) -> bool:
        return (
            each.active
            and (each.order_type, each.category, each.currency) == (OrderType.ACTIVATION, "FTTH", Currency.MYR)
            and each.valid_from <= DAY
            and (each.valid_to is None or each.valid_to >= DAY)
        )

    owners = (("TIME", None), (None, "TELCOS"), (None, None))
    steps = [(owner, wanted) for owner, wanted in product(owners, (method, None))]
    candidates: list[list[str]] = [
        [each.id for each in rows if fits(each) and (each.partner, each.group) == owner and each.method == wanted]
        for owner, wanted in steps
    ]
    first = next((ids for ids in candidates if ids), [])
    found = find_rate(rows, job, DAY)
    if len(first) == 1:
        assert isinstance(found, RateFound)
        assert found.rate.id == first[0]
        assert [key for key, reason in reasons(found).items() if reason is None] == first
    else:
        assert isinstance(found, RateNotFound)
        assert found.reason is (RateMissing.AMBIGUOUS if first else RateMissing.NO_ROW)
        assert None not in reasons(found).values()
        assert [key for key, reason in reasons(found).items() if reason is PassedOver.AMBIGUOUS] == sorted(first)
    concerned = [each for each in rows if each.order_type is OrderType.ACTIVATION]
    concerned = [each for each in concerned if each.partner != "DIGI" and each.group != "OTHERS"]
    looked_at = {each.id for each in concerned if each.category == "FTTH"} or {each.id for each in concerned}
    assert set(reasons(found)) == looked_at


def test_a_job_without_a_method_takes_no_row_that_names_one() -> None:
    rows = [row(id="of-method", partner="TIME", method="PRELAID"), row(id="default")]
    found = find_rate(rows, JOB.model_copy(update={"method": None}), DAY)
    assert isinstance(found, RateFound)
    assert found.rate.id == "default"
    assert reasons(found)["of-method"] is PassedOver.OTHER_METHOD


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"active": False}, PassedOver.INACTIVE),
        ({"category": "FTTO"}, PassedOver.OTHER_CATEGORY),
        ({"method": "SDU"}, PassedOver.OTHER_METHOD),
        ({"currency": Currency.USD}, PassedOver.OTHER_CURRENCY),
        ({"valid_from": DAY + timedelta(days=1)}, PassedOver.NOT_YET_VALID),
        ({"valid_to": DAY - timedelta(days=1)}, PassedOver.NO_LONGER_VALID),
        ({"valid_from": DAY, "valid_to": DAY}, None),
    ],
)
def test_the_reason_why_a_row_is_passed_over(change: dict[str, Any], reason: PassedOver | None) -> None:
    found = find_rate([row(**change)], JOB, DAY)
    assert reasons(found) == {"r-1": reason}
    assert isinstance(found, RateFound) is (reason is None)


def test_an_order_without_a_category_cannot_be_priced() -> None:
    found = find_rate([row()], JOB.model_copy(update={"category": None}), DAY)
    assert isinstance(found, RateNotFound)
    assert found.reason is RateMissing.NO_CATEGORY
    assert "category" in found.message


@pytest.mark.parametrize(
    ("partner", "category", "method", "expected"),
    [
        ("TIME", "FTTH", "PRELAID", "150"),
        ("TIME", "FTTR", "FTTR_1_3", "670"),
        ("TIME", "FTTO", "SDU_SHOPLOT", "500"),
        ("TIME", "FTTH", "UNHEARD_OF", "75"),  # the company's default
        ("TIME", "FTTO", None, None),
        ("CELCOM", "FTTH", "PRELAID", "145"),
        ("DIGI", "FTTO", "NON_PRELAID", "500"),
        ("UMOBILE", "FTTH", "PRELAID", "75"),
        ("UMOBILE", "FTTC", "FTTC_BASE", None),
    ],
)
def test_the_rates_of_the_documents(partner: str, category: str, method: str | None, expected: str | None) -> None:
    """docs/specification/partner.md 4.4"""
    rates = tuple(each.row(each.key) for each in rate_card())
    issuer = Issuer(party=Party(name="Cephas Sdn Bhd"))
    terms = PartnerTerms(partner=PARTNERS[partner].partner(partner), rates=rates, issuer=issuer)
    found = terms.find_rate(OrderType.ACTIVATION, category, method, DAY)
    amount = found.rate.amount if isinstance(found, RateFound) else None
    assert amount == (Decimal(expected) if expected else None)


def test_the_tax_is_that_of_the_row_or_of_the_partner_on_the_day_of_supply() -> None:
    """Service tax was 6 % until February 2024 and is 8 % from March on (docs/specification/partner.md 15.1)."""
    taxes = (
        TaxRate(code="SST", rate=Decimal("0.06"), valid_from=date(2018, 9, 1), valid_to=date(2024, 2, 29)),
        TaxRate(code="SST", rate=Decimal("0.08"), valid_from=date(2024, 3, 1)),
    )
    issuer = Issuer(party=Party(name="Cephas Sdn Bhd"), taxes=taxes)
    partner = PARTNERS["TIME"].partner("TIME")
    terms = PartnerTerms(partner=partner.model_copy(update={"tax_code": "SST"}), issuer=issuer)
    assert terms.tax_of(row(), date(2024, 2, 29)) == taxes[0]
    assert terms.tax_of(row(), date(2024, 3, 1)) == taxes[1]
    assert terms.tax_of(row(), date(2018, 8, 31)) is None
    assert PartnerTerms(partner=partner, issuer=issuer).tax_of(row(), DAY) is None
    assert PartnerTerms(partner=partner, issuer=issuer).tax_of(row(tax_code="SST"), DAY) == taxes[1]
