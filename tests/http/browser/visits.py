"""A person at the desk in Chromium."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

WCAG = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
# Each language and each theme once, for modules with many pages; `make desk-check` opens every page in all four looks.
LOOKS = (("en-GB", "light"), ("ru-RU", "dark"))
ALL_LOOKS = (*LOOKS, ("en-GB", "dark"), ("ru-RU", "light"))


@dataclass(frozen=True)
class Desk:
    """One window. `complaints` are errors of the console and requests to other hosts; a test ends without any."""

    page: Page
    complaints: list[str]

    async def sign_in(self, name: str, password: str) -> None:
        await self.page.goto("/login")
        await self.page.fill("#username", name)
        await self.page.fill("#password", password)
        await self.page.keyboard.press("Enter")
        await self.page.locator("nav.side").wait_for(state="attached")

    async def open(self, path: str) -> None:
        await self.page.goto(path)
        await self.page.wait_for_load_state("networkidle")

    def expect_complaint(self, part: str) -> None:
        """Take away the complaint that the test has caused: Chromium reports each answer above 399."""
        found = [each for each in self.complaints if part in each]
        assert found, f"{part} is not in {self.complaints}"
        for each in found:
            self.complaints.remove(each)

    async def violations(self) -> list[str]:
        """Return what axe finds, with the first place of each, once no colour is changing any more."""
        await self.page.evaluate(
            "() => Promise.all(document.getAnimations().map(each => each.finished.catch(() => null)))"
        )
        # A frame holds a document, in which no script runs; axe would wait for it.
        options = {"runOnly": {"type": "tag", "values": WCAG}, "iframes": False}
        found = await Axe().run(self.page, options=options)
        return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found.response["violations"]]

    async def is_wider_than_the_window(self) -> bool:
        wide: bool = await self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        return wide


Visit = Callable[..., Awaitable[Desk]]
