"""Which of several equal lines a line is, in 12 bytes for each different line."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

DIGITS = 32
Digests = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.uint32]


def heads_of_digests(digests: pa.Array) -> Digests:
    """Return the first 64 bits of each digest, which has 32 hexadecimal digits."""
    start, end = digests.offset * DIGITS, (digests.offset + len(digests)) * DIGITS
    letters = np.frombuffer(digests.buffers()[2], np.uint8)[start:end].reshape(-1, DIGITS)[:, :16]
    halves = (letters & 0xF) + 9 * (letters >> 6)  # `a` is 0x61 and stands for 10
    return np.ascontiguousarray(halves[:, ::2] << 4 | halves[:, 1::2]).view(">u8").astype(np.uint64).ravel()


class LineOrdinals:
    """Counts the lines with each digest over all batches of a file.

    Two lines whose digests share their first 64 bits count as equal; the second only gets a number that it would not
    need.
    """

    def __init__(self) -> None:
        self._seen: Digests = np.empty(0, np.uint64)
        self._counts: Counts = np.empty(0, np.uint32)

    def of(self, digests: Digests) -> Counts:
        """Return the ordinal of each line of the next batch: 1 for the first with its digest, 2 for the second."""
        order = np.argsort(digests, kind="stable")
        in_order = digests[order]
        different, starts, counts = np.unique(in_order, return_index=True, return_counts=True)
        within = np.arange(len(digests)) - np.repeat(starts, counts)
        places = np.searchsorted(self._seen, different)
        known = np.zeros(len(different), bool)
        inside = places < len(self._seen)
        known[inside] = self._seen[places[inside]] == different[inside]
        before: npt.NDArray[Any] = np.zeros(len(different), np.uint32)
        before[known] = self._counts[places[known]]
        ordinals = np.empty(len(digests), np.uint32)
        ordinals[order] = within + np.repeat(before, counts) + 1
        self._counts[places[known]] += counts[known].astype(np.uint32)
        self._seen = np.insert(self._seen, places[~known], different[~known])
        self._counts = np.insert(self._counts, places[~known], counts[~known].astype(np.uint32))
        return ordinals
