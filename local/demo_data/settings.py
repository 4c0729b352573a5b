"""The settings of the demo company in PostgreSQL: issuer, number series, terms for each contract, partners."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import SQLModel

from local.demo_data import CONTRACTS, EXCLUSIONS, costs, partners
from local.demo_data.contracts import DemoContract
from local.demo_data.customers import CUSTOMERS
from models.billing.pricing import client_type
from models.contracts.contract import Contract, DealType
from models.contracts.rate_rule import RateRule
from models.contracts.tables import ClientInvoiceConfig, ContractRateRule, EmployeeExclusion
from models.contracts.terms import ContractTerms
from models.invoice.content.basis import ClientType
from models.issuer.deadlines import DeadlinePolicy, DeadlinesInput
from models.issuer.issuer import BankAccount, Issuer, Party
from models.issuer.tables import IssuerRow, NumberSeries
from models.values.document_options import Toggles
from models.values.money import Currency

_BANK = {"bank_name": "«Oqtepa Tijorat Bank» ATB", "mfo": "09905", "swift_bic": "OQTBUZ22"}
# One account for each currency that the demo bills in; the digits after 20208 are the currency's code.
ISSUER = Issuer(
    party=Party(
        name="ProximaOps",
        company_type="LLC",
        address="Toshkent sh., Yunusobod t., Amir Temur shoh koʻchasi, 107",
        tin="309630523",
        account_number="20208000905123456001",
        **_BANK,
        signer="Рахимов Тимур Бахтиёрович",
        country="UZ",
    ),
    accounts=(
        BankAccount(currency=Currency.USD, account_number="20208840905123456001", **_BANK),
        BankAccount(currency=Currency.EUR, account_number="20208978905123456001", **_BANK),
        BankAccount(currency=Currency.MYR, account_number="20208458905123456001", **_BANK),
    ),
    zone="Asia/Tashkent",
    notice_email="finance@proximaops.example",
    deadlines=DeadlinePolicy.model_validate(DeadlinesInput().model_dump()),
)

SERIES = {"ACT": "ACT-{seq}", "INV": "INV-{seq}", "default": "DOC-{seq}"}

# The texts name no number of days: the days to pay are a separate setting and can be edited in the draft.
LEGAL_TEXTS = {
    ClientType.LOCAL: (
        "Услуги, перечисленные в настоящем акте, оказаны Исполнителем в полном объёме, в срок и надлежащим образом. "
        "Заказчик претензий по объёму, качеству и срокам не имеет. Стоимость услуг подлежит оплате по реквизитам "
        "Исполнителя в срок, предусмотренный договором. Акт имеет силу первичного учётного документа."
    ),
    ClientType.INTERNATIONAL: (
        "Payment is made by bank transfer, all bank charges to the payer. Please quote the invoice number with the "
        "payment. The services were rendered in full; an objection to hours or amounts must reach us in writing before "
        "the invoice falls due."
    ),
}

# Multipliers of contracts that agreed on others than the defaults. Acme (APP-001) has none: its month is the worked
# example of the documentation.
MULTIPLIERS: dict[str, dict[str, Any]] = {
    "APP-002": {"overtime_multiplier": Decimal("1.5"), "p1_p3_multiplier": Decimal("1.25")},
    "APP-003": {
        "p1_p3_multiplier": Decimal("1.5"),
        "off_hours_multiplier": Decimal("1.25"),
        "p1_p3_off_hours_multiplier": Decimal(2),
        "business_hours_tz": "Europe/Berlin",
    },
    "APP-004": {"off_hours_multiplier": Decimal("1.5"), "p1_p3_off_hours_multiplier": Decimal(2)},
    "APP-010": {"overtime_multiplier": Decimal("1.2"), "weekend_days": (7,)},
}


def rows() -> list[SQLModel]:
    return [
        IssuerRow(issuer=ISSUER.model_dump(mode="json")),
        *(NumberSeries(name=name, pattern=pattern, last_number=0) for name, pattern in SERIES.items()),
        *(EmployeeExclusion(account_id=account, exclusion_type=kind) for account, kind in EXCLUSIONS.items()),
        *(_config(contract) for contract in CONTRACTS),
        *(_rate_rule(contract) for contract in CONTRACTS if contract.application_key in MULTIPLIERS),
        *partners.rows(),
        *costs.rows(),
    ]


def _config(contract: DemoContract) -> ClientInvoiceConfig:
    kind = _client_type(contract)
    series = "ACT" if kind is ClientType.LOCAL else "INV"
    defaults = ContractTerms(issuer=ISSUER, series=series)
    return ClientInvoiceConfig(
        application_key=contract.application_key,
        series=series,
        payment_days=defaults.payment_days,
        reminder_days=list(defaults.reminder_days),
        channel=None,
        recipients=[],
        legal_text=LEGAL_TEXTS[kind],
        **Toggles().model_dump(),
    )


def _rate_rule(contract: DemoContract) -> ContractRateRule:
    rule = RateRule(
        base_hourly_rate=contract.hourly_rate,
        monthly_limit_hours=Decimal(contract.monthly_limit or 0),
        **MULTIPLIERS[contract.application_key],
    )
    fields = rule.model_dump() | {"weekend_days": list(rule.weekend_days)}
    return ContractRateRule(
        application_key=contract.application_key, valid_from=date(2025, 1, 1), valid_to=None, **fields
    )


def _client_type(contract: DemoContract) -> ClientType:
    customer = next(each for each in CUSTOMERS if each.customer_key == contract.customer_key)
    record = Contract(
        application_key=contract.application_key,
        customer_key=contract.customer_key,
        status="Active",
        application_name=contract.application_name,
        start_date=contract.start_date,
        deal_amount=contract.deal_amount,
        deal_type=DealType(contract.deal_type),
        hourly_rate=contract.hourly_rate,
        currency=contract.currency,
        invoice_amount=contract.invoice_amount,
    )
    return client_type(record, customer.swift_bic)
