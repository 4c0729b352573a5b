"""The recorded lives of quotes: revised and accepted by link, and one that was reminded of and expired."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle

from models.quotes.conversion.inputs import DealAs
from models.quotes.quote.commands import ConvertQuote, OpenQuote, RenewLink, ReviseQuote, RevokeLink
from models.quotes.quote.effects import QuoteEffectName
from models.quotes.quote.ports import QUOTE_EFFECT_PORTS
from models.quotes.quote.status import QuoteStatus
from tests.fixtures.activities import InMemoryActivities, refusal
from tests.fixtures.quote_activities import InMemoryQuotes, QuoteDriver
from tests.fixtures.quotes import content
from tests.fixtures.temporal import fast_forward
from worker import build_worker

Handle = WorkflowHandle[object, object]


def _in_days(days: int) -> date:
    return (datetime.now(UTC) + timedelta(days=days)).date()


async def quote_accepted(client: Client, _: InMemoryActivities, queue: str) -> list[Handle]:
    """Two versions, links that are revoked and renewed, a letter that failed, an acceptance and its terms."""
    queue, quotes = f"{queue}-{uuid4().hex[:6]}", InMemoryQuotes()
    quotes.faults[QUOTE_EFFECT_PORTS[QuoteEffectName.EMAIL].name] = [refusal("no such user")]
    async with build_worker(client, quotes.all(), queue):
        driver = await QuoteDriver.open(client, quotes, queue, content(valid_until=_in_days(30)))
        await driver.send()
        await driver.until(lambda quote: bool(quote.blocked))
        await driver.handle.signal("open", OpenQuote(link=1))
        await driver.until_status(QuoteStatus.VIEWED)
        await driver.do(ReviseQuote(by="amina"))
        await driver.send()
        await driver.do(RevokeLink(by="amina", link=1))
        await driver.do(RenewLink(by="amina"))
        await driver.handle.signal("accept", {"version": 1, "accepted_by": "Olga Weber", "position": "Director"})
        await driver.accept()
        convert = ConvertQuote(application_key="APP-001", valid_from=_in_days(1), deal_as=DealAs.SCHEDULE)
        await driver.do(convert)
        await driver.until_settled()
    return [client.get_workflow_handle(driver.handle.id)]


async def quote_expired(client: Client, _: InMemoryActivities, queue: str) -> list[Handle]:
    """A quote of which the client is reminded, that expires, and whose links end."""
    queue, quotes = f"{queue}-{uuid4().hex[:6]}", InMemoryQuotes()
    async with build_worker(client, quotes.all(), queue):
        driver = await QuoteDriver.open(client, quotes, queue, content(valid_until=_in_days(10)))
        await driver.send()
        await driver.until_settled()
        await fast_forward(client, driver.handle, timedelta(days=11))
        await driver.until_status(QuoteStatus.EXPIRED)
        await driver.until_settled()
        await fast_forward(client, driver.handle, timedelta(days=91))
        await driver.handle.result()
    return [client.get_workflow_handle(driver.handle.id)]
