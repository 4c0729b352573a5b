"""Settings in and out as CSV. All rows of a file are taken, or none; a dry run says of each what would become of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from api.http.validation_messages import field_errors
from api.settings.repositories import CLASSIFICATIONS, CLIENT_CONFIGS, EXCLUSIONS, RATE_BOOKS, SettingRepository
from api.settings.schemas import AccountId, ApplicationKey, Label
from api.settings.store import SettingsStore, SettingsTransaction
from models.contracts import rate_book
from models.contracts.settings import DatedRule, RateBook
from models.settings import csv_sheet
from models.settings.area import Area, SettingRefused
from models.settings.csv_columns import SHEETS, Sheet
from models.settings.csv_sheet import SheetRow
from models.values.base_models import Strict

M = TypeVar("M", bound=Strict)

KEYS: Mapping[Area, TypeAdapter[str]] = {
    Area.RATE_RULES: TypeAdapter(ApplicationKey),
    Area.CLIENT_CONFIG: TypeAdapter(ApplicationKey),
    Area.EXCLUSIONS: TypeAdapter(AccountId),
    Area.CLASSIFICATIONS: TypeAdapter(Label),
}
PLAIN: Mapping[Area, SettingRepository[Any]] = {
    Area.EXCLUSIONS: EXCLUSIONS,
    Area.CLASSIFICATIONS: CLASSIFICATIONS,
    Area.CLIENT_CONFIG: CLIENT_CONFIGS,
}
DAY = TypeAdapter(date)
REASON = "CSV import"


class CellError(BaseModel):
    column: str | None = Field(description="null: the row as a whole")
    message: str


class RowReport(BaseModel):
    row: int = Field(description="as a spreadsheet counts: the header is row 1")
    key: str
    outcome: Literal["ok", "changed", "unchanged", "error"] = Field(description="ok: it is new")
    errors: list[CellError] = []


class ImportReport(BaseModel):
    dry_run: bool
    applied: bool
    counts: dict[str, int]
    rows: list[RowReport]

    @classmethod
    def of(cls, rows: list[RowReport], *, dry_run: bool) -> "ImportReport":
        counts = Counter[str](row.outcome for row in rows)
        applied = not dry_run and not counts["error"]
        return cls(dry_run=dry_run, applied=applied, counts=dict(counts), rows=rows)


@dataclass
class _Plan:
    """What the settings were, what they will be, and what became of each row."""

    sheet: Sheet
    before: dict[str, Any]
    after: dict[str, Any]
    rows: list[RowReport] = field(default_factory=list)
    keys: dict[str, list[RowReport]] = field(default_factory=dict)

    def report(self, row: SheetRow, key: str, *errors: CellError) -> RowReport:
        made = RowReport(row=row.number, key=key, outcome="error" if errors else "unchanged", errors=list(errors))
        self.rows.append(made)
        self.keys.setdefault(key, []).append(made)
        return made


async def export(store: SettingsStore, area: Area) -> str:
    sheet = SHEETS[area]
    key = sheet.names[0]
    if area is Area.RATE_RULES:
        books = await store.all(RATE_BOOKS)
        rules = ((name, rule) for name, book in books.items() for rule in book.rules)
        return csv_sheet.write(sheet, ({key: name} | rule.model_dump() for name, rule in rules))
    settings = await store.all(PLAIN[area])
    return csv_sheet.write(sheet, ({key: name} | setting.model_dump() for name, setting in settings.items()))


async def import_csv(store: SettingsStore, area: Area, content: bytes, by: str, *, dry_run: bool) -> ImportReport:
    """Raises models.settings.csv_columns.SheetRefused where the file as a whole cannot be used."""
    sheet = SHEETS[area]
    rows = csv_sheet.read(content, sheet)
    repository: SettingRepository[Any] = RATE_BOOKS if area is Area.RATE_RULES else PLAIN[area]
    async with store.writing(by) as transaction:
        before = await repository.read(transaction.connection)
        plan = _Plan(sheet, before, dict(before))
        (_plan_rules if area is Area.RATE_RULES else _plan_settings)(plan, rows, repository)
        changed = [key for key in plan.after if plan.after[key] != before.get(key)]
        for key in changed:
            await _check(transaction, repository, plan, key)
        report = ImportReport.of(sorted(plan.rows, key=lambda row: row.row), dry_run=dry_run)
        for key in changed if report.applied else ():
            await transaction.put(repository, key, before.get(key), plan.after[key], REASON)
    return report


async def _check(transaction: SettingsTransaction, repository: SettingRepository[Any], plan: _Plan, key: str) -> None:
    try:
        await repository.check(transaction.connection, key, plan.after[key])
    except SettingRefused as refused:
        for row in plan.keys[key]:
            row.outcome = "error"
            row.errors.append(CellError(column=refused.path, message=refused.message))


def _plan_settings(plan: _Plan, rows: list[SheetRow], repository: SettingRepository[Any]) -> None:
    seen: dict[str, int] = {}
    for row in rows:
        key, errors = _key(plan.sheet, row)
        if not errors and key in seen:
            errors = [CellError(column=plan.sheet.names[0], message=f"is in row {seen[key]} already")]
        seen.setdefault(key, row.number)
        setting = None if errors else _validated(repository.model, _said(row, plan.before.get(key), plan.sheet), errors)
        report = plan.report(row, key, *errors)
        if setting is not None:
            plan.after[key] = setting
            report.outcome = _outcome(plan.before.get(key), setting)


def _plan_rules(plan: _Plan, rows: list[SheetRow], _: SettingRepository[Any]) -> None:
    """In the order of their days, so that each rule ends the one before it, wherever it stands in the file."""
    read: list[tuple[str, DatedRule, RowReport]] = []
    seen: dict[tuple[str, date], int] = {}
    for row in rows:
        key, errors = _key(plan.sheet, row)
        rule = None if errors else _validated(DatedRule, _said(row, _standing(plan, key, row), plan.sheet), errors)
        if rule is not None and (key, rule.valid_from) in seen:
            at = seen[key, rule.valid_from]
            errors.append(CellError(column="valid_from", message=f"this rule is in row {at} already"))
        report = plan.report(row, key, *errors)
        if rule is not None and not errors:
            seen[key, rule.valid_from] = row.number
            read.append((key, rule, report))
    for key, rule, report in sorted(read, key=lambda each: each[1].valid_from):
        try:
            plan.after[key] = rate_book.with_added_or_corrected(plan.after.get(key) or RateBook(), rule)
        except SettingRefused as refused:
            report.outcome = "error"
            report.errors.append(CellError(column=refused.path, message=refused.message))
    for key, rule, report in read:
        if not report.errors:
            report.outcome = _outcome(*(_rule(books.get(key), rule.valid_from) for books in (plan.before, plan.after)))


def _key(sheet: Sheet, row: SheetRow) -> tuple[str, list[CellError]]:
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


def _said(row: SheetRow, standing: Strict | None, sheet: Sheet) -> dict[str, Any]:
    """Columns that the file does not have keep what is there."""
    kept = {name: csv_sheet.cell(value) for name, value in standing.model_dump().items()} if standing else {}
    said = csv_sheet.values({**kept, **row.cells}, sheet)
    return {name: value for name, value in said.items() if name != sheet.names[0]}


def _standing(plan: _Plan, key: str, row: SheetRow) -> DatedRule | None:
    text = csv_sheet.values(row.cells, plan.sheet).get("valid_from", "")
    try:
        return _rule(plan.before.get(key), DAY.validate_python(text))
    except ValidationError:
        return None  # the row will be refused for it


def _validated(model: type[M], said: dict[str, Any], errors: list[CellError]) -> M | None:
    try:
        return model.model_validate(said)
    except ValidationError as error:
        placed = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        for found in field_errors(placed, {"body": model}):
            column = found.path.split(".")[0]
            errors.append(CellError(column=None if column == "body" else column, message=found.message))
    return None


def _rule(book: RateBook | None, valid_from: date) -> DatedRule | None:
    return rate_book.rule_from(book, valid_from) if book else None


def _outcome(before: Strict | None, after: Strict | None) -> Literal["ok", "changed", "unchanged"]:
    if before is None:
        return "ok"
    return "unchanged" if before == after else "changed"
