"""The contracts of the demo: thirteen defined here, one for each case of billing, and any number of generated ones.

`rows` is the number of worklogs in a month of the contract in a load of the standard size. It fits the limit of the
contract: a worklog bills 1.1 h on average.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from local.demo_data import schema
from local.demo_data.months import Month

ROWS_A_MONTH = 240
"""Worklogs in a month of a generated contract."""


@dataclass(frozen=True)
class DemoContract:
    application_key: str
    customer_key: str
    application_name: str
    deal_type: str
    description: str
    labels: tuple[str, ...]
    rows: int
    deal_amount: Decimal = Decimal(0)
    monthly_limit: int | None = 0
    hourly_rate: Decimal = Decimal(0)
    currency: str = "UZS"
    invoice_amount: Decimal = Decimal(0)
    start_date: date = date(2025, 1, 1)
    agreement_number: str | None = None
    closed: bool = False  # at the end of the third of the six full months
    skips_last_month: bool = False

    def rows_in(self, month: Month, months: tuple[Month, ...]) -> int:
        if (self.closed and month not in months[:-4]) or (self.skips_last_month and month == months[-2]):
            return 0
        return self.rows


CONTRACTS = (
    DemoContract(
        application_key="APP-001",
        customer_key="CUST-001",
        application_name="Acme Support",
        deal_type="SUP",
        description="Support of the client portal",
        labels=("PROJ",),
        rows=38,
        deal_amount=Decimal("15000000.00"),
        monthly_limit=40,
        hourly_rate=Decimal("150000.00"),
        agreement_number="PO-2025/001",
        skips_last_month=True,  # its worklogs are defined in worked_example.py
    ),
    DemoContract(
        application_key="APP-002",
        customer_key="CUST-002",
        application_name="Fleet tracking support",
        deal_type="SUP",
        description="Always above its limit",
        labels=("FLEET",),
        rows=340,
        deal_amount=Decimal("38400000.00"),
        monthly_limit=240,
        hourly_rate=Decimal("160000.00"),
        agreement_number="PO-2025/014",
    ),
    DemoContract(
        application_key="APP-003",
        customer_key="CUST-003",
        application_name="Produktionsplanung Support",
        deal_type="SUP",
        description="Billed abroad in euro",
        labels=("MUSO",),
        rows=290,
        deal_amount=Decimal("178000000.00"),
        monthly_limit=360,
        hourly_rate=Decimal("42.00"),
        currency="EUR",
        invoice_amount=Decimal("12600.00"),
        agreement_number="PO-2025/E-03",
    ),
    DemoContract(
        application_key="APP-004",
        customer_key="CUST-004",
        application_name="Brightwater Data Engineering",
        deal_type="HR",
        description="By the hour, in dollars",
        labels=("BWATER",),
        rows=330,
        hourly_rate=Decimal("50.00"),
        currency="USD",
        invoice_amount=Decimal("5000.00"),
        agreement_number="PO-2025/E-04",
    ),
    DemoContract(
        application_key="APP-005",
        customer_key="CUST-005",
        application_name="Investor cabinet support",
        deal_type="SUP",
        description="In som, with a SWIFT code",
        labels=("RGST",),
        rows=350,
        deal_amount=Decimal("62000000.00"),
        monthly_limit=400,
        hourly_rate=Decimal("165000.00"),
        agreement_number="PO-2025/022",
    ),
    DemoContract(
        application_key="APP-006",
        customer_key="CUST-006",
        application_name="1С ва омбор ҳисоби",
        deal_type="HR",
        description="A SWIFT code without meaning",
        labels=("NAFIS",),
        rows=290,
        hourly_rate=Decimal("140000.00"),
        agreement_number="PO-2025/027",
    ),
    DemoContract(
        application_key="APP-007",
        customer_key="CUST-007",
        application_name="Savdo tizimini joriy etish",
        deal_type="FP",
        description="A fixed price a month",
        labels=("CHARM",),
        rows=310,
        deal_amount=Decimal("48000000.00"),
        monthly_limit=None,
        agreement_number="PO-2025/031",
    ),
    DemoContract(
        application_key="APP-008",
        customer_key="CUST-008",
        application_name="Mehmonxona tizimi",
        deal_type="SUP",
        description="New: it has no project labels yet",
        labels=(),
        rows=0,
        deal_amount=Decimal("9000000.00"),
        monthly_limit=30,
        hourly_rate=Decimal("130000.00"),
    ),
    DemoContract(
        application_key="APP-009",
        customer_key="CUST-009",
        application_name="Apothekenportal",
        deal_type="HR",
        description="No work in the last month",
        labels=("GRAPO",),
        rows=230,
        hourly_rate=Decimal("45.00"),
        currency="EUR",
        invoice_amount=Decimal("4200.00"),
        agreement_number="PO-2025/E-09",
        skips_last_month=True,
    ),
    DemoContract(
        application_key="APP-010",
        customer_key="CUST-010",
        application_name="Marketplace support",
        deal_type="SUP",
        description="Two projects in Jira",
        labels=(
            "CHORSU",
            "CHAPP",
        ),
        rows=400,
        deal_amount=Decimal("64000000.00"),
        monthly_limit=420,
        hourly_rate=Decimal("155000.00"),
        agreement_number="PO-2025/040",
    ),
    DemoContract(
        application_key="APP-011",
        customer_key="CUST-001",
        application_name="Acme Website Relaunch",
        deal_type="HR",
        description="Finished; Acme's other contract",
        labels=("ACWEB",),
        rows=200,
        hourly_rate=Decimal("120000.00"),
        agreement_number="PO-2025/002",
        closed=True,
    ),
    DemoContract(
        application_key="APP-012",
        customer_key="CUST-011",
        application_name="Cargo Desk",
        deal_type="FP",
        description="A fixed price abroad; no limit on record",
        labels=("BHCARGO",),
        rows=300,
        deal_amount=Decimal("95000000.00"),
        monthly_limit=None,
        currency="USD",
        invoice_amount=Decimal("7500.00"),
        agreement_number="PO-2025/E-12",
    ),
    DemoContract(
        application_key="APP-013",
        customer_key="CUST-002",
        application_name="Fleet servers hosting",
        deal_type="FP",
        description="A fixed price without worklogs",
        labels=("FLHOST",),
        rows=0,
        deal_amount=Decimal("6500000.00"),
        monthly_limit=None,
        agreement_number="PO-2025/015",
    ),
)


def application_rows(months: tuple[Month, ...]) -> list[tuple[object, ...]]:
    """Return the rows of the applications table, with the columns in its order."""
    return [
        (
            each.application_key,
            each.customer_key,
            "Closed" if each.closed else "Active",
            each.application_name,
            each.description,
            each.start_date,
            months[-5].last if each.closed else None,
            each.deal_amount,
            each.deal_type,
            each.monthly_limit,
            each.hourly_rate,
            each.currency,
            each.invoice_amount,
            each.start_date if each.agreement_number else None,
            each.agreement_number,
            ",".join(each.labels),
        )
        for each in CONTRACTS
    ]


# The columns of a generated contract by its number. They depend on a hash, so a seed always gives the same contracts.
_NUMBERED = """
SELECT toUInt64(number) + {first} AS nth, leftPad(toString(nth), 5, '0') AS padded,
    sipHash64({seed}, nth) AS h, h % 4 = 0 AS abroad,
    arrayElement(['SUP', 'SUP', 'SUP', 'HR', 'FP'], 1 + bitShiftRight(h, 8) % 5) AS deal,
    toDecimal64(1000 + 500 * (bitShiftRight(h, 16) % 20), 2) AS units,
    arrayElement(['Yangi', 'Buyuk', 'Oltin', 'Milliy', 'Toza', 'Ishonch', 'Nurli', 'Sharq'],
        1 + bitShiftRight(h, 24) % 8) AS adjective,
    arrayElement(['Savdo', 'Qurilish', 'Texnika', 'Logistika', 'Tekstil', 'Farm', 'Energiya', 'Agro', 'Media'],
        1 + bitShiftRight(h, 32) % 9) AS noun
