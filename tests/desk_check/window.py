"""One window of a browser: opens pages and collects what is wrong with each."""

import asyncio
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Error, Page, Request

from tests.desk_check.findings import LONGEST_TEXT, Fault, Finding, Viewed, heavy, message_of_console
from tests.desk_check.looks import HEIGHT, PHONE_HEIGHT, PHONE_WIDTH, WIDTH, Look
from tests.http.browser.visits import Desk

# What is folded is no barrier to axe, so it is unfolded. Menus cover what lies below them, so they stay closed.
UNFOLD = "() => { for (const fold of document.querySelectorAll('main details:not(.menu)')) fold.open = true; }"
OWN = ("data:", "about:", "blob:")
LONGEST_NAME = 120
PAGE_SECONDS, SIZES_SECONDS = 120, 5
Seen = tuple[Viewed, list[Finding]]


@dataclass(frozen=True)
class Target:
    """A page to open. `kind` is the path of its route.

    A sheet of paper may be wider than a phone.
    """

    kind: str
    address: str
    status: int = 200
    is_sheet: bool = False


@dataclass
class Window:
    """A page of Chromium. Call `listen` before the first page is opened."""

    page: Page
    base_url: str
    look: Look
    pictures: Path | None = None
    _noted: list[tuple[Fault, str]] = field(default_factory=list)
    _requests: list[Request] = field(default_factory=list)

    def listen(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self._noted.append((Fault.CONSOLE, str(error))))
        self.page.on("request", self._see_request)
        self.page.on("requestfinished", lambda request: self._requests.append(request))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._noted.append(message_of_console(message.text))

    def _see_request(self, request: Request) -> None:
        if not request.url.startswith((self.base_url, *OWN)):
            self._noted.append((Fault.HOST, request.url))

    async def open(self, target: Target, *, is_first: bool = False) -> Seen:
        """Open the page as on a desk and as on a phone, and return what is wrong with it."""
        try:
            async with asyncio.timeout(PAGE_SECONDS):
                return await self._open(target, is_first=is_first)
        except (Error, TimeoutError) as error:
            text = f"could not be looked at within {PAGE_SECONDS} s: {error}"[:LONGEST_TEXT]
            look = str(self.look)
            return Viewed(target.address, look, 0, is_first), [Finding(Fault.ANSWER, text, target.address, look)]

    async def _open(self, target: Target, *, is_first: bool) -> Seen:
        self._noted.clear()
        self._requests.clear()
        answer = await self.page.goto(self.base_url + target.address, wait_until="networkidle")
        if answer is None or answer.status != target.status:
            self._noted.append((Fault.ANSWER, f"answers {answer and answer.status}, not {target.status}"))
        elif answer.status >= 400:
            self._forget(str(answer.status))
        viewed = Viewed(target.address, str(self.look), await self._sent(), is_first)
        await self._picture(target, "")
        await self.page.evaluate(UNFOLD)
        desk = Desk(self.page, [])
        violations = await (self._violations_of_sheet() if target.is_sheet else desk.violations())
        self._noted += [(Fault.BARRIER, each) for each in violations]
        await self.page.set_viewport_size({"width": PHONE_WIDTH, "height": PHONE_HEIGHT})
        if not target.is_sheet and await desk.is_wider_than_the_window():
            self._noted.append((Fault.WIDE, f"the page is wider than {PHONE_WIDTH} px"))
        await self._picture(target, "-phone")
        await self.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        found = [Finding(fault, text, target.address, str(self.look)) for fault, text in self._noted]
        return viewed, [*heavy(viewed), *found]

    async def _violations_of_sheet(self) -> list[str]:
        """No script runs in the page of a document, so that axe looks at a copy of it."""
        copy = await self.page.context.new_page()
        await copy.set_content(await self.page.content())
        found = await Desk(copy, []).violations()
        await copy.close()
        return found

    def _forget(self, status: str) -> None:
        """Chromium writes each answer above 399 into the console; one of them was wanted."""
        wanted = next((each for each in self._noted if status in each[1]), None)
        if wanted:
            self._noted.remove(wanted)

    async def _sent(self) -> int:
        """Return the bytes of all answers as they were sent; what the browser has kept counts nothing."""
        sizes = await asyncio.gather(*(size_of(request) for request in list(self._requests)))
        return sum(sizes)

    async def _picture(self, target: Target, ending: str) -> None:
        if self.pictures is None:
            return
        folder = self.pictures / str(self.look)
        folder.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=folder / f"{file_name(target.kind)}{ending}.png", full_page=True)


async def size_of(request: Request) -> int:
    """Return the bytes of an answer; none if the frame that asked is gone, for which Playwright never tells them."""
    if urlsplit(request.url).scheme not in ("http", "https"):
        return 0
    try:
        async with asyncio.timeout(SIZES_SECONDS):
            return (await request.sizes())["responseBodySize"]
    except (Error, TimeoutError):
        return 0


def file_name(kind: str) -> str:
    """Return the kind of page as the name of a file."""
    return re.sub(r"[^a-z0-9]+", "-", kind.lower()).strip("-")[:LONGEST_NAME] or "today"
