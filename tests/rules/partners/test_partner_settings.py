"""The settings of partners and of rates (docs/specification/partners.md 1, 2.1, 2.2)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from local.demo_data.partners import PARTNERS, SERIES, installer_rates, rate_card
from models.issuer.number_pattern import Reset, display_number, numbering_period
from models.issuer.settings import Series
from models.partners.installer_rate import InstallerRateInput
from models.partners.order_type import OrderType
from models.partners.rate_card import RateCardInput
from models.partners.settings import PartnerInput
from models.settings.area import SettingRefused
from models.settings.dated import check_key, check_overlap

FIRST = date(2026, 1, 1)
PARTNER = {"name": "TIME", "series": "TIME", "order_types": ["activation"]}
RATE = {
    "partner": "TIME",
    "order_type": "activation",
    "category": "FTTH",
    "method": "PRELAID",
    "amount": "150",
    "valid_from": "2026-01-01",
}
PAID = {"installer": "EMP-7", "order_type": "assurance", "category": "FTTH", "amount": "25", "valid_from": "2026-01-01"}


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"order_types": []}, "order_types"),
        ({"order_types": ["demolition"]}, "order_types"),
        ({"payment_days": 366}, "payment_days"),
        ({"payment_days": -1}, "payment_days"),
        ({"reminder_days": [400]}, "reminder_days"),
        ({"portal_url": "ftp://portal.time.example"}, "portal_url"),
        ({"group": "time dotcom"}, "group"),
        ({"contacts": [{"name": "Aina", "email": "no address"}]}, "contacts"),
        ({"contacts": [{"name": "Aina; Bee", "email": "a@time.example"}]}, "contacts"),
        ({"contacts": [{"name": "Aina", "email": "a@time.example"}] * 21}, "contacts"),
        ({"terms": "x" * 2001}, "terms"),
        ({"language": "xx"}, "language"),
        ({"zone": "Asia/Atlantis"}, "zone"),
        ({"currency": "XXX"}, "currency"),
        ({"invoice_format": "both"}, "invoice_format"),
        ({"kpi": 60}, "kpi"),
    ],
)
def test_a_partner_that_is_not_valid_is_refused(wrong: dict[str, Any], path: str) -> None:
    with pytest.raises(ValidationError) as refused:
        PartnerInput.model_validate(PARTNER | wrong)
    assert {error["loc"][0] for error in refused.value.errors()} == {path}


def test_the_defaults_of_a_partner() -> None:
    partner = PartnerInput.model_validate(PARTNER).partner("TIME")
    assert (partner.key, partner.payment_days, partner.currency, partner.zone) == (
        "TIME",
        45,
        "MYR",
        "Asia/Kuala_Lumpur",
    )
    assert partner.needs_review
    assert not partner.in_batches
    assert not partner.recognise_revenue_in_planfact
    assert partner.supports(OrderType.ACTIVATION)
    assert not partner.supports(OrderType.ASSURANCE)


@pytest.mark.parametrize("key", PARTNERS)
def test_a_partner_in_a_draft_is_the_setting(key: str) -> None:
    assert PartnerInput.of(PARTNERS[key].partner(key)) == PARTNERS[key]


def test_order_types_are_kept_once_and_in_one_order() -> None:
    types = ["Assurance", "ACTIVATION", "SDU / RDF POLE", "activation"]
    assert PartnerInput.model_validate(PARTNER | {"order_types": types}).order_types == (
        OrderType.ACTIVATION,
        OrderType.ASSURANCE,
        OrderType.SDU,
    )


def test_numbers_of_a_partner_begin_anew_each_month() -> None:
    """docs/specification/partners.md 1.3"""
    series = Series(pattern=SERIES["TIME"], last_number=0, reset=Reset.MONTH)
    assert display_number(series.pattern, 1, date(2026, 3, 31)) == "TIME-202603-00001"
    assert display_number(series.pattern, 123_456, date(2026, 4, 1)) == "TIME-202604-123456"
    assert numbering_period(series.reset, date(2026, 3, 31)) != numbering_period(series.reset, date(2026, 4, 1))


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"group": "TELCOS"}, "group"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "150,000"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": 150.005}, "amount"),
        ({"valid_to": "2025-12-31"}, "valid_to"),
        ({"category": "ftth"}, "category"),
        ({"category": None}, "category"),
        ({"method": "pre laid"}, "method"),
        ({"order_type": "demolition"}, "order_type"),
        ({"installer": "EMP-7"}, "installer"),
    ],
)
def test_a_rate_that_is_not_valid_is_refused(wrong: dict[str, Any], path: str) -> None:
    with pytest.raises(ValidationError) as refused:
        RateCardInput.model_validate(RATE | wrong)
    [error] = refused.value.errors()
    assert path in error["loc"] or error["msg"].removeprefix("Value error, ").startswith(f"{path}:")


@pytest.mark.parametrize(
    "wrong",
    [
        {"installer": None},
        {"installer_type": "subcon"},
        {"level": "SENIOR"},
        {"installer": None, "installer_type": "freelancer"},
        {"partner": "TIME"},
    ],
)
def test_an_installer_rate_is_for_one_installer_or_for_a_type(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        InstallerRateInput.model_validate(PAID | wrong)


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({}, "TIME.activation.FTTH.PRELAID.MYR.2026-01-01"),
        ({"partner": None, "group": "TELCOS"}, "group-TELCOS.activation.FTTH.PRELAID.MYR.2026-01-01"),
        ({"partner": None, "method": None}, "default.activation.FTTH.any.MYR.2026-01-01"),
    ],
)
def test_the_key_of_a_rate_says_what_it_prices(fields: dict[str, Any], key: str) -> None:
    rate = RateCardInput.model_validate(RATE | fields)
    assert rate.key == key
    assert rate.row(key).id == key


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"partner": "DIGI"}, "partner"),
        ({"order_type": "sdu"}, "order_type"),
        ({"category": "FTTO"}, "category"),
        ({"method": None}, "method"),
        ({"currency": "USD"}, "currency"),
        ({"valid_from": "2026-02-01"}, "valid_from"),
    ],
)
def test_a_correction_keeps_what_the_key_is_made_of(fields: dict[str, Any], path: str) -> None:
    key = RateCardInput.model_validate(RATE).key
    check_key(key, RateCardInput.model_validate(RATE | {"amount": "160", "active": False, "valid_to": "2026-12-31"}))
    with pytest.raises(SettingRefused) as refused:
        check_key(key, RateCardInput.model_validate(RATE | fields))
    assert refused.value.path == path


spans = st.tuples(st.integers(0, 30), st.none() | st.integers(0, 30)).filter(lambda s: s[1] is None or s[0] <= s[1])


@given(spans, spans, st.booleans())
def test_two_active_rates_for_the_same_work_never_share_a_day(
    one: tuple[int, int | None], two: tuple[int, int | None], active: bool
) -> None:
    """Compared with the days themselves; an open end lies beyond all of them."""

    def rate(span: tuple[int, int | None], **fields: Any) -> RateCardInput:
        first, last = (None if n is None else FIRST + timedelta(days=n) for n in span)
        return RateCardInput.model_validate(RATE | {"valid_from": first, "valid_to": last} | fields)

    def days(span: tuple[int, int | None]) -> set[int]:
        return set(range(span[0], 40 if span[1] is None else span[1] + 1))

    new, other = rate(one), rate(two, active=active)
    for_other_work = rate(two, method="SDU")
    check_overlap("new", new, {"work": for_other_work, "new": rate(two)})
    if active and days(one) & days(two):
        with pytest.raises(SettingRefused) as refused:
            check_overlap("new", new, {"other": other})
        assert refused.value.path == "valid_from"
    else:
        check_overlap("new", new, {"other": other})


def test_the_demo_rates_are_valid_together() -> None:
    for rates in (rate_card(), installer_rates()):
        by_key = {rate.key: rate for rate in rates}
        assert len(by_key) == len(rates)
        for key, rate in by_key.items():
            check_overlap(key, rate, by_key)
    assert len(rate_card()) == 15 + 2 + 1
    assert min(rate.amount for rate in rate_card()) == Decimal("75.00")
