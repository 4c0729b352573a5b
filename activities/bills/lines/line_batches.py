"""Batches of the query become lines: moments, categories, bills, and the exact reading of unusual values.

Texts that repeat (moments, categories, identities) are read once for each different text of a batch.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from activities.bills.bill_groups import BillGroups
from activities.bills.found_problems import FoundProblems, row_problem
from activities.bills.lines.line_columns import LINES, MOMENT
from activities.bills.lines.line_ordinals import LineOrdinals, heads_of_digests
from activities.bills.lines.text_arrays import Places, encoded, filled, rows_with, taken, without_nulls
from activities.bills.normalising_query import AMOUNTS, PRECISION, SCALE, TEXTS, WHOLE_DIGITS
from activities.bills.source_file import SourceFile
from models.bills.cost_line import ChargeCategory
from models.bills.formats.amounts import DecimalMark, exact_amount, plain_text
from models.bills.formats.google import credits_total
from models.bills.formats.layout import CategoryTexts
from models.bills.formats.moments import end_moment, moment
from models.bills.formats.tags import tags_of
from models.bills.line_key import ORDINAL_MARK, SEPARATOR
from models.bills.tax_lines import names_a_tax
from models.bills.totals import EXACT, without_zeros

EXACT_TYPE = pa.decimal128(PRECISION, SCALE)
_GERMAN_DAY = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}")
MOST_TEXTS = 20_000  # that are remembered from batch to batch
_NO_CREDITS = "[]"


@dataclass(frozen=True)
class LineBatch:
    """Lines of one batch, and what their sums need. `wide` are costs that the exact column cannot hold, by line."""

    lines: pa.RecordBatch
    exact: pa.Array
    is_tax: npt.NDArray[np.bool_]
    wide: Mapping[int, Decimal]


class LineBatches:
    """Reads the batches of one file in their order. `columns` names the file's column of each field."""

    def __init__(
        self,
        source: SourceFile,
        mark: DecimalMark,
        columns: Mapping[str, str],
        groups: BillGroups,
        problems: FoundProblems,
    ) -> None:
        self._source = source
        self._layout = source.layout
        self._mark = mark
        self._columns = columns
        self._groups = groups
        self._problems = problems
        self._ordinals = LineOrdinals()
        self._starts_at = lru_cache(MOST_TEXTS)(moment)
        self._ends_at = lru_cache(MOST_TEXTS)(partial(end_moment, inclusive_day=source.layout.ends_inclusive))
        self._tags = lru_cache(MOST_TEXTS)(partial(tags_of, masks_addresses=source.layout.masks_addresses))

    def lines(self, batch: pa.RecordBatch, rows_before: int) -> LineBatch:
        """Return the lines of the next batch; a row without a readable cost or a bill is left out, with a problem."""
        rows = _Rows(batch, rows_before)
        self._leave_out_refused(rows)
        self._find_bills(rows)
        amounts, exact, wide = self._amounts(rows)
        categories = self._categories(rows, exact)
        starts = self._moments(rows, "charge_period_start", "start_text", self._starts_at)
        ends = self._moments(rows, "charge_period_end", "end_text", self._ends_at)
        columns: dict[str, object] = {
            "bill_no": pa.array(rows.bills, pa.int32()),
            "position": pa.array(rows.positions),
            "line_key": self._line_keys(batch),
            "charge_category": categories,
            **amounts,
            "charge_period_start": starts,
            "charge_period_end": ends,
            **self._texts(batch),
            "tags": self._all_tags(rows),
        }
        lines = pa.RecordBatch.from_arrays([columns[name] for name in LINES.names], schema=LINES)
        keep = pa.array(rows.keep)
        moved = dict(zip(np.flatnonzero(rows.keep).tolist(), range(len(rows.keep)), strict=False)) if wide else {}
        is_tax = pc.equal(categories, ChargeCategory.TAX.value).to_numpy(zero_copy_only=False)
        return LineBatch(
            lines=lines.filter(keep),
            exact=exact.filter(keep),
            is_tax=is_tax[rows.keep],
            wide={moved[row]: cost for row, cost in wide.items() if row in moved},
        )

    def _leave_out_refused(self, rows: "_Rows") -> None:
        for position in self._source.refused:
            row = position - rows.before - 1
            if 0 <= row < len(rows.keep):
                rows.keep[row] = False

    def _find_bills(self, rows: "_Rows") -> None:
        keys, places = encoded(rows.batch["identity_key"])
        numbers = np.array([-1 if (n := self._groups.number_of(key)) is None else n for key in keys], np.int64)
        rows.bills = numbers[places] if len(keys) else np.empty(0, np.int64)
        for row in np.flatnonzero((rows.bills < 0) & rows.keep).tolist():
            refusal = self._groups.refusal_of(keys[places[row]])
            self._problem(rows, row, refusal.field, refusal.value, str(refusal), contradicts=True)
            rows.keep[row] = False

    def _amounts(self, rows: "_Rows") -> tuple[dict[str, pa.Array], pa.Array, dict[int, Decimal]]:
        """Return the costs as texts, the billed ones also as exact decimals, and those too long for these."""
        columns: dict[str, pa.Array] = {}
        costs: dict[int, Decimal] = {}
        for field in AMOUNTS:
            odd = self._odd_amounts(rows, field)
            columns[field] = filled(rows.batch[field], {row: plain_text(amount) for row, amount in odd.items()})
            costs = odd if field == "billed_cost" else costs
        costs |= self._with_credits(rows, costs)
        columns["billed_cost"] = filled(columns["billed_cost"], {row: plain_text(cost) for row, cost in costs.items()})
        self._leave_out_without_cost(rows, columns["billed_cost"])
        columns["billed_cost"] = without_nulls(columns["billed_cost"], "0")
        wide = {row: cost for row, cost in costs.items() if not _fits(cost)}
        exact = filled(
            rows.batch["billed_exact"], {row: Decimal(0) if row in wide else cost for row, cost in costs.items()}
        )
        return columns, without_nulls(exact, Decimal(0)), wide

    def _odd_amounts(self, rows: "_Rows", field: str) -> dict[int, Decimal]:
        texts = rows.batch[f"{field}_odd"]
        found: dict[int, Decimal] = {}
        for row in rows_with(texts):
            text = texts[row].as_py()
            if not rows.keep[row]:
                continue
            try:
                found[row] = exact_amount(text, self._mark_of(rows, row))
            except ValueError as error:
                is_paid = field == "billed_cost"
                self._problem(rows, row, field, text, str(error), contradicts=is_paid)
                rows.keep[row] &= not is_paid
        return found

    def _mark_of(self, rows: "_Rows", row: int) -> DecimalMark:
        if not self._layout.mark_by_day:
            return self._mark
        is_german = _GERMAN_DAY.fullmatch(rows.batch["start_text"][row].as_py() or "") is not None
        return DecimalMark.COMMA if is_german else DecimalMark.POINT

    def _with_credits(self, rows: "_Rows", odd: Mapping[int, Decimal]) -> dict[int, Decimal]:
        """Return the costs of the rows with credits, which are listed beside the cost and are negative."""
        costs: dict[int, Decimal] = {}
        texts = rows.batch["credits"]
        for row in rows_with(texts):
            text, cost = texts[row].as_py(), odd.get(row, rows.batch["billed_exact"][row].as_py())
            if text == _NO_CREDITS or cost is None or not rows.keep[row]:
                continue
            try:
                costs[row] = EXACT.add(without_zeros(cost), credits_total(text))
            except ValueError as error:
                self._problem(rows, row, "credits", text, str(error), contradicts=True)
                rows.keep[row] = False
        return costs

    def _leave_out_without_cost(self, rows: "_Rows", costs: pa.Array) -> None:
        missing = pc.is_null(costs).to_numpy(zero_copy_only=False) & rows.keep
        for row in np.flatnonzero(missing).tolist():
            self._problem(rows, row, "billed_cost", "", "it is empty", contradicts=True)
            rows.keep[row] = False

    def _categories(self, rows: "_Rows", exact: pa.Array) -> pa.Array:
        keys, places = encoded(rows.batch["category_key"])
        is_negative = pc.less(exact, Decimal(0)).to_numpy(zero_copy_only=False).astype(np.int64)
        codes, code_places = np.unique(places * 2 + is_negative, return_inverse=True)
        found = [
            self._layout.category(CategoryTexts(tuple(keys[code // 2].split(SEPARATOR)), bool(code % 2)))
            for code in codes.tolist()
        ]
        by_description: dict[int, str] = {}
        for row in np.flatnonzero(np.array([each is None for each in found])[code_places]).tolist() if found else []:
            description = rows.batch["description"][row].as_py() or ""
            category = ChargeCategory.TAX if names_a_tax(description) else ChargeCategory.USAGE
            by_description[row] = category.value
            if text := keys[places[row]].replace(SEPARATOR, " ").strip():
                why = f"it is no category that is known; the line counts as {category}"
                self._problem(rows, row, "charge_category", text, why, contradicts=False)
        return filled(taken([each and each.value for each in found], code_places, pa.string()), by_description)

    def _moments(self, rows: "_Rows", field: str, column: str, read: Callable[[str], datetime]) -> pa.Array:
        texts, places = encoded(rows.batch[column])
        found: list[datetime | None] = []
        reasons: dict[int, str] = {}
        for place, text in enumerate(texts):
            try:
                found.append(read(text.strip()))
            except (ValueError, OverflowError) as error:
                found.append(None)
                reasons[place] = str(error)
        if reasons:
            for row in np.flatnonzero(np.isin(places, list(reasons)) & rows.keep).tolist():
                place = int(places[row])
                self._problem(rows, row, field, texts[place], reasons[place], contradicts=False)
        return taken(found, places, MOMENT)

    def _all_tags(self, rows: "_Rows") -> pa.Array:
        texts = rows.batch["tags_odd"]
        found: dict[int, str] = {}
        for row in rows_with(texts):
            text = texts[row].as_py()
            try:
                found[row] = json.dumps(self._tags(text), ensure_ascii=False, separators=(",", ":"))
            except ValueError as error:
                self._problem(rows, row, "tags", text, str(error), contradicts=False)
        return filled(rows.batch["tags"], found)

    def _line_keys(self, batch: pa.RecordBatch) -> pa.Array:
        digests = batch["line_digest"]
        ordinals = self._ordinals.of(heads_of_digests(digests))
        again = pa.array(ordinals > 1)
        numbers = pa.array(ordinals).filter(again).cast(pa.string())
        numbered = pc.binary_join_element_wise(digests.filter(again), numbers, ORDINAL_MARK)
        return pc.replace_with_mask(digests, again, numbered)

    def _texts(self, batch: pa.RecordBatch) -> dict[str, pa.Array]:
        texts: dict[str, pa.Array] = {name: batch[name] for name in TEXTS}
        texts["description"] = without_nulls(texts["description"], "")
        if self._layout.issuer and "provider_name" not in self._layout.texts:
            texts["provider_name"] = pa.repeat(pa.scalar(self._layout.issuer), batch.num_rows)
        if unit := self._layout.quantity_unit:
            default = pc.if_else(pc.is_valid(batch["quantity"]), unit, pa.scalar(None, pa.string()))
            texts["unit"] = pc.coalesce(texts["unit"], default)
        if self._layout.service_category:
            names, places = encoded(texts["service_name"])
            texts["service_category"] = taken(
                [self._layout.service_category(name) for name in names], places, pa.string()
            )
        return texts

    def _problem(self, rows: "_Rows", row: int, field: str, value: str, why: str, *, contradicts: bool) -> None:
        position = rows.before + row + 1
        problem = row_problem(
            f"{field}_unusable", position, self._columns.get(field), value, why, contradicts=contradicts
        )
        self._problems.add(problem)
        if rows.bills[row] >= 0:
            self._groups.bills[rows.bills[row]].problems.add(problem)
        else:
            self._groups.lost.add(problem)


class _Rows:
    """A batch of rows: their numbers in the file, the numbers of their bills, and which of them become lines."""

    def __init__(self, batch: pa.RecordBatch, before: int) -> None:
        self.batch = batch
        self.before = before
        self.positions: Places = np.arange(before + 1, before + batch.num_rows + 1)
        self.keep: npt.NDArray[np.bool_] = np.ones(batch.num_rows, bool)
        self.bills: Places = np.full(batch.num_rows, -1, np.int64)


def _fits(cost: Decimal) -> bool:
    exponent = cost.as_tuple().exponent
    return cost.adjusted() < WHOLE_DIGITS and isinstance(exponent, int) and -exponent <= SCALE
