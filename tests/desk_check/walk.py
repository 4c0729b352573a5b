"""All pages of the desk in each look: two windows of Chromium open them at the same time."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, async_playwright
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from benchmarks.desk.crawl import Crawl
from models.access.roles import Role
from tests.desk_check.findings import Finding, Viewed
from tests.desk_check.looks import Look
from tests.desk_check.window import Seen, Target, Window

WINDOWS = 2
# Lists have a page for each choice of filters, of which so many are opened.
OF_A_PATH = 2
# The document of an invoice and of a quote is a sheet of paper, which their pages show in a frame.
SHEETS = ("/invoices/{invoice_id}/preview", "/quotes/{quote_id}/preview")
# No link leads to them: signing in, an error, and what a client sees (the page of the quote shows its address as text).
UNLINKED = (Target("/login", "/login"), Target("/nothing-here", "/nothing-here", 404))
LINK_OF_CLIENT = re.compile(r'value="[^"]*(/q/[^"/?]+)"')


@dataclass
class Walk:
    """The pages of one desk. `described` is the content of stack.json."""

    described: dict[str, Any]
    looks: Sequence[Look]
    pictures: Path | None = None
    views: list[Viewed] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    async def run(self, progress: Progress, only: Sequence[str]) -> None:
        cookies, targets = await self._found(progress, only)
        task = progress.add_task("", total=len(targets) * len(self.looks))
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium())
            for look in self.looks:
                progress.update(task, description=str(look))
                progress.console.print(f"{look}: {len(targets)} pages", style="dim", highlight=False)
                async for viewed, findings in self._seen(browser, look, cookies, targets):
                    self.views.append(viewed)
                    self._tell(progress.console, findings)
                    progress.advance(task)
            await browser.close()

    def _tell(self, console: Console, findings: Sequence[Finding]) -> None:
        """Keep what was found, and print what no other page had."""
        known = {(each.fault, each.text) for each in self.findings}
        self.findings += findings
        for each in findings:
            if (each.fault, each.text) not in known:
                console.print(Text(f"✗ {each.look} {each.address} {each.fault}: {each.text}", "red"))

    async def _found(self, progress: Progress, only: Sequence[str]) -> tuple[dict[str, str], list[Target]]:
        """Sign in as an admin, who sees all pages; return the cookies and one page of each kind."""
        user = next(each for each in self.described["users"] if each["role"] == Role.ADMIN)
        task = progress.add_task("looking for pages", total=None)
        async with httpx.AsyncClient(base_url=self.described["api"], timeout=60) as client:
            form = {"username": user["username"], "password": user["password"]}
            signed_in = await client.post("/login", data=form, headers={"Sec-Fetch-Site": "same-origin"})
            assert signed_in.is_redirect, f"nobody can sign in: {signed_in.status_code}"
            targets = [target async for target in found_by(Crawl(client, of_a_kind=1, of_a_path=OF_A_PATH))]
            progress.remove_task(task)
            chosen = [each for each in (*targets, *UNLINKED) if not only or each.address.startswith(tuple(only))]
            return dict(client.cookies), chosen

    async def _seen(
        self, browser: Browser, look: Look, cookies: dict[str, str], targets: Sequence[Target]
    ) -> AsyncIterator[Seen]:
        """Yield the pages in the order in which they were seen. The first one alone fills the cache of the browser."""
        base_url = self.described["api"]
        context = await browser.new_context(**look.options)
        await context.add_cookies([{"name": name, "value": each, "url": base_url} for name, each in cookies.items()])
        windows = [Window(await context.new_page(), base_url, look, self.pictures) for _ in range(WINDOWS)]
        for window in windows:
            window.listen()
        waiting, seen = list(reversed(targets)), asyncio.Queue[Seen]()
        if waiting:
            yield await windows[0].open(waiting.pop(), is_first=True)
        async with asyncio.TaskGroup() as group:
            for window in windows:
                group.create_task(_open_all(window, waiting, seen))
            for _ in range(len(targets) - 1):
                yield await seen.get()
        await context.close()


async def _open_all(window: Window, waiting: list[Target], seen: asyncio.Queue[Seen]) -> None:
    while waiting:
        seen.put_nowait(await window.open(waiting.pop()))


async def found_by(crawl: Crawl) -> AsyncIterator[Target]:
    """Yield whole pages; a part that a page loads is looked at in it."""
    async for page in crawl.pages():
        if "<html" in page.response.text:
            yield Target(page.kind, page.address, is_sheet=page.kind.partition("?")[0] in SHEETS)
        if link := LINK_OF_CLIENT.search(page.response.text):
            yield Target("/q/{token}", link[1])


def chromium() -> str:
    """Return the program. Raises FileNotFoundError if it is missing."""
    found = os.environ.get("CHROMIUM_BIN_PATH") or shutil.which("chromium")
    if not found:
        raise FileNotFoundError("chromium is missing: install it (`apt-get install chromium`)")
    return found
