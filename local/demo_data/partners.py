"""The partners of the demo company with their number series and rate card, as docs/specification/partner.md 4.4 has
them. The rows without a partner and a group are the company's defaults."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from sqlmodel import SQLModel

from models.issuer.number_pattern import Reset
from models.issuer.tables import NumberSeries
from models.partners.installer_rate import InstallerRateInput, InstallerType
from models.partners.kpi.tables import KpiTargetTable
from models.partners.kpi.target import KpiTargetInput
from models.partners.order_type import OrderType
from models.partners.partner import InvoiceFormat
from models.partners.payout.installer import InstallerInput
from models.partners.rate_card import RateCardInput
from models.partners.settings import ContactInput, PartnerInput
from models.partners.tables import InstallerRateTable, InstallerTable, PartnerGroupRow, PartnerRow, RateCardTable

FROM = date(2025, 1, 1)
GROUPS = {"TIME": "TIME dotCom", "CELCOM_DIGI": "CelcomDigi", "U_MOBILE": "U Mobile"}
_TEXTS = {
    "payment_instructions": "Payment by bank transfer to the account above. Please quote the invoice number.",
    "terms": "Payment is due as agreed, from the day on which this invoice was uploaded to your portal.",
}


def _partner(name: str, group: str, address: str, contact: str, **settings: object) -> PartnerInput:
    domain = group.lower().replace("_", "")
    return PartnerInput.model_validate(
        {
            "name": name,
            "group": group,
            "billing_address": address,
            "contacts": [ContactInput(name=contact, email=f"accounts@{domain}.example", phone="+60 3-5555 0100")],
            "portal_url": f"https://portal.{domain}.example",
            "order_types": list(OrderType),
            **_TEXTS,
            **settings,
        }
    )


PARTNERS = {
    "TIME": _partner(
        "TIME",
        "TIME",
        "14 Jalan Majistret U1/26, 40150 Shah Alam, Selangor",
        "Nurul Aina",
        series="TIME",
        needs_submission_id=True,
    ),
    "CELCOM": _partner(
        "Celcom",
        "CELCOM_DIGI",
        "82 Jalan Raja Chulan, 50200 Kuala Lumpur",
        "Lim Wei Jie",
        series="CELCOM",
        invoice_format=InvoiceFormat.BATCH,
    ),
    "DIGI": _partner(
        "Digi",
        "CELCOM_DIGI",
        "Lot 10, Jalan Delima 1/1, 40000 Shah Alam, Selangor",
        "Priya Raman",
        series="DIGI",
        needs_review=False,
    ),
    "UMOBILE": _partner(
        "U Mobile",
        "U_MOBILE",
        "11-01 Berjaya Times Square, 55100 Kuala Lumpur",
        "Farid Hassan",
        series="UMOBILE",
        order_types=[each for each in OrderType if each is not OrderType.CANCELLATION],
    ),
}
SERIES = {key: f"{key}-{{year}}{{month:02d}}-{{seq:05d}}" for key in PARTNERS}

# What TIME pays for one job, by order type, category and method.
TIME_RATES = (
    (OrderType.ACTIVATION, "FTTH", "PRELAID", "150"),
    (OrderType.ACTIVATION, "FTTH", "NON_PRELAID", "330"),
    (OrderType.ACTIVATION, "FTTH", "SDU", "430"),
    (OrderType.ACTIVATION, "FTTH", "RDF_POLE", "330"),
    (OrderType.ACTIVATION, "FTTH", "ASSURANCE_REPULL", "300"),
    (OrderType.ACTIVATION, "FTTO", "PRELAID", "150"),
    (OrderType.ACTIVATION, "FTTO", "NON_PRELAID", "500"),
    (OrderType.ACTIVATION, "FTTO", "SDU_SHOPLOT", "500"),
    (OrderType.ACTIVATION, "FTTO", "RDF_POLE", "330"),
    (OrderType.ACTIVATION, "FTTO", "ASSURANCE_REPULL", "500"),
    (OrderType.ACTIVATION, "FTTR", "FTTR_1_1", "390"),
    (OrderType.ACTIVATION, "FTTR", "FTTR_1_2", "530"),
    (OrderType.ACTIVATION, "FTTR", "FTTR_1_3", "670"),
    (OrderType.ACTIVATION, "FTTC", "FTTC_BASE", "500"),
    (OrderType.ASSURANCE, "FTTH", "ASSURANCE_BASE", "80"),
)
CELCOM_DIGI_RATES = (
    (OrderType.ACTIVATION, "FTTH", "PRELAID", "145"),
    (OrderType.ACTIVATION, "FTTO", "NON_PRELAID", "500"),
)
DEFAULT_ACTIVATION = Decimal("75")
# The methods of activations by their target in minutes.
KPI_TARGETS = {
    60: ("PRELAID",),
    120: ("NON_PRELAID",),
    180: ("FTTR_1_1", "FTTR_1_2", "FTTR_1_3", "FTTC_BASE", "SDU", "SDU_SHOPLOT", "RDF_POLE"),
}


def rate_card() -> list[RateCardInput]:
    """Return the rows of the rate card."""
    return [
        *(_rate(each, partner="TIME") for each in TIME_RATES),
        *(_rate(each, group="CELCOM_DIGI") for each in CELCOM_DIGI_RATES),
        _rate((OrderType.ACTIVATION, "FTTH", None, str(DEFAULT_ACTIVATION))),
    ]


def installer_rates() -> list[InstallerRateInput]:
    """Return what installers are paid for an activation: more for an office or a room than for a home."""
    levels = ((InstallerType.EMPLOYEE, "SENIOR", 45), (InstallerType.SUBCON, None, 60))
    surcharges = {"FTTH": 0, "FTTO": 35, "FTTR": 55}
    return [
        InstallerRateInput(
            installer_type=kind,
            level=level,
            order_type=OrderType.ACTIVATION,
            category=category,
            amount=Decimal(amount + surcharge),
            valid_from=FROM,
        )
        for kind, level, amount in levels
        for category, surcharge in surcharges.items()
    ]


def installers() -> list[InstallerInput]:
    """Return the installers of the demo's jobs: two of our own and a subcontractor."""
    profiles = (
        ("Ravi", InstallerType.EMPLOYEE, "SENIOR"),
        ("Hafiz", InstallerType.SUBCON, None),
        ("Kumar", InstallerType.EMPLOYEE, "SENIOR"),
    )
    return [
        InstallerInput(installer=name.upper(), name=name, installer_type=kind, level=level, valid_from=FROM)
        for name, kind, level in profiles
    ]


