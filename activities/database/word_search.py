"""The condition of a search for words in a list that has another order.

PostgreSQL takes every word to be in two of a hundred rows. For a rare word it would therefore read the whole index of
the order and compute the words of each row. The rows with the words are found first, by the index on words alone.
"""

from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, func, select


def has_words(words: SQLColumnExpression[Any], text: str) -> ColumnElement[bool]:
    """Return the condition that the words of a row match those of the text, for use in `found_first`."""
    return words.op("@@", is_comparison=True)(func.search_query(text))


def found_first(key: SQLColumnExpression[Any], condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the condition that the row with this key is among those that the other condition finds, as one step."""
    matching = select(key.label("key")).where(condition).cte("matching").prefix_with("MATERIALIZED")
    return key.in_(select(matching.c.key))
