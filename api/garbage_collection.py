"""Settings of Python's garbage collector for a process that answers pages."""

import gc
from typing import Final

# Python's own numbers are 700, 10 and 10. A large page makes a hundred thousand objects, which end with it; with those
# numbers they are taken for lasting ones, and a look through all of these stops the process for half a second.
THRESHOLDS: Final = (100_000, 20, 20)


def settle() -> None:
    """Leave the application out of collections, which stays until the process ends, and collect less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
