"""`aktum schedule apply`: the schedules as this release and the settings define them."""

import asyncio
from datetime import timedelta
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

import settings
from activities.issuer.zone import issuer_zone
from models.values.period import BILLING_ZONE
from operations.connections import console
from operations.postgres import with_engine
from operations.temporal import run_on_temporal
from workflows.client import act_sweeps, archive_sweeps, event_feed, schedules
from workflows.client.recurring import (
    bill_fetches,
    mailbox_schedule,
    order_sweeps,
    snapshot_schedule,
    summary_schedule,
)


def apply() -> None:
    """Create or update the schedules; those of the mailbox, Didox and Telegram if configured. Start the event feed."""
    for name, apply_one in (
        ("monthly schedule", schedules.apply),
        ("nightly archive sweep", archive_sweeps.apply),
        ("hourly sweep of orders", order_sweeps.apply),
    ):
        created = run_on_temporal(apply_one)
        console.print(f"The {name} was {'created' if created else 'updated'}.")
    _apply_snapshots()
    run_on_temporal(event_feed.ensure_running)
    console.print("The event feed runs.")
    imap = settings.load().imap
    if imap.host:
        every = timedelta(minutes=imap.every_minutes)
        created = run_on_temporal(lambda client: mailbox_schedule.apply(client, every))
        console.print(f"The schedule that reads bounces was {'created' if created else 'updated'}.")
    elif run_on_temporal(mailbox_schedule.remove):
        console.print("The schedule that reads bounces was removed, because no mailbox is configured.")
    if settings.load().didox.url:
        created = run_on_temporal(act_sweeps.apply)
        console.print(f"The hourly sweep of acts was {'created' if created else 'updated'}.")
    elif run_on_temporal(act_sweeps.remove):
        console.print("The hourly sweep of acts was removed, because Didox is not configured.")
    _apply_summary(settings.load().telegram)
    _apply_bill_fetches(settings.load())


def _apply_snapshots() -> None:
    """The schedule follows the issuer's zone, which only PostgreSQL has."""
    zone = _issuer_zone()
    if zone is None:
        console.print(
            f"PostgreSQL does not answer, so the finance snapshot is scheduled in {BILLING_ZONE}; if the issuer has "
            "another zone, run `aktum schedule apply` again.",
            style="yellow",
        )
    created = run_on_temporal(lambda client: snapshot_schedule.apply(client, zone or BILLING_ZONE))
    console.print(f"The daily finance snapshot was {'created' if created else 'updated'}.")


def _issuer_zone() -> str | None:
    """Return the issuer's zone; None if PostgreSQL does not answer or has no tables yet."""
    try:
        return asyncio.run(with_engine(issuer_zone))
    except SQLAlchemyError:
        return None


def _apply_summary(telegram: settings.TelegramSettings) -> None:
    days, time = telegram.summary_weekdays, telegram.summary_time
    if days:
        created = run_on_temporal(lambda client: summary_schedule.apply(client, days, time))
        console.print(f"The schedule of the Telegram summary was {'created' if created else 'updated'}.")
    elif run_on_temporal(summary_schedule.remove):
        console.print("The schedule of the Telegram summary was removed, because it is switched off.")


def _apply_bill_fetches(given: settings.Settings) -> None:
    """One schedule for each account at DigitalOcean; those of other accounts are removed."""
    for account in given.digitalocean.accounts:
        created = run_on_temporal(partial(bill_fetches.apply, account=account, day=given.bills.fetch_day))
        state = "created" if created else "updated"
        console.print(f"The monthly fetch of the bills of {account} was {state}.")
    for removed in run_on_temporal(partial(bill_fetches.remove_others, accounts=given.digitalocean.accounts)):
        console.print(f"The schedule {removed} was removed, because its account is configured no more.")
