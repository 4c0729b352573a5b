"""Arrow arrays of texts, of which each different text is read once."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Value = TypeVar("Value")
Places = npt.NDArray[np.int64]


def encoded(texts: pa.Array) -> tuple[list[str], Places]:
    """Return the different texts, and for each row the place of its text among them; -1 is no text."""
    dictionary = pc.dictionary_encode(texts)
    places = without_nulls(dictionary.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return dictionary.dictionary.to_pylist(), places


def taken(values: Sequence[Value | None], places: Places, kind: pa.DataType) -> pa.Array:
    """Return for each row the value at its place; none where the place is -1."""
    indices = pa.array(places, mask=places < 0)
    return pc.take(pa.array(values, kind), indices)


def without_nulls(array: pa.Array, value: Any) -> pa.Array:
    """Return the array with the value for each missing one; an array without missing ones is not copied."""
    return pc.fill_null(array, value) if array.null_count else array


def filled(array: pa.Array, values: Mapping[int, Any]) -> pa.Array:
    """Return the array with the values put into their rows."""
    if not values:
        return array
    rows = sorted(values)
    mask = np.zeros(len(array), bool)
    mask[rows] = True
    return pc.replace_with_mask(array, pa.array(mask), pa.array([values[row] for row in rows], array.type))


def rows_with(array: pa.Array) -> list[int]:
    """Return the rows that have a value."""
    if array.null_count == len(array):
        return []
    found: list[int] = np.flatnonzero(pc.is_valid(array).to_numpy(zero_copy_only=False)).tolist()
    return found
