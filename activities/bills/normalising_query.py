"""The query that turns the columns of a file into the fields of lines, for all well-formed values.

A value that is not well-formed is passed on as it is, in a column of its own, and read exactly by Python.
"""

from collections.abc import Mapping

from activities.bills.source_file import SourceFile
from models.bills.formats.amounts import DecimalMark
from models.bills.formats.identity import IDENTIFYING
from models.bills.formats.layout import CurrencySource, Layout, Names, columns_by_name
from models.bills.line_key import IDENTIFYING as KEY_FIELDS
from models.values.currencies import Currency

SCALE = 26
PRECISION = 38
WHOLE_DIGITS = PRECISION - SCALE
AMOUNTS = ("billed_cost", "effective_cost", "list_cost", "contracted_cost", "quantity")
TEXTS = (
    *("charge_class", "description", "unit", "provider_name", "publisher_name", "service_category", "service_name"),
    *("resource_id", "resource_name", "resource_type", "region", "sku_id", "sub_account_id", "sub_account_name"),
    "project_name",
)
_PLAIN = rf"-?[0-9]{{1,{WHOLE_DIGITS}}}(\.[0-9]{{1,{SCALE}}})?"
# At most 10 whole digits and 25 decimals, so that the cast below is exact.
_EXPONENT = r"-?[0-9](\.[0-9]{1,15})?[eE][-+]?0?[0-9]"
_SYMBOL = "[$€£¥₹]|[A-Z]{3}"
# A value that is no text, a character that PostgreSQL cannot store, or an escaped quote before a colon.
_UNUSUAL_TAGS = r'"\s*:\s*[^"\s]|\\u'
_SEPARATOR = "chr(31)"


