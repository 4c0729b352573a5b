"""The monthly schedules that fetch the bills of each account (docs/specification/bills.md 1)."""

from collections.abc import Iterable
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleState,
)

from workflows.bills.fetch import VendorBillFetchWorkflow
from workflows.bills.messages import FetchStart
from workflows.client import schedules
from workflows.runtime import ids

HOUR = 6
# A month that was missed is fetched when the server is back; the workflow itself waits for a late invoice.
CATCH_UP = timedelta(days=20)
PROVIDER = "digitalocean"


def monthly(account: str, day: int, state: ScheduleState | None = None) -> Schedule:
    """Return the schedule: on this day of each month at 06:00 UTC, for the month before."""
    return Schedule(
        action=ScheduleActionStartWorkflow(
            VendorBillFetchWorkflow.run,
            FetchStart(provider=PROVIDER, account=account),
            id=ids.bill_fetches(PROVIDER, account),
            task_queue=ids.TASK_QUEUE,
            static_summary=f"Fetches the bill of {account} for the month before",
        ),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(
                    day_of_month=[ScheduleRange(day)],
                    hour=[ScheduleRange(HOUR)],
                    comment=f"on day {day} of each month, 06:00 UTC",
                )
            ],
            time_zone_name="UTC",
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.BUFFER_ALL, catchup_window=CATCH_UP),
        state=state or ScheduleState(note="applied by `aktum schedule apply`"),
    )


async def apply(client: Client, account: str, day: int) -> bool:
    """Create or update the schedule of an account; return whether it was created. A paused one stays paused."""
    schedule_id = ids.bill_fetches(PROVIDER, account)
    return await schedules.apply_schedule(client, schedule_id, lambda state: monthly(account, day, state))


async def remove_others(client: Client, accounts: Iterable[str]) -> list[str]:
    """Delete the schedules of accounts that are configured no more; return their ids."""
    kept = {ids.bill_fetches(PROVIDER, account) for account in accounts}
    found = [each.id async for each in await client.list_schedules()]
    others = [each for each in found if each.startswith(f"{ids.BILL_FETCHES}.") and each not in kept]
    return [each for each in others if await schedules.remove_schedule(client, each)]
