"""Dated settings in CSV files. Rates have the columns of the company's earlier files.

See docs/specification/partners.md 2.5, docs/specification/kpi.md 7 and docs/specification/bills.md 8.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from api.settings.csv_fields import CAPITALS, CODES, COLUMNS, LOWER
from api.settings.import_plan import CellError, Plan, RowReport, outcome_of, validated
from api.settings.partner_repositories import PARTNER_GROUPS, PARTNERS
from api.settings.repositories import ISSUER
from models.issuer.tax_table import TaxRow
from models.partners.rate_card import RateCardInput
from models.partners.settings import PartnerInput
from models.settings import csv_sheet
from models.settings.area import Area, SettingRefused
from models.settings.csv_sheet import SheetRow
from models.settings.dated import DatedInput, check_overlap
from models.values.typed_values import plain_number

FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True)
class Names:
    """What the cells of a file may name."""

    partners: Mapping[str, PartnerInput]
    groups: frozenset[str]
    taxes: tuple[TaxRow, ...]

    @classmethod
    async def read(cls, connection: AsyncConnection) -> "Names":
        issuer = (await ISSUER.read(connection)).get(ISSUER.KEY)
        return cls(
            partners=await PARTNERS.read(connection),
            groups=frozenset(await PARTNER_GROUPS.read(connection)),
            taxes=issuer.taxes if issuer else (),
        )


def cells_of(area: Area, rate: DatedInput, names: Names) -> dict[str, Any]:
    """Return the values of a rate's cells by column."""
    values = rate.model_dump()
    cells: dict[str, Any] = {column: values[field] for field, column in COLUMNS[area].items()}
    if isinstance(rate, RateCardInput):
        partner = names.partners.get(rate.partner) if rate.partner else None
        cells |= {"PartnerName": partner.name if partner else "", "TaxRate": ""}
    return cells


def plan_rates(plan: Plan, rows: list[SheetRow], model: type[DatedInput], names: Names) -> None:
    """Plan the rates of the rows. Two rows for the same work on the same day are an error of the later one."""
    by_work: dict[str, list[DatedInput]] = defaultdict(list)
    for rate in plan.before.values():
        by_work[rate.work_key].append(rate)
    seen: dict[str, int] = {}
    for row in rows:
        errors = [CellError(column=None, message=row.problem)] if row.problem else []
        rate = None if errors else _rate(plan, row, model, names, by_work, errors)
        if rate is not None and rate.key in seen:
            errors.append(CellError(column=None, message=f"this rate is in row {seen[rate.key]} already"))
        report = plan.report(row, rate.key if rate is not None else "", *errors)
        if rate is not None and not errors:
            seen[rate.key] = row.number
            plan.after[rate.key] = rate
            report.outcome = outcome_of(plan.before.get(rate.key), rate)
    _check_days(plan)


def _rate(
    plan: Plan,
    row: SheetRow,
    model: type[DatedInput],
    names: Names,
    by_work: Mapping[str, list[DatedInput]],
    errors: list[CellError],
) -> DatedInput | None:
    """Return the rate of the row; columns that the file does not have keep the values of an existing one."""
    columns = COLUMNS[plan.sheet.area]
    fields = _fields(plan.sheet.area, csv_sheet.values(row.cells, plan.sheet), names, errors)
    if plan.sheet.area is Area.RATE_CARDS and row.cells.keys() & {"TaxCode", "TaxRate"}:
        _read_into(fields, "tax_code", _tax_code, row.cells, names, errors)
    rate = _validated(model, {"valid_from": FIRST_DAY} | fields, columns, errors)
    if errors or rate is None:
        return None
    if "valid_from" not in fields and (same := by_work.get(rate.work_key)):
        if len(same) > 1:
            days = ", ".join(sorted(str(each.valid_from) for each in same))
            message = f"is required, because there are rates from {days}"
            errors.append(CellError(column=columns["valid_from"], message=message))
            return None
        fields["valid_from"] = same[0].valid_from
    existing = plan.before.get(f"{rate.work_key}.{fields.get('valid_from', FIRST_DAY)}")
    kept = existing.model_dump() if existing else {"valid_from": FIRST_DAY}
    absent = {name: value for name, value in kept.items() if name not in fields and _is_kept(name, columns, row)}
    return _validated(model, absent | fields, columns, errors)


def _is_kept(field: str, columns: Mapping[str, str], row: SheetRow) -> bool:
    """Return whether a field without a value keeps that of the existing rate: its column is not in the file."""
    if field == "valid_from":
        return True
    return columns[field] not in row.cells


def _validated(
    model: type[DatedInput], fields: dict[str, Any], columns: Mapping[str, str], errors: list[CellError]
) -> DatedInput | None:
    found: list[CellError] = []
    rate = validated(model, fields, found)
    errors += [each.model_copy(update={"column": columns.get(each.column or "", each.column)}) for each in found]
    return rate