FROM numbers({count})
"""

_APPLICATIONS = """
SELECT concat('APP-', if(nth < 1000, leftPad(toString(nth), 3, '0'), toString(nth))), concat('CUST-', padded),
    'Active', concat(adjective, ' ', noun, ' support'), 'Generated', toDate('2025-01-01') + h % 365, NULL,
    if(deal = 'HR', toDecimal64(0, 2), units * 10000), deal,
    if(deal = 'SUP', toUInt32(160 + 40 * (bitShiftRight(h, 40) % 6)), NULL),
    if(abroad, toDecimal64(30 + h % 50, 2), toDecimal64(100000 + 5000 * (h % 20), 2)),
    if(abroad, if(bitShiftRight(h, 48) % 2 = 0, 'USD', 'EUR'), 'UZS'), if(abroad, units, toDecimal64(0, 2)),
    toDate('2025-01-01') + h % 365, concat('PO-2025/', padded), concat('B', padded)
FROM ({numbered})
"""

_CUSTOMERS = """
SELECT concat('CUST-', padded), concat(adjective, ' ', noun, ' ', padded), 'LLC',
    concat('Toshkent sh., ', padded, '-uy'), toString(400000000 + nth), '62010', if(abroad, 'AKTMUZ22', ''),
    concat('2020800090', leftPad(toString(nth), 7, '0'), '001'), '09905', 'Demo Bank', 'Aliyev Vali', 'UZ'
FROM ({numbered})
"""

_CONTACTS = """
SELECT concat('CUST-', padded), 'Vali Aliyev', concat('accounts.', padded, '@example.com'), '+998 71 200 00 00'
FROM ({numbered})
"""


def numbered_contracts(seed: int, contracts: int) -> dict[str, str]:
    """Return a SELECT for each table that generates the contracts beyond those defined here."""
    numbered = _NUMBERED.format(seed=seed, first=len(CONTRACTS) + 1, count=contracts - len(CONTRACTS))
    return {
        schema.APPLICATIONS: _APPLICATIONS.format(numbered=numbered),
        schema.CUSTOMERS: _CUSTOMERS.format(numbered=numbered),
        schema.CONTACTS: _CONTACTS.format(numbered=numbered),
    }