class Query:
    """The query over one file. `columns` names the file's column behind each field, for messages."""

    def __init__(self, source: SourceFile, mark: DecimalMark) -> None:
        self._source = source
        self._layout = source.layout
        self._places = columns_by_name(source.header)
        self._currency_column = _currency_column(source)
        self._is_plain = mark is DecimalMark.POINT and not source.layout.mark_by_day
        self.columns: Mapping[str, str] = {
            field: source.header[place]
            for field, names in self._all_names().items()
            if (place := self._place(names)) is not None
        }

    def sql(self, table: str) -> str:
        """Return the statement that selects from `table`, whose columns are c0, c1, ..., all of them texts."""
        columns = {
            **{field: self._first(self._layout.texts.get(field, ())) for field in TEXTS},
            **self._amounts(),
            "start_text": self._first(self._layout.start_names),
            "end_text": self._first(self._layout.end_names),
            "category_key": _joined([self._first(names) for names in self._layout.category_columns]),
            "identity_key": _joined([self._identity(field) for field in IDENTIFYING]),
            "line_digest": f"md5({_joined([self._key_part(field) for field in KEY_FIELDS])})",
            "credits": self._first(self._layout.credit_names),
            **self._tags(),
        }
        selected = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
        return f"SELECT {selected} FROM {table}"  # noqa: S608 - the names are ours, and the columns are numbered

    @property
    def cost_text(self) -> str:
        """The expression of the billed cost as the file writes it."""
        return self._first(self._amount_names()["billed_cost"])

    def _all_names(self) -> dict[str, Names]:
        layout = self._layout
        identity = {field: _identity_names(layout, field) for field in IDENTIFYING}
        periods = {"charge_period_start": layout.start_names, "charge_period_end": layout.end_names}
        others = {"tags": layout.tag_names, "credits": layout.credit_names}
        category = {"charge_category": layout.category_columns[0] if layout.category_columns else ()}
        return {**identity, **layout.texts, **self._amount_names(), **periods, **others, **category}

    def _amount_names(self) -> dict[str, Names]:
        names = dict(self._layout.amounts)
        if self._currency_column is not None and self._layout.currency_from is CurrencySource.COLUMN_NAME:
            names["billed_cost"] = (self._currency_column.lower(),)
        return names

    def _amounts(self) -> dict[str, str]:
        names = self._amount_names()
        columns: dict[str, str] = {}
        for field in AMOUNTS:
            text = self._first(names.get(field, ()))
            plain, rest = self._plain(text), f"({text})"
            columns[field] = plain
            columns[f"{field}_odd"] = (
                "NULL::VARCHAR" if text == _NOTHING else f"CASE WHEN {plain} IS NULL THEN {rest} END"
            )
        columns["billed_exact"] = f"TRY_CAST({columns['billed_cost']} AS DECIMAL({PRECISION}, {SCALE}))"
        return columns

    def _plain(self, text: str) -> str:
        """Return the amount without an exponent if it is well-formed, else NULL."""
        if text == _NOTHING or not self._is_plain:
            return "NULL::VARCHAR"
        exact = f"TRY_CAST({text} AS DECIMAL({PRECISION}, {SCALE}))"
        return (
            f"CASE WHEN regexp_full_match({text}, '{_PLAIN}') THEN {text} "
            f"WHEN regexp_full_match({text}, '{_EXPONENT}') THEN rtrim(rtrim({exact}::VARCHAR, '0'), '.') END"
        )

    def _tags(self) -> dict[str, str]:
        text = self._first(self._layout.tag_names)
        if self._layout.tag_prefixes and (single := self._single_tags()):
            text = single
        if text == _NOTHING:
            return {"tags": text, "tags_odd": text}
        unusual = f"regexp_matches({text}, '{_UNUSUAL_TAGS}')"
        if self._layout.masks_addresses:
            unusual += f" OR contains({text}, '@')"
        kind = f"CASE WHEN NOT json_valid({text}) OR {unusual} THEN NULL ELSE json_type({text}) END"
        return {
            "tags": f"CASE WHEN {kind} = 'OBJECT' THEN {text} END",
            "tags_odd": f"CASE WHEN {kind} IS DISTINCT FROM 'OBJECT' THEN {text} END",
        }

    def _single_tags(self) -> str | None:
        """Return the columns of one tag each as one JSON object, without empty ones."""
        prefixes = self._layout.tag_prefixes
        pairs = [
            (column[len(prefix) :], place)
            for place, column in enumerate(self._source.header)
            for prefix in prefixes
            if column.startswith(prefix)
        ]
        if not pairs:
            return None
        entries = ", ".join(f"{{k: {_literal(name)}, v: {_value(place)}}}" for name, place in dict(pairs).items())
        return f"to_json(map_from_entries(list_filter([{entries}], lambda x: x.v IS NOT NULL)))::VARCHAR"

    def _identity(self, field: str) -> str:
        if field == "currency":
            match self._layout.currency_from:
                case CurrencySource.COLUMN_NAME:
                    return _literal(self._currency_column or "")
                case CurrencySource.SYMBOL:
                    return (
                        f"nullif(regexp_extract({self._first(self._layout.amounts['billed_cost'])}, '{_SYMBOL}'), '')"
                    )
                case CurrencySource.COLUMN:
                    pass
        return self._first(_identity_names(self._layout, field))

    def _key_part(self, field: str) -> str:
        match field:
            case "provider_invoice_id":
                return self._first(self._layout.invoice_id_names)
            case "charge_category":
                return _joined([self._first(names) for names in self._layout.category_columns])
            case "charge_period_start":
                return self._first(self._layout.start_names)
            case "charge_period_end":
                return self._first(self._layout.end_names)
            case _:
                return self._first(self._layout.texts.get(field, ()))

    def _first(self, names: Names) -> str:
        """Return the first of the columns that has a value."""
        found = list(dict.fromkeys(_value(self._places[name]) for name in names if name in self._places))
        match found:
            case []:
                return _NOTHING
            case [only]:
                return only
            case _:
                return f"coalesce({', '.join(found)})"

    def _place(self, names: Names) -> int | None:
        return next((self._places[name] for name in names if name in self._places), None)


_NOTHING = "NULL::VARCHAR"


def _identity_names(layout: Layout, field: str) -> Names:
    match field:
        case "issuer":
            return layout.issuer_names
        case "provider":
            return layout.provider_names
        case "account":
            return layout.account_names
        case "invoice_id":
            return layout.invoice_id_names
        case "currency":
            return layout.currency_names
        case "period_start":
            return layout.period_start_names
        case "period_end":
            return layout.period_end_names
        case "status":
            return layout.status_names
        case _:
            return layout.issued_at_names


def _currency_column(source: SourceFile) -> str | None:
    """Return the column that is called like a currency, which is the column of the amounts."""
    return next((name.strip() for name in source.header if name.strip() in Currency.__members__), None)


def _value(place: int) -> str:
    """Empty texts, quoted or not, and the word NULL are no values."""
    return f"CASE WHEN c{place} NOT IN ('', 'NULL', 'null', 'Null') THEN c{place} END"


def _joined(expressions: list[str]) -> str:
    """Return the texts with a separator between; none of them is NULL then."""
    return (
        f"concat_ws({_SEPARATOR}, {', '.join(f'''coalesce({each}, '')''' for each in expressions)})"
        if expressions
        else "''"
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
