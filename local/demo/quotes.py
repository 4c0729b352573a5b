"""The part of the demo with a quote: sent, opened and accepted by the client, and invoiced by a deposit."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from local.demo.api_client import ApiClient, until
from local.demo.scenario import ReportStep

CONTRACT = "APP-012"
TITLE = "Migration of the cargo desk"
CLIENT = {"accepted_by": "Hussain Al Khalifa", "position": "Director", "order_number": "PO-4711", "options": "L3"}
DEPOSIT = "30"
REST_AFTER = timedelta(days=60)


@dataclass(frozen=True)
class QuotePlayed:
    """The quote, the draft of its first invoice, and what of it is invoiced and left."""

    quote: dict[str, Any]
    invoice: dict[str, Any]
    invoiced: dict[str, Any]


@dataclass(frozen=True)
class QuoteStory:
    """The steps. The client has no login, only the link of the letter."""

    editor: ApiClient
    manager: ApiClient
    today: date
    report_step: ReportStep

    async def run(self) -> QuotePlayed:
        self.report_step("A quote with an option is sent; the client opens the link and accepts")
        draft = await self.editor.make_quote(
            title=TITLE,
            application_key=CONTRACT,
            currency="USD",
            terms="Work begins within ten days of the order.",
            lines=[
                _line("Analysis of the running system", "1200.00"),
                _line("Migration", "850.00", quantity="12", details="In days, on site and remote"),
                _line("Training of the dispatchers", "900.00", optional=True),
            ],
        )
        sent = await self.manager.quote_command(draft["id"], "send", expected_revision=draft["revision"])
        sent = await self._until(sent["id"], _is_settled, "the letter with the link")
        await self._answer(sent["links"][0]["url"])
        await self._until(sent["id"], lambda quote: quote["status"] == "accepted", "the acceptance")
        self.report_step(f"It becomes a schedule of the contract; the deposit of {DEPOSIT} % is drafted at once")
        rest_on = str(self.today + REST_AFTER)
        schedule = {"kind": "deposit", "percent": DEPOSIT, "deposit_on": str(self.today), "rest_on": rest_on}
        terms = {"application_key": CONTRACT, "valid_from": str(self.today), "schedule": schedule}
        await self.manager.quote_command(sent["id"], "convert", **terms)
        await self._until(sent["id"], lambda quote: quote["conversion"]["written"], "the terms of the contract")
        invoice = await self.editor.generate(
            application_key=CONTRACT, period_start=str(self.today), period_end=str(self.today)
        )
        quote = await self._until(sent["id"], _is_settled, "the effects of the quote")
        return QuotePlayed(quote, invoice, await self.editor.invoiced_of(sent["id"]))

    async def _answer(self, address: str) -> None:
        """Open the link and send the form, as a browser does."""
        path = urlsplit(address)
        async with httpx.AsyncClient(headers={"Origin": f"{path.scheme}://{path.netloc}"}) as browser:
            (await browser.get(address)).raise_for_status()
            answer = await browser.post(f"{address}/accept", data={**CLIENT, "key": "demo"})
            if answer.status_code != httpx.codes.SEE_OTHER:
                raise RuntimeError(f"The page of the quote answered {answer.status_code}")

    async def _until(self, quote_id: str, condition: Any, what: str) -> dict[str, Any]:
        return dict(await until(lambda: self.editor.quote(quote_id), condition, what))


def _line(description: str, price: str, **fields: Any) -> dict[str, Any]:
    return {"kind": "typed", "description": description, "unit_price": price, **fields}


def _is_settled(quote: dict[str, Any]) -> bool:
    return quote["number"] is not None and all(each["state"] != "pending" for each in quote["effects"])