def kpi_targets() -> list[KpiTargetInput]:
    """Return the sample targets of docs/specification/kpi.md 2. There is no KPI rule, so they touch no invoice."""
    return [
        KpiTargetInput(order_type=OrderType.ACTIVATION, method=method, minutes=minutes, valid_from=FROM)
        for minutes, methods in KPI_TARGETS.items()
        for method in methods
    ]


def rows() -> Iterator[SQLModel]:
    """Yield the rows of all tables, in an order that satisfies the foreign keys."""
    for name, pattern in SERIES.items():
        yield NumberSeries(name=name, pattern=pattern, last_number=0, reset=Reset.MONTH)
    for key, name in GROUPS.items():
        yield PartnerGroupRow(key=key, name=name)
    for key, partner in PARTNERS.items():
        yield PartnerRow(key=key, **partner.model_dump(mode="json"))
    for rate in rate_card():
        yield RateCardTable(id=rate.key, **rate.model_dump())
    for paid in installer_rates():
        yield InstallerRateTable(id=paid.key, **paid.model_dump())
    for installer in installers():
        yield InstallerTable(id=installer.key, **installer.model_dump())
    for target in kpi_targets():
        yield KpiTargetTable(id=target.key, **target.model_dump())


def _rate(rate: tuple[OrderType, str, str | None, str], **owner: str) -> RateCardInput:
    order_type, category, method, amount = rate
    fields = {"order_type": order_type, "category": category, "method": method, "amount": amount, "valid_from": FROM}
    return RateCardInput.model_validate(fields | owner)
