"""Signing in Chromium with the sandbox of E-IMZO: one act and many, unfit keys, and a signer that is off."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from playwright.async_api import expect
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from local.sandboxes.signer.keys import OTHER_TIN
from models.access.roles import Role
from models.invoice.invoice import Invoice
from models.invoice.signing.tables import StoredSignature
from settings import ApiSettings, AuthSettings, ClickHouseSettings, DidoxSettings, Settings, TemporalSettings
from tests.fixtures.signer_process import SignerPorts, running_signer
from tests.http.browser.visits import LOOKS, Desk, Visit
from tests.http.callers import Rules
from tests.http.signing import TIN, Didox, waiting_act
from workflows.client import signatures
from workflows.client.errors import RequestFailed

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def signer() -> Iterator[SignerPorts]:
    with running_signer(TIN) as ports:
        yield ports


@pytest.fixture(scope="module")
def api_settings(database_url: str, signer: SignerPorts) -> Settings:
    """A desk that knows the seller, and finds the sandbox of E-IMZO at its port without TLS."""
    return Settings(
        database_url=SecretStr(database_url),
        auth=AuthSettings(jwt_secret=SecretStr("a secret for tests that is long enough")),
        api=ApiSettings(signer_addresses=f"ws://127.0.0.1:{signer.plain}/service/cryptapi"),
        didox=DidoxSettings(seller_tin=TIN),
        temporal=TemporalSettings(address="127.0.0.1:1"),
        clickhouse=ClickHouseSettings(url=SecretStr("http://default:@127.0.0.1:1/default")),
    )


@pytest.fixture(autouse=True)
async def _running(signer: SignerPorts) -> AsyncIterator[None]:
    """After each test the signer runs with its first keys again."""
    yield
    await sandbox(signer, "reset")


async def sandbox(signer: SignerPorts, path: str, **body: object) -> None:
    async with httpx.AsyncClient() as http:
        (await http.post(f"{signer.page_url}/__sandbox/{path}", json=body or None)).raise_for_status()


@pytest.fixture
def didox(rules: Rules, registry_engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> Didox:
    stand_in = Didox(registry_engine)
    monkeypatch.setattr(signatures, "fetch_to_sign", stand_in.fetch)
    return stand_in


@pytest.fixture
async def acts(rules: Rules, key: str, registry_engine: AsyncEngine) -> AsyncIterator[list[Invoice]]:
    """Three acts that wait, and no others."""
    found = [await rules.put(waiting_act(f"{key}-{letter}")) for letter in "ABC"]
    yield found
    for each in found:
        left = rules.invoices[each.workflow_id]
        await rules.put(left.model_copy(update={"effects": (), "revision": left.revision + 1}))


async def opened(visit: Visit, **options: object) -> Desk:
    desk = await visit(Role.EDITOR, **options)
    await desk.open("/signing")
    return desk


async def stored(engine: AsyncEngine) -> set[str]:
    table = StoredSignature.metadata.tables["signatures"]
    async with engine.connect() as connection:
        return set((await connection.scalars(select(table.c.invoice_id))).all())


@pytest.mark.parametrize(("language", "theme"), LOOKS)
async def test_the_page_has_no_barrier(
    acts: list[Invoice], didox: Didox, visit: Visit, language: str, theme: str
) -> None:
    desk = await opened(visit, locale=language, color_scheme=theme)
    assert await desk.violations() == []
    await desk.page.locator("[data-find]").click()
    await expect(desk.page.locator(".certificate")).to_have_count(3)
    await desk.page.locator("[data-all]").check()
    assert await desk.violations() == []


async def test_one_act_is_signed_and_then_the_others(
    acts: list[Invoice], didox: Didox, visit: Visit, registry_engine: AsyncEngine, rules: Rules
) -> None:
    desk = await opened(visit)
    page = desk.page
    button = page.locator("[data-sign]")
    await expect(button).to_be_disabled()
    await page.locator("[data-find]").click()
    keys = page.locator(".certificate")
    await expect(keys).to_have_count(3)
    await expect(keys.filter(has_text="expired on")).to_have_count(1)
    await expect(keys.filter(has_text=f"has the TIN {OTHER_TIN}; the seller of the act is {TIN}")).to_have_count(1)
    await expect(page.locator("input[name=certificate]:enabled")).to_be_checked()
    await page.locator(f"[data-act='{acts[1].id}'] [data-choose]").check()
    await button.click()
    await expect(page.locator(f"[data-act='{acts[1].id}'] [data-answer]")).to_contain_text("The signature is kept")
    await expect(page.locator("#signing-says")).to_have_text("1 of 1 are signed.")
    assert await stored(registry_engine) >= {acts[1].id}
    assert not await stored(registry_engine) & {acts[0].id, acts[2].id}
    await page.locator("[data-all]").check()
    await button.click()
    await expect(page.locator("#signing-says")).to_have_text("2 of 2 are signed.")
    assert await stored(registry_engine) >= {each.id for each in acts}
    await desk.open("/signing")
    await expect(page.locator("[data-act]")).to_have_count(0)


async def test_each_row_has_its_own_answer(
    acts: list[Invoice], didox: Didox, visit: Visit, rules: Rules, registry_engine: AsyncEngine
) -> None:
    desk = await opened(visit)
    await desk.page.locator("[data-find]").click()
    await desk.page.locator("[data-all]").check()
    # Somebody else has signed the first one meanwhile.
    gone = rules.invoices[acts[0].workflow_id]
    await rules.put(gone.model_copy(update={"effects": (), "revision": gone.revision + 1}))
    await desk.page.locator("[data-sign]").click()
    await expect(desk.page.locator("#signing-says")).to_have_text("2 of 3 are signed.")
    desk.expect_complaint("409")
    await expect(desk.page.locator(f"[data-act='{acts[0].id}'] [data-answer]")).to_contain_text(
        "Nothing of this invoice"
    )
    await expect(desk.page.locator(f"[data-act='{acts[1].id}'] [data-answer]")).to_contain_text("The signature is kept")


async def test_didox_that_does_not_answer_is_said_in_the_row(acts: list[Invoice], didox: Didox, visit: Visit) -> None:
    didox.failure = RequestFailed("Transient", "Didox could not be reached.")
    desk = await opened(visit)
    await desk.page.locator("[data-find]").click()
    await desk.page.locator(f"[data-act='{acts[0].id}'] [data-choose]").check()
    await desk.page.locator("[data-sign]").click()
    answer = desk.page.locator(f"[data-act='{acts[0].id}'] [data-answer]")
    await expect(answer).to_contain_text("Didox could not be reached.")
    desk.expect_complaint("503")
    didox.failure = None
    await desk.page.locator("[data-sign]").click()
    await expect(desk.page.locator("#signing-says")).to_have_text("1 of 1 are signed.")


async def test_a_signer_that_does_not_run_is_told_and_found_later(
    acts: list[Invoice], didox: Didox, visit: Visit, signer: SignerPorts
) -> None:
    await sandbox(signer, "power", on=False)
    desk = await opened(visit)
    await desk.page.locator("[data-find]").click()
    await expect(desk.page.locator("[role=alert]")).to_contain_text("E-IMZO does not run on this machine")
    desk.expect_complaint("WebSocket")
    await expect(desk.page.locator("[data-sign]")).to_be_disabled()
    await sandbox(signer, "power", on=True)
    await desk.page.locator("[data-find]").click()
    await expect(desk.page.locator(".certificate")).to_have_count(3)
    await desk.page.locator("[data-all]").check()
    await sandbox(signer, "power", on=False)
    await desk.page.locator("[data-sign]").click()
    await expect(desk.page.locator("#signing-says")).to_contain_text("E-IMZO does not run on this machine")
    desk.expect_complaint("WebSocket")
    assert didox.asked == []


async def test_keys_that_may_not_sign_leave_nothing_to_choose(
    acts: list[Invoice], didox: Didox, visit: Visit, signer: SignerPorts
) -> None:
    await sandbox(signer, "certificates/DS_GOOD/expire")
    desk = await opened(visit)
    await desk.page.locator("[data-find]").click()
    await expect(desk.page.locator("[role=alert]")).to_contain_text("No certificate on this machine may sign")
    await expect(desk.page.locator("[role=alert]")).to_contain_text(f"has the TIN {TIN}")
    await expect(desk.page.locator("input[name=certificate]:enabled")).to_have_count(0)
    await expect(desk.page.locator("[data-sign]")).to_be_disabled()


async def test_the_words_of_e_imzo_are_quoted(
    acts: list[Invoice], didox: Didox, visit: Visit, signer: SignerPorts
) -> None:
    desk = await opened(visit)
    await desk.page.locator("[data-find]").click()
    await desk.page.locator("[data-all]").check()
    await sandbox(signer, "certificates/DS_GOOD/renew")  # the key file is another one now
    await desk.page.locator("[data-sign]").click()
    await expect(desk.page.locator("#signing-says")).to_have_text("E-IMZO refuses: The key file is missing")
    assert didox.asked == []


async def test_nothing_is_wider_than_a_phone(acts: list[Invoice], didox: Didox, visit: Visit) -> None:
    desk = await opened(visit, viewport={"width": 390, "height": 844})
    await desk.page.locator("[data-find]").click()
    await expect(desk.page.locator(".certificate")).to_have_count(3)
    assert not await desk.is_wider_than_the_window()


async def test_an_empty_queue_explains_itself(visit: Visit) -> None:
    desk = await opened(visit)
    await expect(desk.page.locator("main")).to_contain_text("Nothing waits for our signature")
