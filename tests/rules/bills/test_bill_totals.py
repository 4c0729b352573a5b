"""One conversion to minor units for each bill (docs/specification/bills.md 2.3)."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bills.totals import minor_units, totals, without_zeros
from models.values.currencies import MINOR_UNITS, Currency

COSTS = st.decimals(allow_nan=False, allow_infinity=False, places=20, min_value=-(10**11), max_value=10**11)


def test_the_figures_of_april() -> None:
    found = totals(Decimal("79.02"), Decimal("7.90"), Currency.USD, 8692)
    assert (found.net, found.tax, found.gross) == (Decimal("79.02"), Decimal("7.90"), Decimal("86.92"))
    assert (found.net_minor, found.tax_minor, found.gross_minor, found.rounding_minor) == (7902, 790, 8692, 0)


@pytest.mark.parametrize(
    ("net", "tax", "expected"),
    [
        # 171.76000002: net 138.08000002 and tax 33.68
        ("138.08000002", "33.68", (13808, 3368, 17176)),
        # net 0.005 and tax 0.005 make a gross of 0.01, and a rounded tax of 0.01: nothing is left for the net
        ("0.005", "0.005", (0, 1, 1)),
        # 0.004 + 0.004 = 0.008 is rounded to 0.01, the tax to 0
        ("0.004", "0.004", (1, 0, 1)),
        ("-5.25", "-1.05", (-525, -105, -630)),
        ("-0.005", "0", (-1, 0, -1)),
        ("0", "0", (0, 0, 0)),
    ],
)
def test_gross_and_tax_are_rounded_and_net_is_their_difference(
    net: str, tax: str, expected: tuple[int, int, int]
) -> None:
    found = totals(Decimal(net), Decimal(tax), Currency.USD, 0)
    assert (found.net_minor, found.tax_minor, found.gross_minor) == expected


@pytest.mark.parametrize(
    ("currency", "minor"),
    [(Currency.USD, 123456), (Currency.JPY, 1235), (Currency.KWD, 1234560), (Currency.CLF, 12345600)],
)
def test_minor_units_follow_the_exponent_of_the_currency(currency: Currency, minor: int) -> None:
    # 1234.56 has 0, 2, 3 or 4 decimals in the minor unit; 1234.56 JPY is rounded to 1235
    assert minor_units(Decimal("1234.56"), currency) == minor


@given(net=COSTS, tax=COSTS, currency=st.sampled_from(Currency))
def test_the_parts_always_add_up_and_the_gross_is_rounded_half_away_from_zero(
    net: Decimal, tax: Decimal, currency: Currency
) -> None:
    found = totals(net, tax, currency, 7)
    with localcontext() as context:
        context.prec = 100
        gross = net + tax
        step = Decimal(1).scaleb(-MINOR_UNITS[currency])
        assert found.gross == gross
        assert found.net_minor + found.tax_minor == found.gross_minor
        assert found.gross_minor * step == gross.quantize(step, ROUND_HALF_UP)
        assert abs(found.gross_minor * step - gross) * 2 <= step
        assert abs(found.net_minor * step - net) <= step
    assert found.gross_minor == found.rounding_minor + 7


@given(COSTS)
def test_zeros_at_the_end_change_no_value(amount: Decimal) -> None:
    found = without_zeros(amount)
    assert found == amount
    assert not f"{found:f}".endswith("0") or found == found.to_integral_value()
    assert "E+" not in str(found)
