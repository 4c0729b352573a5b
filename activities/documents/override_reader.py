"""Checks HTML overrides in processes of their own, with limits of time and memory."""

from activities.documents.override_check import CheckedPage, check_page
from activities.runtime.limited_processes import CallEndedProcess, LimitedProcesses, Limits

# A page of the largest size takes less than a second and 150 MB.
LIMITS = Limits(processor_seconds=5, seconds=15, memory_mebibytes=384)
AT_ONCE = 2
WAIT_SECONDS = 10


class OverrideReader:
    """Checks overrides; `close` ends its processes."""

    def __init__(self, at_once: int = AT_ONCE, limits: Limits = LIMITS) -> None:
        """Prepare the processes; they are started with the first override."""
        self._processes = LimitedProcesses("page-check", at_once, limits, wait_seconds=WAIT_SECONDS)

    async def check(self, html: str) -> CheckedPage:
        """Return the checked override. Raises Busy if earlier checks occupy all processes for too long."""
        try:
            return await self._processes.run(check_page, html)
        except CallEndedProcess as error:
            return CheckedPage("", (f"the page cannot be read: it {error}",))

    def close(self) -> None:
        self._processes.close()
