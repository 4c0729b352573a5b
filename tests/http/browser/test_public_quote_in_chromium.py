"""The page of a client's link in Chromium: no barrier in either theme, a phone, paper, and answers without scripts."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from playwright.async_api import expect
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from api.temporal import Temporal
from models.access.roles import Role
from models.quotes.quote.commands import ReviseQuote, SendQuote
from models.quotes.quote.links import LinkGrant, token_of
from models.quotes.quote.status import QuoteStatus
from settings import QuoteSettings, Settings
from tests.fixtures.quotes import content, typed
from tests.http.browser.visits import ALL_LOOKS, Desk, Visit
from tests.http.quotes.sent_quotes import QuoteRules
from workflows.client import quotes

pytestmark = pytest.mark.browser
LINK_SECRET = "k" * 40
PHONE = {"viewport": {"width": 390, "height": 844}}


class Sender:
    """Sends quotes by the rules; `path` is that of the link."""

    def __init__(self, rules: QuoteRules) -> None:
        self.rules = rules

    async def send(self, key: str) -> str:
        """Return the id of the workflow of a sent quote with an optional line."""
        today = self.rules.now.date()
        lines = (
            typed("Design of the network", "1000.00", quantity=Decimal("12.5"), details="Two offices"),
            typed("Support after the migration", "400.00", times=12, discount_percent=Decimal(10)),
            typed("Training of your engineers", "250.00", optional=True),
        )
        made = content(
            *lines,
            issued_on=today,
            valid_until=today + timedelta(days=30),
            contact="Ms Olga Weber",
            terms="Work begins within ten days of your order.",
        )
        opened = await self.rules.create(None, made, "amina", key, "", timedelta(1))
        await self._sent(opened.workflow_id)
        return opened.workflow_id

    async def resend(self, workflow_id: str) -> None:
        revise = ReviseQuote(by="boss", role=Role.MANAGER, idempotency_key="again")
        await self.rules.send_command(None, workflow_id, revise, update_id=None, timeout=timedelta(1))
        await self._sent(workflow_id)

    async def _sent(self, workflow_id: str) -> None:
        command = SendQuote(by="boss", role=Role.MANAGER, expected_revision=self.rules.quotes[workflow_id].revision)
        await self.rules.send_command(None, workflow_id, command, update_id=None, timeout=timedelta(1))

    def path(self, workflow_id: str) -> str:
        quote = self.rules.quotes[workflow_id]
        link = quote.links[-1]
        grant = LinkGrant(quote_id=quote.id, number=link.number, expires_at=link.expires_at)
        return f"/q/{token_of(LINK_SECRET.encode(), grant)}"


@pytest.fixture(scope="session")
def api_settings(api_settings: Settings) -> Settings:
    """With links that are switched on."""
    links = QuoteSettings(public_url="http://desk", link_secret=SecretStr(LINK_SECRET))
    return api_settings.model_copy(update={"quotes": links})


@pytest.fixture
def sender(registry_url: str, monkeypatch: pytest.MonkeyPatch) -> Sender:
    # The server and the test have loops of their own, so no connection is kept.
    engine = create_async_engine(registry_url, poolclass=NullPool)
    rules = QuoteRules(engine, now=datetime.now(UTC))

    async def client(_: Temporal) -> None:
        return None

    monkeypatch.setattr(Temporal, "client", client)
    for name in ("create", "send_command", "tell_opened"):
        monkeypatch.setattr(quotes, name, getattr(rules, name))
    return Sender(rules)


@pytest.mark.parametrize(("language", "theme"), ALL_LOOKS)
async def test_no_state_of_the_page_has_a_barrier(
    sender: Sender, visit: Visit, key: str, theme: str, language: str
) -> None:
    """axe with the rules of WCAG 2.2 AA: before the answer, with a mistake, after it, and for a link that is over."""
    desk = await visit(None, locale=language, color_scheme=theme)
    workflow_id = await sender.send(key)
    path = f"{sender.path(workflow_id)}?lang={language[:2]}"
    found = {}
    await desk.open(path)
    found["open"] = await desk.violations()
    await desk.page.locator("details").evaluate("each => { each.open = true }")
    found["declining"] = await desk.violations()
    old = sender.path(workflow_id)
    await sender.resend(workflow_id)
    await desk.open(old)
    desk.expect_complaint("409")
    found["newer"] = await desk.violations()
    await desk.open(sender.path(workflow_id))
    await accept(desk)
    found["accepted"] = await desk.violations()
    await desk.open(f"/q/{'A' * 58}")
    desk.expect_complaint("404")
    found["unknown"] = await desk.violations()
    assert {state: each for state, each in found.items() if each} == {}


async def accept(desk: Desk) -> None:
    await desk.page.fill("#accept-accepted_by", "Olga Weber")
    await desk.page.fill("#accept-position", "Director")
    await desk.page.fill("#accept-order_number", "PO-77")
    await desk.page.locator("#accept button").click(timeout=5000)
    await desk.page.locator(".panel.done").wait_for()


async def test_a_phone_without_scripts_accepts_an_option(sender: Sender, visit: Visit, key: str) -> None:
    workflow_id = await sender.send(key)
    desk = await visit(None, java_script_enabled=False, **PHONE)
    await desk.page.goto(sender.path(workflow_id))
    box = await desk.page.locator("main").bounding_box()
    assert box is not None
    assert box["width"] <= 390
    await desk.page.get_by_label("Training of your engineers").check()
    await accept(desk)
    quote = sender.rules.quotes[workflow_id]
    assert quote.status is QuoteStatus.ACCEPTED
    assert quote.accepted is not None
    assert (quote.accepted.order_number, quote.accepted.options) == ("PO-77", ("L3",))


async def test_neither_a_phone_nor_paper_cuts_anything_off(sender: Sender, visit: Visit, key: str) -> None:
    workflow_id = await sender.send(key)
    for language in ("en", "ru"):
        desk = await visit(None, **PHONE)
        await desk.open(f"{sender.path(workflow_id)}?lang={language}")
        assert not await desk.is_wider_than_the_window()
        await desk.page.set_viewport_size({"width": 320, "height": 700})
        assert not await desk.is_wider_than_the_window()
        await desk.page.set_viewport_size({"width": 720, "height": 1000})
        await desk.page.emulate_media(media="print")
        assert not await desk.is_wider_than_the_window()
        await expect(desk.page.locator("form#accept")).to_be_hidden()


async def test_two_windows_accept_once(sender: Sender, visit: Visit, key: str) -> None:
    workflow_id = await sender.send(key)
    windows = [await visit(None) for _ in range(2)]
    for desk in windows:
        await desk.open(sender.path(workflow_id))
        await desk.page.fill("#accept-accepted_by", "Olga Weber")
        await desk.page.fill("#accept-position", "Director")
    for desk in windows:
        await desk.page.keyboard.press("Enter")
        await desk.page.locator(".panel.done").wait_for()
    windows[1].expect_complaint("409")
    quote = sender.rules.quotes[workflow_id]
    assert quote.status is QuoteStatus.ACCEPTED
