"""The search for the smallest price that reaches a margin. The calculator and the analysis of margins use it."""

from collections.abc import Callable


def smallest(reaches: Callable[[int], bool], near: int) -> int:
    """Return the smallest number that reaches the margin, given one near it: widen around it, then halve."""
    width = 1
    low = near
    while low > 0 and reaches(low):
        low, width = max(low - width, 0), width * 2
    if low == 0 and reaches(0):
        return 0
    width, high = 1, low + 1
    while not reaches(high):
        high, width = high + width, width * 2
    while high - low > 1:
        middle = (low + high) // 2
        if reaches(middle):
            high = middle
        else:
            low = middle
    return high
