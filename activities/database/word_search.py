"""The condition of a search for words in a list that has another order.

PostgreSQL takes every word to be in two of a hundred rows. For a rare word it would therefore read the whole index of
the order and compute the words of each row. The rows with the words are found first, by the index on words alone.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, func, select, union


def has_words(words: SQLColumnExpression[Any], text: str) -> ColumnElement[bool]:
    """Return the condition that the words of a row match those of the text, for use in `found_first`."""
    return words.op("@@", is_comparison=True)(func.search_query(text))


def found_first(key: SQLColumnExpression[Any], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that the row with this key is among those that one of the conditions finds, as one step.

    Each condition is looked up on its own, because for an OR of them PostgreSQL may choose no index, and compute the
    words of each row.
    """
    found: list[Select[Any]] = [select(key.label("key")).where(condition) for condition in conditions]
    matching = (found[0] if len(found) == 1 else union(*found)).cte("matching").prefix_with("MATERIALIZED")
    return key.in_(select(matching.c.key))
