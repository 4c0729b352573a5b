"""Export and import of settings as CSV. An import applies all rows or none.

A dry run reports the effect of each row and changes nothing.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError

from api.http.validation_messages import field_errors
from api.settings.cloud_repositories import ALLOCATION_RULES, CLOUD_RESOURCES, RESALE_RULES
from api.settings.cost_repositories import COST_ASSIGNMENTS, COST_RATES, EXCHANGE_RATES, OVERHEAD_RULES
from api.settings.import_plan import CellError, ImportReport, Plan, RowReport, outcome_of, validated
from api.settings.partner_repositories import (
    INSTALLER_RATES,
    INSTALLERS,
    KPI_RULES,
    KPI_TARGETS,
    PARTNER_GROUPS,
    PARTNERS,
    RATE_CARDS,
    DatedRepository,
)
from api.settings.rates.rate_csv import Names, cells_of, plan_rates
from api.settings.repositories import CLASSIFICATIONS, CLIENT_CONFIGS, EXCLUSIONS, RATE_BOOKS, SettingRepository
from api.settings.schemas import AccountId, ApplicationKey, Label
from api.settings.store import SettingsStore, SettingsTransaction
from models.contracts import rate_book
from models.contracts.settings import DatedRule, RateBook
from models.partners.priced_work import PartnerKey
from models.settings import csv_sheet
from models.settings.area import Area, SettingRefused
from models.settings.csv_columns import SHEETS, Sheet
from models.settings.csv_sheet import SheetRow
from models.values.base_models import Strict

KEYS: Mapping[Area, TypeAdapter[str]] = {
    Area.RATE_RULES: TypeAdapter(ApplicationKey),
    Area.CLIENT_CONFIG: TypeAdapter(ApplicationKey),
    Area.EXCLUSIONS: TypeAdapter(AccountId),
    Area.CLASSIFICATIONS: TypeAdapter(Label),
    Area.PARTNER_GROUPS: TypeAdapter(PartnerKey),
    Area.PARTNERS: TypeAdapter(PartnerKey),
}
PLAIN: Mapping[Area, SettingRepository[Any]] = {
    Area.EXCLUSIONS: EXCLUSIONS,
    Area.CLASSIFICATIONS: CLASSIFICATIONS,
    Area.CLIENT_CONFIG: CLIENT_CONFIGS,
    Area.PARTNER_GROUPS: PARTNER_GROUPS,
    Area.PARTNERS: PARTNERS,
}
DATED: Mapping[Area, DatedRepository[Any]] = {
    Area.RATE_CARDS: RATE_CARDS,
    Area.INSTALLER_RATES: INSTALLER_RATES,
    Area.INSTALLERS: INSTALLERS,
    Area.KPI_TARGETS: KPI_TARGETS,
    Area.KPI_RULES: KPI_RULES,
    Area.CLOUD_RESOURCES: CLOUD_RESOURCES,
    Area.ALLOCATION_RULES: ALLOCATION_RULES,
    Area.RESALE_RULES: RESALE_RULES,
    Area.COST_RATES: COST_RATES,
    Area.COST_ASSIGNMENTS: COST_ASSIGNMENTS,
    Area.OVERHEAD_RULES: OVERHEAD_RULES,
    Area.EXCHANGE_RATES: EXCHANGE_RATES,
}
DAY = TypeAdapter(date)
REASON = "CSV import"


async def export(store: SettingsStore, area: Area) -> str:
    """Return all settings of the area as the text of a CSV file."""
    sheet = SHEETS[area]
    key = sheet.names[0]
    if area is Area.RATE_RULES:
        books = await store.all(RATE_BOOKS)
        rules = ((name, rule) for name, book in books.items() for rule in book.rules)
        return csv_sheet.write(sheet, ({key: name} | rule.model_dump() for name, rule in rules))
    if area in DATED:
        async with store.reading() as connection:
            names = await Names.read(connection)
            rates = await DATED[area].read(connection)
        return csv_sheet.write(sheet, (cells_of(area, rate, names) for rate in rates.values()))
    settings = await store.all(PLAIN[area])
    return csv_sheet.write(sheet, ({key: name} | setting.model_dump() for name, setting in settings.items()))


async def import_csv(store: SettingsStore, area: Area, content: bytes, by: str, *, dry_run: bool) -> ImportReport:
    """Import the file for the user `by` and return a report of its rows. Nothing is written when a row has an error.

    Raise SheetRefused when the file as a whole cannot be read.
    """
    sheet = SHEETS[area]
    rows = csv_sheet.read(content, sheet)
    if area in DATED:
        return await _import_rates(store, sheet, rows, by, dry_run=dry_run)
    repository: SettingRepository[Any] = RATE_BOOKS if area is Area.RATE_RULES else PLAIN[area]
    async with store.writing(by) as transaction:
        before = await repository.read(transaction.connection)
        plan = Plan(sheet, before, dict(before))
        (_plan_rules if area is Area.RATE_RULES else _plan_settings)(plan, rows, repository)
        changed = [key for key in plan.after if plan.after[key] != before.get(key)]
        for key in changed:
            await _check(transaction, repository, plan, key)
        report = ImportReport.of(sorted(plan.rows, key=lambda row: row.row), dry_run=dry_run)
        for key in changed if report.applied else ():
            await transaction.put(repository, key, before.get(key), plan.after[key], REASON)
    return report


async def _import_rates(
    store: SettingsStore, sheet: Sheet, rows: list[SheetRow], by: str, *, dry_run: bool
) -> ImportReport:
    """Import dated settings, whose rules are checked when all rows are planned: one may end what another continues."""
    repository = DATED[sheet.area]
    async with store.writing(by) as transaction:
        before = await repository.read(transaction.connection)
        plan = Plan(sheet, before, dict(before))
        plan_rates(plan, rows, repository.model, await Names.read(transaction.connection))
        report = ImportReport.of(plan.rows, dry_run=dry_run)
        changed = {key: rate for key, rate in plan.after.items() if rate != before.get(key)}
        if report.applied and changed:
            await repository.write_all(transaction.connection, changed)
            changes = {key: (before.get(key), rate) for key, rate in changed.items()}
            await transaction.record_all(sheet.area, changes, REASON)
    return report


async def _check(transaction: SettingsTransaction, repository: SettingRepository[Any], plan: Plan, key: str) -> None:
    try:
        await repository.check(transaction.connection, key, plan.after[key])
    except SettingRefused as refused:
        for row in plan.keys[key]:
            row.outcome = "error"
            row.errors.append(CellError(column=refused.path, message=refused.message))


def _plan_settings(plan: Plan, rows: list[SheetRow], repository: SettingRepository[Any]) -> None:
    seen: dict[str, int] = {}
    for row in rows:
        key, errors = _key(plan.sheet, row)
        if not errors and key in seen:
            errors = [CellError(column=plan.sheet.names[0], message=f"is in row {seen[key]} already")]
        seen.setdefault(key, row.number)
        setting = None
        if not errors:
            setting = validated(repository.model, _fields(row, plan.before.get(key), plan.sheet), errors)
        report = plan.report(row, key, *errors)
        if setting is not None:
            plan.after[key] = setting
            report.outcome = outcome_of(plan.before.get(key), setting)


def _plan_rules(plan: Plan, rows: list[SheetRow], _: SettingRepository[Any]) -> None:
    """Plan the rules in the order of their days, so that each ends the previous one wherever it is in the file."""
    valid: list[tuple[str, DatedRule, RowReport]] = []
    seen: dict[tuple[str, date], int] = {}
    for row in rows:
        key, errors = _key(plan.sheet, row)
        rule = None if errors else validated(DatedRule, _fields(row, _existing(plan, key, row), plan.sheet), errors)
        if rule is not None and (key, rule.valid_from) in seen:
            first = seen[key, rule.valid_from]
            errors.append(CellError(column="valid_from", message=f"this rule is in row {first} already"))
        report = plan.report(row, key, *errors)
        if rule is not None and not errors:
            seen[key, rule.valid_from] = row.number
            valid.append((key, rule, report))
    for key, rule, report in sorted(valid, key=lambda each: each[1].valid_from):
        try:
            plan.after[key] = rate_book.with_added_or_corrected(plan.after.get(key) or RateBook(), rule)
        except SettingRefused as refused:
            report.outcome = "error"
            report.errors.append(CellError(column=refused.path, message=refused.message))
    for key, rule, report in valid:
        if not report.errors:
            report.outcome = outcome_of(
                *(_rule(books.get(key), rule.valid_from) for books in (plan.before, plan.after))
            )


def _key(sheet: Sheet, row: SheetRow) -> tuple[str, list[CellError]]:
    """Return the key of the row, and the errors of the key or of the whole row."""
    column = sheet.names[0]
    text = row.cells.get(column, "").strip()
    if row.problem:
        return text, [CellError(column=None, message=row.problem)]
    try:
        return KEYS[sheet.area].validate_python(text), []
    except ValidationError as error:
        if not text:
            return text, [CellError(column=column, message="is required")]
        [found] = field_errors(error.errors()[:1], {})
        return text, [CellError(column=column, message=found.message)]


def _fields(row: SheetRow, existing: Strict | None, sheet: Sheet) -> dict[str, Any]:
    """Return the fields of the setting. Columns that the file does not have keep the existing values."""
    kept = {name: csv_sheet.cell(value) for name, value in existing.model_dump().items()} if existing else {}
    fields = csv_sheet.values({**kept, **row.cells}, sheet)
    return {name: value for name, value in fields.items() if name != sheet.names[0]}


def _existing(plan: Plan, key: str, row: SheetRow) -> DatedRule | None:
    """Return the existing rule that begins on the day of the row."""
    text = csv_sheet.values(row.cells, plan.sheet).get("valid_from", "")
    try:
        return _rule(plan.before.get(key), DAY.validate_python(text))
    except ValidationError:
        return None  # `validated` reports the error of the day


def _rule(book: RateBook | None, valid_from: date) -> DatedRule | None:
    return rate_book.rule_from(book, valid_from) if book else None
