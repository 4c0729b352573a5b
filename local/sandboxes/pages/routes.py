"""The routes of a page: the page itself, and the forms, which call the admin routes of the same sandbox."""

import json
from typing import Any
from urllib.parse import parse_qsl

import httpx
from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match

from local.sandboxes.pages.description import Action, Page
from local.sandboxes.pages.rendering import html_page

RECORDS_SHOWN = 100


def add_page(app: FastAPI, page: Page) -> None:
    """Add the page at the root of the sandbox."""

    @app.get("/")
    async def show(request: Request, done: str = "") -> Response:
        action = page.actions.get(done)
        return html_page(
            "page.html.j2",
            page=page,
            root=request.scope.get("root_path", ""),
            done=action.done if action else "",
            offered={action.name for action in page.actions.values() if _is_offered(app, action)},
            sections=[(section, section.records()) for section in page.sections],
            records_shown=RECORDS_SHOWN,
        )

    @app.post("/__sandbox/page/actions/{name}")
    async def act(name: str, request: Request) -> Response:
        root = request.scope.get("root_path", "")
        action = page.actions.get(name)
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return _problem(page, root, 403, "This form can be sent from this page only.")
        if action is None or not _is_offered(app, action):
            return _problem(page, root, 404, f"There is no action {name}.")
        form = dict(parse_qsl((await request.body()).decode(errors="replace")))
        answer = await _call(app, action, form)
        if answer.is_error:
            return _problem(page, root, answer.status_code, reason(answer))
        return RedirectResponse(f"{root}/?done={name}", 303)


def _is_offered(app: FastAPI, action: Action) -> bool:
    """Return whether the sandbox has the route of the action."""
    scope = {"type": "http", "method": action.method, "path": action.path_for("1"), "root_path": "", "headers": []}
    return any(route.matches(dict(scope))[0] is Match.FULL for route in app.routes)


async def _call(app: FastAPI, action: Action, form: dict[str, str]) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox") as http:
        return await http.request(action.method, action.path_for(form.get("key", "")), json=action.body(form))


def _problem(page: Page, root: str, status: int, text: str) -> Response:
    return html_page("problem.html.j2", status=status, page=page, root=root, reason=text)


def reason(answer: httpx.Response) -> str:
    """Return why a route refused: the invalid fields, one a line, or the answer as it is."""
    try:
        content: Any = answer.json()
    except ValueError:
        return answer.text
    found = content.get("detail") if isinstance(content, dict) else None
    if isinstance(found, list):
        return "\n".join(f"{error['loc'][-1]}: {error['msg']}" for error in found)
    return found if isinstance(found, str) else json.dumps(content, indent=2, ensure_ascii=False)
