"""The check of all pages (tests/desk_check) on a page that has every fault, and on one that has none."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse
from playwright.async_api import Browser

from local.stack.port_allocation import free_port
from tests.desk_check.findings import Fault
from tests.desk_check.looks import Language, Look, Theme
from tests.desk_check.window import Target, Window
from tests.http.browser.serving import served

pytestmark = pytest.mark.browser
FRAME = '<!doctype html><html lang="en"><head><title>A page</title>{head}</head><body><main>{main}</main></body></html>'
# A name for a text field is missing, and the script of the page itself is stopped. 31,000 letters are too many.
WRONG = FRAME.format(
    head='<link rel="icon" href="data:,"><script>document.title = "Stopped"</script><script src="/own.js"></script>',
    main='<h1>Wrong</h1><input type="text"><img alt="" src="http://127.0.0.1:1/elsewhere.png">'
    f'<p hidden>{"n" * 31_000}</p><div style="width: 391px">wide</div>',
)
RIGHT = FRAME.format(head='<link rel="icon" href="data:,">', main="<h1>Right</h1><details>folded</details>")


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    app = FastAPI()

    @app.get("/wrong")
    def wrong() -> HTMLResponse:
        policy = {"Content-Security-Policy": "script-src 'self'; style-src 'self' 'unsafe-inline'"}
        return HTMLResponse(WRONG, headers=policy)

    @app.get("/own.js")
    def script() -> Response:
        return Response("throw new Error('of the page')", media_type="text/javascript")

    @app.get("/right")
    def right() -> HTMLResponse:
        return HTMLResponse(RIGHT)

    with served(app, free_port(set())) as address:
        yield address


async def test_each_fault_is_found_and_nothing_else(browser: Browser, site: str) -> None:
    look = Look(Language.EN, Theme.DARK)
    context = await browser.new_context(**look.options)
    window = Window(await context.new_page(), site, look)
    window.listen()
    viewed, findings = await window.open(Target("/wrong", "/wrong"))
    assert {finding.fault for finding in findings} == set(Fault) - {Fault.ANSWER}
    assert {(finding.address, finding.look) for finding in findings} == {("/wrong", "en-dark")}
    [barrier] = [finding.text for finding in findings if finding.fault is Fault.BARRIER]
    assert barrier.startswith("label: <input")
    assert 31_000 < viewed.sent < 33_000
    _, findings = await window.open(Target("/right", "/right"))
    assert findings == []
    _, findings = await window.open(Target("/nothing", "/nothing"))
    assert Fault.ANSWER in {finding.fault for finding in findings}
    _, findings = await window.open(Target("/wrong", "/wrong"), is_first=True)
    assert Fault.HEAVY not in {finding.fault for finding in findings}
    await context.close()
