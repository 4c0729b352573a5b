"""The columns of each settings sheet in CSV files."""

from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from models.settings.area import Area


class CellType(StrEnum):
    """How the text of a cell is read."""

    TEXT = "text"
    CHOICE = "choice"
    AMOUNT = "amount"
    FACTOR = "factor"
    WHOLE = "whole"
    DAY = "day"
    CLOCK = "clock"
    FLAG = "flag"
    LIST = "list"
    WHOLE_LIST = "whole_list"
    CONTACTS = "contacts"
    TAGS = "tags"
    SHARES = "shares"


class Column(NamedTuple):
    """One column: `empty` is the value of an empty cell; `...` selects the default of the setting."""

    name: str
    cell_type: CellType
    empty: Any = ...


class SheetColumns(Protocol):
    """What reading and writing need of a sheet; sheets that are no settings have it, too."""

    @property
    def columns(self) -> tuple[Column, ...]: ...

    @property
    def names(self) -> list[str]: ...

    @property
    def required_names(self) -> tuple[str, ...]: ...


class Sheet(NamedTuple):
    """The columns of one area. The first holds the setting's key, unless the key is made of several `required` ones."""

    area: Area
    columns: tuple[Column, ...]
    required: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Return the names of the columns, in order."""
        return [column.name for column in self.columns]

    @property
    def required_names(self) -> tuple[str, ...]:
        """Return the names of the columns that a file must have."""
        return self.required or (self.columns[0].name,)


def _columns(cell_type: CellType, *names: str) -> tuple[Column, ...]:
    return tuple(Column(name, cell_type) for name in names)


_WORK = (
    *_columns(CellType.CHOICE, "OrderTypeName", "ServiceCategory"),
    Column("InstallationMethodName", CellType.CHOICE, None),
    Column("Description", CellType.TEXT, ""),
    Column("Amount", CellType.AMOUNT),
)
_VALIDITY = (Column("ValidFrom", CellType.DAY), Column("ValidTo", CellType.DAY, None))
_DATED = (*_VALIDITY, Column("IsActive", CellType.FLAG))
_DESCRIBED = (Column("Description", CellType.TEXT, ""), *_DATED)
_DAYS = (
    Column("description", CellType.TEXT, ""),
    Column("valid_from", CellType.DAY),
    Column("valid_to", CellType.DAY, None),
    Column("active", CellType.FLAG),
)

SHEETS = {
    sheet.area: sheet
    for sheet in (
        Sheet(
            Area.RATE_RULES,
            (
                Column("application_key", CellType.TEXT),
                Column("valid_from", CellType.DAY),
                Column("valid_to", CellType.DAY, None),
                *_columns(CellType.AMOUNT, "base_hourly_rate", "monthly_limit_hours"),
                *_columns(CellType.FACTOR, "overtime_multiplier", "p1_p3_multiplier"),
                *_columns(CellType.FACTOR, "off_hours_multiplier", "p1_p3_off_hours_multiplier"),
                *_columns(CellType.CLOCK, "business_hours_start", "business_hours_end"),
                Column("business_hours_tz", CellType.CHOICE),
                Column("weekend_days", CellType.WHOLE_LIST, ()),
                Column("bill_base_when_empty", CellType.FLAG),
            ),
        ),
        Sheet(
            Area.EXCLUSIONS,
            (
                Column("account_id", CellType.TEXT),
                Column("exclusion_type", CellType.CHOICE),
                Column("note", CellType.TEXT, ""),
            ),
        ),
        Sheet(Area.CLASSIFICATIONS, (Column("label", CellType.TEXT), Column("classification", CellType.CHOICE))),
        Sheet(
            Area.CLIENT_CONFIG,
            (
                Column("application_key", CellType.TEXT),
                Column("series", CellType.CHOICE),
                Column("payment_days", CellType.WHOLE),
                Column("reminder_days", CellType.WHOLE_LIST, ()),
                Column("channel", CellType.CHOICE, None),
                *(Column(name, CellType.LIST, ()) for name in ("recipients", "cc", "bcc")),
                *_columns(CellType.FLAG, "show_task_list", "show_tracked_time", "show_task_pricing", "show_overtime"),
                Column("legal_text", CellType.TEXT, ""),
                Column("tax_treatment", CellType.CHOICE, "standard"),
                Column("tax_note", CellType.TEXT, ""),
                Column("prices_include_tax", CellType.FLAG),
                *(Column(name, CellType.TEXT, "") for name in ("ikpu", "ikpu_name", "package_code", "package_name")),
                Column("measure_id", CellType.WHOLE, None),
            ),
        ),
        Sheet(Area.PARTNER_GROUPS, (Column("key", CellType.TEXT), Column("name", CellType.TEXT))),
        Sheet(
            Area.PARTNERS,
            (
                *_columns(CellType.TEXT, "key", "name"),
                Column("group", CellType.CHOICE, None),
                Column("billing_address", CellType.TEXT, ""),
                Column("contacts", CellType.CONTACTS, ()),
                Column("portal_url", CellType.TEXT, ""),
                Column("payment_days", CellType.WHOLE),
                Column("reminder_days", CellType.WHOLE_LIST, ()),
                Column("order_types", CellType.LIST),
                *_columns(CellType.FLAG, "requires_ttkt", "requires_awo"),
                *_columns(CellType.CHOICE, "invoice_format", "series"),
                *_columns(CellType.FLAG, "needs_review", "needs_submission_id"),
                *_columns(CellType.FLAG, "standby_port_needs_approval", "splitter_needed_at_docket"),
                *_columns(CellType.CHOICE, "language", "zone", "currency"),
                Column("tax_registration", CellType.TEXT, ""),
                Column("tax_code", CellType.CHOICE, None),
                *(Column(name, CellType.TEXT, "") for name in ("payment_instructions", "terms", "footer_note")),
                Column("recognise_revenue_in_planfact", CellType.FLAG),
            ),
        ),
        Sheet(
            Area.RATE_CARDS,
            (
                *_columns(CellType.TEXT, "PartnerName", "PartnerCode"),
                Column("DepartmentName", CellType.TEXT, ""),
                *_WORK,
                *_columns(CellType.CHOICE, "TaxRate"),
                Column("IsActive", CellType.FLAG),
                *_columns(CellType.CHOICE, "GroupCode"),
                Column("Currency", CellType.CHOICE),
                Column("TaxCode", CellType.CHOICE, None),
                *_VALIDITY,
            ),
            required=("OrderTypeName", "ServiceCategory", "Amount"),
        ),
        Sheet(
            Area.INSTALLER_RATES,
            (
                *(Column(name, CellType.CHOICE, None) for name in ("Installer", "InstallerType", "Level")),
                *_WORK,
                *_columns(CellType.AMOUNT, "OnTimeBonus", "LatePenalty"),
                Column("Currency", CellType.CHOICE),
                *_DATED,
            ),
            required=("OrderTypeName", "ServiceCategory", "Amount"),
        ),
        Sheet(
            Area.INSTALLERS,
            (
                Column("Installer", CellType.CHOICE),
                Column("Name", CellType.TEXT),
                Column("InstallerType", CellType.CHOICE),
                Column("Level", CellType.CHOICE, None),
                *_DESCRIBED,
            ),
            required=("Installer", "Name", "InstallerType"),
        ),
        Sheet(
            Area.KPI_TARGETS,
            (
                *_columns(CellType.CHOICE, "PartnerCode"),
                *(Column(name, CellType.CHOICE, None) for name in ("OrderTypeName", "InstallationMethodName")),
                Column("TargetMinutes", CellType.WHOLE),
                *_DESCRIBED,
            ),
            required=("TargetMinutes",),
        ),
        Sheet(
            Area.KPI_RULES,
            (
                Column("PartnerCode", CellType.CHOICE),
                Column("OrderTypeName", CellType.CHOICE, None),
                Column("Unit", CellType.CHOICE),
                *_columns(CellType.AMOUNT, "OnTimeBonus", "LatePenalty", "ExceededPenalty"),
                *_DESCRIBED,
            ),
            required=("PartnerCode",),
        ),
        Sheet(
            Area.CLOUD_RESOURCES,
            (
                *_columns(CellType.CHOICE, "resource", "provider"),
                *(Column(name, CellType.TEXT, None) for name in ("provider_resource_id", "name", "size")),
                Column("tags", CellType.TAGS, {}),
                Column("owner", CellType.TEXT, ""),
                *(Column(name, CellType.TEXT, None) for name in ("project", "client", "contract")),
                *_DAYS,
            ),
            required=("resource", "provider"),
        ),
        Sheet(
            Area.ALLOCATION_RULES,
            (
                Column("rule", CellType.CHOICE),
                Column("position", CellType.WHOLE),
                *(Column(name, CellType.TEXT, None) for name in ("provider", "tag", "tag_value")),
                *(Column(name, CellType.TEXT, None) for name in ("resource", "service", "project")),
                Column("shares", CellType.SHARES),
                *_DAYS,
            ),
            required=("rule", "shares"),
        ),
        Sheet(
            Area.RESALE_RULES,
            (
                Column("contract", CellType.CHOICE),
                Column("margin_percent", CellType.FACTOR),
                Column("minimum", CellType.AMOUNT, None),
                *_DAYS,
            ),
            required=("contract",),
        ),
        Sheet(
            Area.COST_RATES,
            (
                *_columns(CellType.CHOICE, "Kind", "Code", "Currency"),
                Column("Gross", CellType.AMOUNT),
                *(
                    column
                    for part in ("Taxes", "Benefits")
                    for column in (
                        Column(f"{part}Percent", CellType.FACTOR),
                        Column(f"{part}Amount", CellType.AMOUNT),
                    )
                ),
                Column("HoursPerMonth", CellType.AMOUNT),
                Column("UtilisationPercent", CellType.FACTOR),
                *_DESCRIBED,
            ),
            required=("Kind", "Code", "Gross"),
        ),
        Sheet(
            Area.COST_ASSIGNMENTS,
            (
                Column("Employee", CellType.CHOICE),
                *(Column(name, CellType.CHOICE, None) for name in ("Role", "Grade")),
                *_DESCRIBED,
            ),
            required=("Employee",),
        ),
        Sheet(
            Area.OVERHEAD_RULES,
            (
                *_columns(CellType.CHOICE, "Code", "Kind"),
                Column("Percent", CellType.FACTOR, None),
                Column("Amount", CellType.AMOUNT, None),
                Column("Currency", CellType.CHOICE, None),
                Column("BillableHours", CellType.AMOUNT, None),
                *_DESCRIBED,
            ),
            required=("Code", "Kind"),
        ),
        Sheet(
            Area.EXCHANGE_RATES,
            (
                *_columns(CellType.CHOICE, "FromCurrency", "ToCurrency"),
                Column("Units", CellType.WHOLE),
                Column("Rate", CellType.AMOUNT),
                Column("Source", CellType.TEXT),
                Column("ValidFrom", CellType.DAY, None),
                Column("Description", CellType.TEXT, ""),
                *(column for column in _DATED if column.name != "ValidFrom"),
            ),
            required=("FromCurrency", "ToCurrency", "Rate", "Source", "ValidFrom"),
        ),
    )
}
