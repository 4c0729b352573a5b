"""What an import of settings would do: the settings before and after it, and a report for each row of the file."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from api.http.validation_messages import field_errors
from models.settings.csv_columns import Sheet
from models.settings.csv_sheet import SheetRow
from models.values.base_models import Strict

M = TypeVar("M", bound=Strict)


class CellError(BaseModel):
    column: str | None = Field(description="null for an error of the whole row")
    message: str


class RowReport(BaseModel):
    row: int = Field(description="the number in a spreadsheet; the header is row 1")
    key: str
    outcome: Literal["ok", "changed", "unchanged", "error"] = Field(description="ok: the setting is new")
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
class Plan:
    """The settings by key before and after the import, and a report for each row."""

    sheet: Sheet
    before: dict[str, Any]
    after: dict[str, Any]
    rows: list[RowReport] = field(default_factory=list)
    keys: dict[str, list[RowReport]] = field(default_factory=dict)

    def report(self, row: SheetRow, key: str, *errors: CellError) -> RowReport:
        """Add a report for the row and return it."""
        report = RowReport(row=row.number, key=key, outcome="error" if errors else "unchanged", errors=list(errors))
        self.rows.append(report)
        self.keys.setdefault(key, []).append(report)
        return report


def validated(model: type[M], fields: dict[str, Any], errors: list[CellError]) -> M | None:
    """Return the setting, or None when it is not valid; the reasons are added to `errors`."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        located = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        for found in field_errors(located, {"body": model}):
            column = found.path.split(".")[0]
            errors.append(CellError(column=None if column == "body" else column, message=found.message))
    return None


def outcome_of(before: Strict | None, after: Strict | None) -> Literal["ok", "changed", "unchanged"]:
    """Return what becomes of a setting: it is new, changed or unchanged."""
    if before is None:
        return "ok"
    return "unchanged" if before == after else "changed"
