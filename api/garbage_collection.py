"""Settings of Python's garbage collector for a process that answers pages."""

import gc
from typing import Final

# Python's own numbers are 700, 10 and 10. A page makes some hundred objects that only a collection ends, and a large
# page holds a hundred thousand until it is sent. The first number is the length of a stop: 5,000 objects take 3 ms,
# 100,000 take 150 ms. The others say how seldom older objects are looked at, which takes longer the more there are.
THRESHOLDS: Final = (5_000, 50, 100)


def settle() -> None:
    """Leave the application, which stays until the process ends, out of collections, and look at old objects rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
