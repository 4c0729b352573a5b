"""The worked examples of the calculator, each with its arithmetic (docs/specification/quotes.md 2).

Without other words a case is 100 standard hours at 30.00 USD by a developer who costs 18.75 an hour: revenue 3,000.00,
cost 1,875.00, margin 1,125.00.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.fixtures.scenarios import PER_HEAD, PERCENT, SPREAD, SPREAD_UZS, team

Given = dict[str, Any]


@dataclass(frozen=True)
class Case:
    name: str
    given: Given
    expected: dict[str, str | None]
    overheads: tuple[Given, ...] = field(default=())


def price(**expected: str) -> dict[str, str | None]:
    return {f"price.{name}": value for name, value in expected.items()}


def sums(**expected: str | None) -> dict[str, str | None]:
    return {f"margin.margin.{name}": value for name, value in expected.items()}


def target(**expected: str | None) -> dict[str, str | None]:
    return {f"margin.target.{name}": value for name, value in expected.items()}


SUPPORT: Given = {
    "deal_type": "SUP",
    "prices": {
        "base_amount": "2000.00",
        "hourly_rate": "30.00",
        "monthly_limit_hours": "80",
        "overtime_multiplier": "1.5",
    },
}
FIXED: Given = {"deal_type": "FP", "prices": {"base_amount": "4000.00", "hourly_rate": "30.00"}}
TIERS: Given = {
    "prices": {
        "hourly_rate": "30.00",
        "off_hours_multiplier": "1.25",
        "p1_p3_multiplier": "1.5",
        "p1_p3_off_hours_multiplier": "2",
    },
    "hours": {"standard": "80", "off_hours": "10", "p1_p3": "6", "p1_p3_off_hours": "4"},
}
EMPTY: Given = {"hours": {}, "team": []}
LICENCE: Given = {"name": "licence", "amount": "200.00", "passed_on": True}
WAIT: Given = {"payment_days": 30, "financing_percent": "12"}


def charged(rate: str, **changes: Any) -> Given:
    return {"prices": {"hourly_rate": rate}} | changes


def wanted(percent: str, **changes: Any) -> Given:
    return {"target": {"margin_percent": percent} | changes}


PRICES = [
    # 100 x 30.00 = 3,000.00; 100 x 2,400 / 128 = 1,875.00; 1,125 / 3,000 = 37.5 %
    Case("hourly", {}, price(revenue="3000") | sums(direct_cost="1875", gross_margin="1125", gross_percent="37.50")),
    # 80 x 30 + 10 x 30 x 1.25 + 6 x 30 x 1.5 + 4 x 30 x 2 = 2,400 + 375 + 270 + 240; 1,410 / 3,285 = 42.922 %
    Case("hourly in tiers", TIERS, price(revenue="3285") | sums(net_margin="1410", net_percent="42.92")),
    # 100 h lie below a limit of 120
    Case("support inside the limit",
         SUPPORT | {"prices": SUPPORT["prices"] | {"monthly_limit_hours": "120"}}, price(revenue="2000")),
    # exactly at the limit
    Case("support at the limit",
         SUPPORT | {"prices": SUPPORT["prices"] | {"monthly_limit_hours": "100"}}, price(revenue="2000")),
    # 20 x 30 x 1.5 = 900; 2,900 - 1,875 = 1,025; 1,025 / 2,900 = 35.345 %
    Case("support above the limit", SUPPORT, price(revenue="2900") | sums(net_margin="1025", net_percent="35.34")),
    # an empty month of support is charged only if the rule says so
    Case("support without hours", SUPPORT | EMPTY, price(revenue="0") | sums(net_margin="0", net_percent=None)),
    Case("support whose base is charged without hours",
         SUPPORT | EMPTY | {"prices": SUPPORT["prices"] | {"bill_base_when_empty": True}},
         price(revenue="2000") | sums(direct_cost="0", net_percent="100")),
    # multipliers do not apply; 4,000 - 1,875 = 2,125; 2,125 / 4,000 = 53.125 %
    Case("fixed price", FIXED, price(revenue="4000") | sums(net_margin="2125", net_percent="53.13")),
    Case("fixed price without hours", FIXED | EMPTY, price(revenue="4000") | sums(net_margin="4000")),
    # 12 x 3,000; 12 x 1,875; the rest
    Case("a year", {"term_months": 12}, price(revenue="36000") | sums(direct_cost="22500", net_margin="13500")),
    # a quarter of an hour counts half an hour: 0.50 x 30
    Case("less than half an hour", {"hours": {"standard": "0.25"}}, price(revenue="15", month_hours="0.50")),
    # three decimals: 10 x 8.275
    Case("dinars of Kuwait", charged("8.2750", currency="KWD", hours={"standard": "10"}, team=[]),
         price(revenue="82.750")),
    # no decimals: 1.33 x 3,001 = 3,991.33; tax 399.1
    Case("yen", charged("3001", currency="JPY", hours={"standard": "1.33"}, team=[], tax_percent="10"),
         price(revenue="3991", tax="399", total="4390")),
]  # fmt: skip
DISCOUNTS = [
    # 30.00 - 10 % = 27.00; 100 x 27 = 2,700
    Case("a percentage", {"discount": {"percent": "10"}},
         price(hourly_rate="27", revenue="2700", discount="300", list_revenue="3000")),
    # 33.33 x 0.9 = 29.997, rounded to 30.00; 3,333 - 3,000
    Case("a percentage that is rounded", charged("33.33", discount={"percent": "10"}),
         price(hourly_rate="30", revenue="3000", discount="333")),
    # 30.00 - 2.50 = 27.50
    Case("an amount off the hour", {"discount": {"amount": "2.50"}}, price(revenue="2750", discount="250")),
    # 4,000 - 250
    Case("an amount off the base", FIXED | {"discount": {"amount": "250.00"}}, price(revenue="3750", discount="250")),
    # a price is not below zero
    Case("an amount above the base", FIXED | {"discount": {"amount": "4250.00"}}, price(revenue="0", discount="4000")),
    # base 1,900, hour 28.50: 1,900 + 20 x 28.5 x 1.5 = 2,755; 2,900 - 2,755
    Case("off base and overtime", SUPPORT | {"discount": {"percent": "5"}}, price(revenue="2755", discount="145")),
]  # fmt: skip
TAXES = [
    # 3,000 x 0.12
    Case("tax is added", {"tax_percent": "12"}, price(revenue="3000", tax="360", total="3360")),
    # 3,000 / 1.12 = 2,678.571; the rest is tax
    Case("tax is included", {"tax_percent": "12", "prices_include_tax": True},
         price(revenue="2678.57", tax="321.43", total="3000") | sums(net_margin="803.57")),
    # 10.01 x 0.12 = 1.2012, rounded in each month: 3 x 1.20; 30.03 + 3.60
    Case("tax of each month", charged("10.01", hours={"standard": "1"}, term_months=3, tax_percent="12"),
         price(revenue="30.03", tax="3.60", total="33.63")),
    # 3,000 x 0.12 + 220 x 0.12 = 360 + 26.40
    Case("tax on what is passed on", {"tax_percent": "12", "costs": [LICENCE | {"markup_percent": "10"}]},
         price(tax="386.40", total="3606.40")),
]  # fmt: skip
COSTS = [
    # (1,000 + 200) / 160 x 100 = 750
    Case("taxes as an amount", {"team": [team("amounts")]}, sums(direct_cost="750")),
    # 333.33 x 12 % = 39.9996 -> 40.00; 100 x 373.33 / 80 = 466.6625
    Case("taxes that are rounded", {"team": [team("odd")]}, sums(direct_cost="466.66")),
    # a whole month costs a month
    Case("a whole month", {"team": [{"role": "developer", "share_percent": "100"}]},
         sums(direct_cost="2400") | {"margin.team_hours": "128"}),
    # 2 x 50 % of 2,400
    Case("two halves", {"team": [{"role": "developer", "people": 2, "share_percent": "50"}]}, sums(direct_cost="2400")),
    # 3 x 10 x 18.75
    Case("three people", {"team": [team(hours="10", people=3)]}, sums(direct_cost="562.50")),
    # the employee's 10.00 goes before the role's 18.75 and the grade's 20.00: 100 x 10
    Case("an employee's own rate", {"team": [team(employee="anna", grade="middle")]}, sums(direct_cost="1000")),
    # no rate of the employee: the role's 18.75
    Case("the role's rate", {"team": [team(employee="boris", grade="middle")]}, sums(direct_cost="1875")),
    # only the grade has one: 100 x 20
    Case("the grade's rate", {"team": [team("boss", grade="middle")]}, sums(direct_cost="2000")),
    # 60 x 18.75 + 40 x 30 = 1,125 + 1,200
    Case("two roles", {"team": [team(hours="60"), team("senior", "40")]}, sums(direct_cost="2325")),
    # once in twelve months: 22,500 + 500
    Case("a cost once", {"term_months": 12, "costs": [{"name": "laptop", "amount": "500.00"}]},
         sums(direct_cost="23000")),
    # 22,500 + 12 x 50
    Case("a cost each month", {"term_months": 12, "costs": [{"name": "tool", "amount": "50.00", "monthly": True}]},
         sums(direct_cost="23100")),
    # the client pays 220 for a cost of 200: 3,220 - 2,075 = 1,145
    Case("a cost with a markup", {"costs": [LICENCE | {"markup_percent": "10"}]},
         price(passed_on="220", revenue="3220") | sums(direct_cost="2075", gross_margin="1145")),
    # nothing is earned with it: 1,125
    Case("a cost without a markup", {"costs": [LICENCE]}, price(revenue="3200") | sums(gross_margin="1125")),
    # 33.35 x 1.05 = 35.0175
    Case("a markup that is rounded",
         {"costs": [LICENCE | {"amount": "33.35", "markup_percent": "5"}]}, price(passed_on="35.02")),
]  # fmt: skip
CURRENCIES = [
    # 100 x 100,000 UZS / 12,500
    Case("som into dollars", {"team": [team("local")]}, sums(direct_cost="800")),
    # 100 x 18.75 x 12,500
    Case("dollars into som", charged("400000", currency="UZS"), sums(direct_cost="23437500", net_margin="16562500")),
    # 100 x 10 EUR x 13,750 / 12,500 = 1,000 x 1.1
    Case("euros into dollars by som", {"team": [team("european")]}, sums(direct_cost="1100")),
    # 100 x 1,000 JPY x 8,250 / 100 / 12,500
    Case("yen, of which a hundred have a rate", {"team": [team("japanese")]}, sums(direct_cost="660")),
    # 1,250,000 UZS = 100 USD, twelve times, in revenue and cost
    Case("a cost in som, passed on each month",
         {"term_months": 12,
          "costs": [LICENCE | {"amount": "1250000.00", "currency": "UZS", "monthly": True}]},
         price(passed_on="1200", revenue="37200") | sums(direct_cost="23700")),
    # 1,000 UZS / 12,500 = 0.08
    Case("a cost in som", {"costs": [{"name": "stamp", "amount": "1000.00", "currency": "UZS"}]},
         sums(direct_cost="1875.08")),
]  # fmt: skip
OVERHEADS = [
    # 1,875 x 20 %; 1,125 - 375 = 750; 750 / 3,000
    Case("a percentage", {}, sums(overhead="375", net_margin="750", net_percent="25"), (PERCENT,)),
    # (1,875 + 500) x 20 %; the licence is passed on
    Case("a percentage without what is passed on", {"costs": [{"name": "laptop", "amount": "500.00"}, LICENCE]},
         sums(overhead="475", direct_cost="2575"), (PERCENT,)),
    # 100 / 128 = 0.78125 people; 0.78125 x 300 = 234.375
    Case("per head", {}, sums(overhead="234.38"), (PER_HEAD,)),
    # 2 x 300 x 3 months
    Case("per head of two in three months",
         {"term_months": 3, "team": [{"role": "developer", "people": 2, "share_percent": "100"}]},
         sums(overhead="1800"), (PER_HEAD,)),
    # 10,000 / 1,000 x 100
    Case("spread", {}, sums(overhead="1000", net_margin="125"), (SPREAD,)),
    # 12,500,000 / 1,000 x 100 = 1,250,000 UZS = 100 USD
    Case("spread in som", {}, sums(overhead="100"), (SPREAD_UZS,)),
    # 375 + 234.38 + 1,000; 1,125 - 1,609.38
    Case("all three", {}, sums(overhead="1609.38", net_margin="-484.38", net_percent="-16.15"),
         (PERCENT, PER_HEAD, SPREAD)),
    # nobody works, so nothing is borne
    Case("nobody", {"team": []}, sums(overhead="0", direct_cost="0", net_percent="100"), (PERCENT, PER_HEAD, SPREAD)),
    # 3,000 x 12 % x 30 / 365 = 29.589
    Case("the wait for the payment", WAIT, sums(waiting="29.59", gross_margin="1125", net_margin="1095.41")),
    # 36,000 x 12 % x 30 / 365 = 355.068
    Case("the wait in a year", WAIT | {"term_months": 12}, sums(waiting="355.07")),
]  # fmt: skip
TARGETS = [
    # 1,875 / 0.6 = 3,125; 3,125 / 100
    Case("40 per cent of hourly work", wanted("40"),
         target(price="31.25", revenue="3125", net_margin="1250", net_percent="40")),
    # rounded up to whole dollars: 3,200 - 1,875 = 1,325; 41.406 %
    Case("in steps of a dollar", wanted("40", step="1"),
         target(price="32", revenue="3200", net_margin="1325", net_percent="41.41")),
    # waiting costs 0.12 x 30 / 365 = 0.0098630; 2,250 / (0.6 - 0.0098630) = 3,812.67; 38.1267 is rounded up.
    # 3,813 - 2,250 - 37.61 = 1,525.39 reaches 1,525.20; at 38.12: 3,812 - 2,250 - 37.60 = 1,524.40 misses 1,524.80
    Case("with overhead and waiting", wanted("40") | WAIT, target(price="38.13", net_margin="1525.39"), (PERCENT,)),
    # 5,625 / 0.5 = 11,250 in three months
    Case("half of a fixed price", FIXED | wanted("50") | {"term_months": 3}, target(price="3750", net_margin="5625")),
    # 1,875 / 0.75 = 2,500, of which 900 are overtime
    Case("support with overtime", SUPPORT | wanted("25"), target(price="1600", revenue="2500", net_margin="625")),
    # the overtime alone brings more: 900 - 562.50 (30 h) is above 10 %
    Case("overtime that is enough",
         SUPPORT | wanted("10") | {"team": [team(hours="30")]}, target(price="0", revenue="900", net_margin="337.50")),
    # 31.25 / 0.9 = 34.7222; 34.72 x 0.9 = 31.248 -> 31.25 is enough; 34.71 x 0.9 = 31.239 -> 31.24 is not
    Case("before a discount", wanted("40") | {"discount": {"percent": "10"}},
         target(price="34.72", revenue="3125", exact_price="34.722222222222")),
    # 31.25 + 2.50
    Case("before an amount", wanted("40") | {"discount": {"amount": "2.50"}}, target(price="33.75", revenue="3125")),
    # 3,125 net are 3,500 with the tax
    Case("with the tax within", wanted("40") | {"tax_percent": "12", "prices_include_tax": True},
         target(price="35", revenue="3125", net_margin="1250")),
    # 2,075 / 0.6 = 3,458.33, of which 200 are passed on; 32.5833 is rounded up: 3,459 - 2,075
    Case("with a cost that is passed on", wanted("40") | {"costs": [LICENCE]},
         target(price="32.59", net_margin="1384")),
    # no price leaves anything for the costs
    Case("everything", wanted("100"), target(price=None, exact_price=None)),
    Case("no hours", wanted("40") | {"hours": {}}, target(price=None)),
    Case("a discount of everything", wanted("40") | {"discount": {"percent": "100"}}, target(price=None)),
]  # fmt: skip
ALL = {
    "prices": PRICES,
    "discounts": DISCOUNTS,
    "taxes": TAXES,
    "costs": COSTS,
    "currencies": CURRENCIES,
    "overheads": OVERHEADS,
    "targets": TARGETS,
}
