"""Contents to print: contracts with hand-made facts, drafted by the rules themselves."""

from datetime import date, timedelta
from decimal import Decimal

from models.content import Content
from models.drafting import draft
from models.facts import Application, ContractFacts, Customer, DealType, Worklog
from models.periods import Period
from models.ports import Rendering
from models.terms import ContractTerms, Issuer, Party, TaxRate, Toggles

FEBRUARY = Period.month(2026, 2)
INVOICE_DATE = date(2026, 3, 2)
DUE = date(2026, 4, 16)  # 2 March + 45 days: 29 left in March, 16 in April

ISSUER = Issuer(
    party=Party(
        name="ProximaOps",
        company_type="LLC",
        address="100084, г. Ташкент, Юнусабадский район, ул. Амира Темура, 107Б",
        tin="309630523",
        account_number="2020 8000 9051 2345 6001",
        bank_name="АКБ «Капиталбанк», Ташкент",
        mfo="01088",
        swift_bic="",
        signer="Рахимов Т. А.",
        country="Uzbekistan",
    )
)
ISSUER_ABROAD = Issuer(
    party=Party(
        name="ProximaOps",
        company_type="LLC",
        address="107B Amir Temur Avenue, Tashkent 100084",
        tin="309630523",
        account_number="2020 8840 9051 2345 6002",
        bank_name="Kapitalbank JSCB, Tashkent",
        mfo="01088",
        swift_bic="KACHUZ22",
        signer="T. Rakhimov",
        country="Uzbekistan",
    )
)

LOCAL_CUSTOMER = Customer(
    customer_key="CUST-001",
    company_name="Acme Corp",
    company_type="LLC",
    address="100047, г. Ташкент, Мирабадский район, ул. Нукус, 22",
    tin="123456789",
    account_number="2020 8000 4007 6543 2001",
    mfo="00974",
    bank_name="АКБ «Ипак Йули», Ташкент",
    signer_full_name="Каримова Д. Б.",
    country="Узбекистан",
)
FOREIGN_CUSTOMER = Customer(
    customer_key="CUST-002",
    company_name="Northwind Trading",
    company_type="GmbH",
    address="Friedrichstraße 88, 10117 Berlin",
    tin="DE318745203",
    swift_bic="DEUTDEBBXXX",
    account_number="DE89 3704 0044 0532 0130 00",
    signer_full_name="Anna Vogel",
    country="Germany",
)

SUMMARIES = (
    "Implement user dashboard",
    "Restore nightly backups after the storage migration",
    "Renew TLS certificates of the customer portal",
    "Database replica lags behind; tune autovacuum and long-running reports",
    "Onboard five new employees",
    "VPN drops every hour for the Samarkand office",
    "Upgrade Kubernetes nodes to the supported release, including a rehearsal on the staging cluster",
    "Mail queue stuck: clean up and add an alert",
    "Quarterly access review",
    "Patch hypervisors",
    "Настроить мониторинг платёжного шлюза",
    "Printer fleet: replace drivers",
)


def worklog(n: int, seconds: int, *, day: int | None = None, issue: str = "", **fields: object) -> Worklog:
    return Worklog.model_validate(
        {
            "worklog_id": f"w{n:05d}",
            "issue_key": issue or f"PROJ-{401 + n}",
            "issue_summary": SUMMARIES[n % len(SUMMARIES)],
            "issue_type": "Task",
            "priority": "P4",
            "account_id": "a-1",
            "project_label": "acme",
            "started_on": date(2026, 2, day or 2 + n % 5),
            "seconds": seconds,
            **fields,
        }
    )


def worklogs(count: int, seconds: int) -> tuple[Worklog, ...]:
    """One for each of `count` issues, on the working days of 2-6 February."""
    return tuple(worklog(n, seconds, issue=f"PROJ-{10001 + n}") for n in range(count))


def application(deal_type: DealType, *, currency: str = "UZS", **fields: object) -> Application:
    return Application.model_validate(
        {
            "application_key": "APP-001",
            "customer_key": "CUST-001",
            "status": "Active",
            "application_name": "Acme Support",
            "start_date": date(2025, 1, 1),
            "deal_amount": Decimal("15000000.00") if deal_type is not DealType.HR else Decimal(0),
            "deal_type": deal_type,
            "monthly_limit": Decimal(40) if deal_type is DealType.SUP else Decimal(0),
            "hourly_rate": Decimal("150000.00") if currency == "UZS" else Decimal("50.00"),
            "currency": currency,
            "invoice_amount": Decimal("5000.00") if currency != "UZS" else Decimal(0),
            "agreement_date": date(2025, 1, 15),
            "agreement_number": "IT-2025/014",
            "labels": "acme",
            **fields,
        }
    )


def content(
    deal_type: DealType = DealType.SUP,
    logs: tuple[Worklog, ...] = (),
    *,
    currency: str = "UZS",
    toggles: Toggles | None = None,
    tax: TaxRate | None = None,
    legal_text: str = "",
    **fields: object,
) -> Content:
    abroad = currency != "UZS"
    issuer = ISSUER_ABROAD if abroad else ISSUER
    terms = ContractTerms(
        issuer=issuer.model_copy(update={"taxes": (tax,) if tax else ()}),
        series="ACT",
        toggles=toggles or Toggles(),
        legal_text=legal_text,
    )
    facts = ContractFacts(
        application=application(deal_type, currency=currency, **fields),
        customer=FOREIGN_CUSTOMER if abroad else LOCAL_CUSTOMER,
        worklogs=logs,
    )
    return draft(facts, terms, FEBRUARY, INVOICE_DATE)


def seed_support(**fields: object) -> Content:
    """45.50 h of a limit of 40 h, so 5.50 h of overtime at 150,000.00 (docs/specification/pricing.md 4.8).

    Twelve issues: 2.00 h on the first, 4.00 h on ten, 3.50 h on the last: 2 + 40 + 3.5 = 45.5.
    """
    lengths = [7200, *[14400] * 10, 12600]
    logs = tuple(worklog(n, seconds, issue=f"PROJ-{456 + n}") for n, seconds in enumerate(lengths))
    return content(DealType.SUP, logs, **fields)  # type: ignore[arg-type]


def rendering(of: Content, number: str = "ACT-2026-0014") -> Rendering:
    return Rendering(
        invoice_id="0f0e0d0c", display_number=number, digest="d" * 64, due=INVOICE_DATE + timedelta(days=45), content=of
    )
