"""The columns of dated settings in CSV files, and how the text of some of them is written."""

from collections.abc import Mapping

from models.settings.area import Area
from models.settings.csv_columns import SHEETS

_CLOUD_COSTS = (Area.CLOUD_RESOURCES, Area.ALLOCATION_RULES, Area.RESALE_RULES)

_DATED = {"description": "Description", "valid_from": "ValidFrom", "valid_to": "ValidTo", "active": "IsActive"}
_WORK = {
    "order_type": "OrderTypeName",
    "category": "ServiceCategory",
    "method": "InstallationMethodName",
    "amount": "Amount",
    "currency": "Currency",
    **_DATED,
}
_INSTALLER = {"installer": "Installer", "installer_type": "InstallerType", "level": "Level"}
_ADJUSTMENTS = {"on_time_bonus": "OnTimeBonus", "late_penalty": "LatePenalty"}
COLUMNS: Mapping[Area, Mapping[str, str]] = {
    Area.RATE_CARDS: {
        "partner": "PartnerCode",
        "group": "GroupCode",
        "tax_code": "TaxCode",
        "department": "DepartmentName",
        **_WORK,
    },
    Area.INSTALLER_RATES: {**_INSTALLER, **_WORK, **_ADJUSTMENTS},
    Area.INSTALLERS: {**_INSTALLER, "name": "Name", **_DATED},
    Area.KPI_TARGETS: {
        "partner": "PartnerCode",
        "order_type": "OrderTypeName",
        "method": "InstallationMethodName",
        "minutes": "TargetMinutes",
        **_DATED,
    },
    Area.KPI_RULES: {
        "partner": "PartnerCode",
        "order_type": "OrderTypeName",
        "unit": "Unit",
        **_ADJUSTMENTS,
        "exceeded_penalty": "ExceededPenalty",
        **_DATED,
    },
    Area.COST_RATES: {
        "kind": "Kind",
        "code": "Code",
        "currency": "Currency",
        "gross": "Gross",
        "taxes_percent": "TaxesPercent",
        "taxes_amount": "TaxesAmount",
        "benefits_percent": "BenefitsPercent",
        "benefits_amount": "BenefitsAmount",
        "hours_per_month": "HoursPerMonth",
        "utilisation_percent": "UtilisationPercent",
        **_DATED,
    },
    Area.COST_ASSIGNMENTS: {"employee": "Employee", "role": "Role", "grade": "Grade", **_DATED},
    Area.OVERHEAD_RULES: {
        "code": "Code",
        "kind": "Kind",
        "percent": "Percent",
        "amount": "Amount",
        "currency": "Currency",
        "billable_hours": "BillableHours",
        **_DATED,
    },
    Area.EXCHANGE_RATES: {
        "from_currency": "FromCurrency",
        "to_currency": "ToCurrency",
        "units": "Units",
        "rate": "Rate",
        "source": "Source",
        **_DATED,
    },
    # The sheets of cloud costs name their columns as the fields.
    **{area: {name: name for name in SHEETS[area].names} for area in _CLOUD_COSTS},
}
"""The column of each field, by area."""
CODES = ("category", "method", "level")
CAPITALS = ("installer", "currency", "group", "partner", "from_currency", "to_currency")
LOWER = ("installer_type", "unit", "kind")
