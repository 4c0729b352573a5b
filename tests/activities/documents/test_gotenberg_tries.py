"""Failures of Gotenberg: which are the fault of the page and which of the server.

`tests/engines` uses the real server, which gives most of these answers only when it is overloaded or broken.
"""

import httpx
import pytest

from activities.documents.gotenberg_renderer import PLAIN_PAGE, GotenbergRenderer
from activities.documents.renderer import EngineUnavailable, PageRefused

PDF = httpx.Response(200, content=b"%PDF-1.7")
TIME_LIMIT = httpx.Response(503, text="the time limit of the request")
CRASH = httpx.Response(500, text="the browser ended")
QUEUE = httpx.Response(429, text="too many requests")
Answer = httpx.Response | Exception


class Server:
    """A server with its own answers for the page, and for the plain page that tests whether the server works."""

    def __init__(self, page: list[Answer], plain: list[Answer]) -> None:
        self.page, self.plain = page, plain

    def renderer(self) -> GotenbergRenderer:
        return GotenbergRenderer(httpx.AsyncClient(transport=httpx.MockTransport(self._answer), base_url="http://x"))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        answers = self.plain if PLAIN_PAGE.encode() in request.content else self.page
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.mark.parametrize("failure", [TIME_LIMIT, CRASH, httpx.ReadTimeout("late"), httpx.RemoteProtocolError("reset")])
async def test_a_page_that_is_twice_not_completed_is_refused(failure: Answer) -> None:
    server = Server(page=[failure, failure], plain=[PDF, PDF])
    with pytest.raises(PageRefused, match="tried it twice"):
        await server.renderer().render("<p>x</p>", {})
    assert (server.page, server.plain) == ([], [])


@pytest.mark.parametrize("failure", [TIME_LIMIT, CRASH, httpx.ReadTimeout("late")])
async def test_a_page_that_is_completed_the_second_time_is_printed(failure: Answer) -> None:
    server = Server(page=[failure, PDF], plain=[PDF])
    assert await server.renderer().render("<p>x</p>", {}) == b"%PDF-1.7"


@pytest.mark.parametrize("failure", [TIME_LIMIT, CRASH, httpx.ReadTimeout("late")])
@pytest.mark.parametrize("other", [TIME_LIMIT, CRASH, QUEUE, httpx.ConnectError("refused"), httpx.ReadTimeout("late")])
async def test_a_server_that_prints_no_other_page_is_down(failure: Answer, other: Answer) -> None:
    server = Server(page=[failure], plain=[other])
    with pytest.raises(EngineUnavailable):
        await server.renderer().render("<p>x</p>", {})


@pytest.mark.parametrize("failure", [QUEUE, httpx.ConnectError("refused"), httpx.Response(502), httpx.Response(404)])
async def test_a_page_that_was_not_started_is_retried_later(failure: Answer) -> None:
    with pytest.raises(EngineUnavailable):
        await Server(page=[failure], plain=[]).renderer().render("<p>x</p>", {})