def _fields(area: Area, cells: Mapping[str, Any], names: Names, errors: list[CellError]) -> dict[str, Any]:
    """Return the fields of a rate from the values of its cells. What cannot be read is added to `errors`."""
    fields = {field: cells[column] for field, column in COLUMNS[area].items() if column in cells}
    for field, text in fields.items():
        if isinstance(text, str) and field in CODES:
            fields[field] = re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")
        elif isinstance(text, str) and field in CAPITALS:
            fields[field] = text.strip().upper()
        elif isinstance(text, str) and field in LOWER:
            fields[field] = text.strip().lower()
    if "partner" in COLUMNS[area]:
        _read_into(fields, "partner", _partner, cells, names, errors)
    if area is Area.RATE_CARDS:
        _read_into(fields, "group", _group, cells, names, errors)
        partner = names.partners.get(fields["partner"]) if fields.get("partner") else None
        if partner is not None:
            fields.setdefault("currency", partner.currency)
    return fields


def _read_into(
    fields: dict[str, Any],
    field: str,
    read: Callable[[Mapping[str, Any], Names], str | None],
    cells: Mapping[str, Any],
    names: Names,
    errors: list[CellError],
) -> None:
    try:
        fields[field] = read(cells, names)
    except SettingRefused as refused:
        fields.pop(field, None)
        errors.append(CellError(column=refused.path, message=refused.message))


def _partner(cells: Mapping[str, Any], names: Names) -> str | None:
    """Return the key of the partner that the cells name by its code, or without a code by its name."""
    code, name = (str(cells.get(column, "")).strip() for column in ("PartnerCode", "PartnerName"))
    if code:
        found = [key for key in names.partners if key == code.upper()]
    elif name:
        found = [
            key for key, each in names.partners.items() if name.casefold() in (each.name.casefold(), key.casefold())
        ]
    else:
        return None
    if len(found) == 1:
        return found[0]
    column, wanted = ("PartnerCode", code) if code else ("PartnerName", name)
    known = ", ".join(names.partners) or "none yet"
    number = "several partners have the name" if found else "there is no partner"
    raise SettingRefused(column, f"{number} {wanted}; give the code of one of: {known}")


def _group(cells: Mapping[str, Any], names: Names) -> str | None:
    code = str(cells.get("GroupCode", "")).strip().upper()
    if code and code not in names.groups:
        known = ", ".join(sorted(names.groups)) or "none yet"
        raise SettingRefused("GroupCode", f"there is no partner group {code}; there are: {known}")
    return code or None


def _tax_code(cells: Mapping[str, Any], names: Names) -> str | None:
    """Return the tax code of the cells: the one that is given, or the one whose rate is given."""
    codes = sorted({tax.code for tax in names.taxes})
    if code := str(cells.get("TaxCode") or "").strip():
        if code not in codes:
            known = ", ".join(codes) or "nothing yet"
            raise SettingRefused("TaxCode", f"the issuer's tax table has no {code}; it has: {known}")
        return code
    share = _share(str(cells.get("TaxRate", "")).strip())
    if not share:
        return None
    found = sorted({tax.code for tax in names.taxes if tax.rate == share})
    if len(found) != 1:
        known = ", ".join(found or codes) or "nothing yet"
        raise SettingRefused("TaxRate", f"no single tax has this rate; give the code in TaxCode, one of: {known}")
    return found[0]


def _share(text: str) -> Decimal | None:
    """Return the rate as a share: `6`, `6%` and `0.06` are 0.06. An empty cell has none."""
    if not text:
        return None
    number = plain_number(text.removesuffix("%"), separator_is_decimal=True)
    if number is None:
        raise SettingRefused("TaxRate", "must be a rate such as 6 or 0.06, or left empty")
    rate = Decimal(number)
    return rate / 100 if text.endswith("%") or rate >= 1 else rate


def _check_days(plan: Plan) -> None:
    """Report each changed rate that shares a day with another one for the same work, as both will be."""
    by_work: dict[str, dict[str, DatedInput]] = defaultdict(dict)
    for key, rate in plan.after.items():
        by_work[rate.work_key][key] = rate
    for key, reports in plan.keys.items():
        if key not in plan.after or plan.after[key] == plan.before.get(key):
            continue
        try:
            check_overlap(key, plan.after[key], by_work[plan.after[key].work_key])
        except SettingRefused as refused:
            _refuse(reports, COLUMNS[plan.sheet.area]["valid_from"], refused)


def _refuse(reports: list[RowReport], column: str, refused: SettingRefused) -> None:
    for report in reports:
        if report.outcome != "error":
            report.outcome = "error"
            report.errors.append(CellError(column=column, message=refused.message))
