"""What holds for every answer and request: methods, headers, hosts, one reading of JSON, the two forms of errors."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from settings import ApiSettings, Settings
from tests.http.callers import Caller, Rules, draft_of, error_of

PROBLEM = "application/problem+json"


@pytest.fixture
async def restricted(api_settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """An API that serves some hosts, and no docs."""
    settings = api_settings.model_copy(
        update={"api": ApiSettings(allowed_hosts="aktum.example.com, *.aktum.example.org", docs=False)}
    )
    app = create_app(settings)
    async with app.router.lifespan_context(app), client_of(app) as client:
        yield client


def client_of(app: FastAPI, scheme: str = "http") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=f"{scheme}://aktum.example.com")


class TestMethods:
    @pytest.mark.parametrize(
        ("path", "allowed"),
        [
            ("/api/v1/invoices", {"GET", "HEAD"}),
            ("/api/v1/settings/users", {"GET", "HEAD", "POST"}),
            ("/api/v1/settings/client-config/APP-1", {"GET", "HEAD", "PUT", "DELETE"}),
            ("/api/v1/invoices/7d0c", {"GET", "HEAD", "PATCH"}),
            ("/api/v1/invoices/7d0c/finalize", {"POST"}),
            ("/api/v1/invoices/generate", {"GET", "HEAD", "PATCH", "POST"}),  # an invoice may have any id
            ("/healthz", {"GET", "HEAD"}),
        ],
    )
    @pytest.mark.parametrize("method", ["TRACE", "PROPFIND"])
    async def test_a_405_lists_every_method_of_the_path(
        self, http: httpx.AsyncClient, path: str, allowed: set[str], method: str
    ) -> None:
        response = await http.request(method, path)
        error_of(response, 405, "METHOD_NOT_ALLOWED")
        assert set(response.headers["Allow"].split(", ")) == allowed

    @pytest.mark.parametrize("path", ["/healthz", "/openapi.json", "/docs", "/api/v1/invoices", "/api/v1/invoices.csv"])
    async def test_head_answers_as_get_without_the_body(self, viewer: Caller, path: str) -> None:
        get = await viewer.http.get(path, headers=viewer.headers)
        head = await viewer.http.head(path, headers=viewer.headers)
        assert head.status_code == get.status_code == 200
        assert head.content == b""
        different = {"x-request-id", "date"}
        assert {k: v for k, v in head.headers.items() if k not in different} == {
            k: v for k, v in get.headers.items() if k not in different
        }

    async def test_head_of_what_is_missing_or_has_no_get(self, viewer: Caller) -> None:
        assert (await viewer.http.head("/api/v1/nothing", headers=viewer.headers)).status_code == 404
        response = await viewer.http.head("/api/v1/invoices/prefill/x", headers=viewer.headers)
        assert response.status_code in (404, 405)


class TestHosts:
    @pytest.mark.parametrize("host", ["evil.example", "aktum.example.com.evil.example", "", "aktum.example.org.evil"])
    async def test_a_foreign_host_is_refused(self, restricted: httpx.AsyncClient, host: str) -> None:
        assert (await restricted.get("/healthz", headers={"Host": host})).status_code == 400

    @pytest.mark.parametrize(
        "host", ["aktum.example.com", "aktum.example.com:8081", "a.aktum.example.org", "127.0.0.1"]
    )
    async def test_a_named_host_is_served(self, restricted: httpx.AsyncClient, host: str) -> None:
        assert (await restricted.get("/healthz", headers={"Host": host})).status_code == 200

    @pytest.mark.parametrize("path", ["/api/v1/invoices/", "/healthz/", "/docs/", "/docs/assets", "/api/v1/clients/"])
    async def test_no_answer_redirects_to_the_host_of_the_request(self, viewer: Caller, path: str) -> None:
        response = await viewer.http.get(path, headers=viewer.headers | {"Host": "evil.example"})
        assert response.status_code == 404
        assert "evil.example" not in str(response.headers) + response.text


class TestHeaders:
    @pytest.mark.parametrize(
        "path",
        ["/healthz", "/readyz", "/openapi.json", "/docs", "/api/v1/invoices", "/api/v1/nothing", "/docs/assets/x"],
    )
    async def test_every_answer_has_the_headers_of_a_browser(self, viewer: Caller, path: str) -> None:
        headers = (await viewer.http.get(path, headers=viewer.headers)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "no-store" in headers["Cache-Control"]
        assert "Strict-Transport-Security" not in headers

    async def test_an_answer_over_tls_demands_tls(self, app: FastAPI) -> None:
        async with client_of(app, "https") as client:
            assert "max-age=" in (await client.get("/healthz")).headers["Strict-Transport-Security"]

    async def test_a_refused_login_is_not_stored(self, http: httpx.AsyncClient) -> None:
        response = await http.post("/api/v1/auth/login", json={"username": "nobody", "password": "wrong"})
        assert response.headers["Cache-Control"] == "no-store"

    async def test_the_docs_permit_their_own_script_alone(self, http: httpx.AsyncClient) -> None:
        page = await http.get("/docs")
        policy = page.headers["Content-Security-Policy"]
        assert re.search(r"script-src 'self' 'sha256-[A-Za-z0-9+/]{43}='", policy)
        assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]

    @pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/docs/assets/swagger-ui.css"])
    async def test_the_docs_can_be_switched_off(self, restricted: httpx.AsyncClient, path: str) -> None:
        assert (await restricted.get(path)).status_code == 404


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            '{"expected_revision": 1, "base_amount": 1, "base_amount": 9}',
            '{"expected_revision": 1, "expected_revision": 1, "note": "x"}',
            '{"expected_revision": 1, "customer": {"name": "A", "name": "B"}}',
            '{"expected_revision": 1, "note": "a", "n\\u006fte": "b"}',
            '{"expected_revision": 1, "line_changes": [{"op": "remove", "id": "L1", "id": "L2"}]}',
        ],
    )
    async def test_a_field_that_stands_twice_is_refused(
        self, editor: Caller, rules: Rules, key: str, body: str
    ) -> None:
        made = await rules.put(draft_of(key))
        response = await editor.http.patch(
            f"/api/v1/invoices/{made.id}",
            content=body.encode(),
            headers=editor.headers | {"Content-Type": "application/json"},
        )
        [detail] = error_of(response, 400, "VALIDATION_ERROR")["details"]
        assert detail["path"] == "body"
        assert "twice" in detail["message"]
        assert rules.sent == []

    @pytest.mark.parametrize(
        ("path", "change"),
        [
            *(("payment_days", {"payment_days": value}) for value in (True, "5", "1_000", 5.0, "٣")),
            *(("base_amount", {"base_amount": value}) for value in ("1_000", "٣", "1e5", " 5", "", True, "1.500")),
            *(("overtime_hours", {"overtime_hours": value}) for value in ("1_0", "1,000", "1.500")),
            *(("expected_revision", {"expected_revision": value}) for value in (True, "1", 1.5)),
            *(("toggles.show_overtime", {"toggles": {"show_overtime": value}}) for value in (1, 0, "true", "yes")),
            *(("invoice_date", {"invoice_date": value}) for value in (0, 1772323200, "2026-03-01T00:00:00")),
            *(("reminder_days.0", {"reminder_days": [value]}) for value in (True, "7")),
            ("recipients.1", {"recipients": ["a@b.uz", "a\x01b@company.uz"]}),
            ("recipients.0", {"recipients": ["a\u202eb@company.uz"]}),
        ],
    )
    async def test_no_value_is_read_as_another_kind(
        self, editor: Caller, rules: Rules, key: str, path: str, change: dict[str, Any]
    ) -> None:
        made = await rules.put(draft_of(key))
        response = await editor.patch(f"/invoices/{made.id}", {"expected_revision": 1} | change)
        [detail] = error_of(response, 400, "VALIDATION_ERROR")["details"]
        assert detail["path"] == path
        assert rules.sent == []

    @pytest.mark.parametrize("character", ["\x01", "\x7f", "\x85\x86", "\u202e", "\u2066", "\uffff", "\ufdd0"])
    @pytest.mark.parametrize(
        "change", [{"note": "a{}"}, {"legal_text": "a{}"}, {"customer": {"name": "a{}"}}, {"application_name": "a{}"}]
    )
    async def test_a_character_that_cannot_be_printed_is_refused(
        self, editor: Caller, rules: Rules, key: str, character: str, change: dict[str, Any]
    ) -> None:
        made = await rules.put(draft_of(key))
        body = json.loads(json.dumps(change).replace("{}", json.dumps(character)[1:-1]))
        response = await editor.patch(f"/invoices/{made.id}", {"expected_revision": 1} | body)
        assert "invisible control character" in error_of(response, 400, "VALIDATION_ERROR")["message"]
        assert rules.sent == []

    @pytest.mark.parametrize("query", ["page=1_0", "page=٣", "per_page=+5", "min_total=1_000", "min_total=1,000"])
    async def test_a_parameter_is_read_in_one_way(self, viewer: Caller, query: str) -> None:
        error_of(await viewer.get(f"/invoices?{query}"), 400, "VALIDATION_ERROR")

    async def test_a_domain_in_any_script_is_sent_in_ascii(self, editor: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(draft_of(key))
        body = {"expected_revision": 1, "recipients": ["ap@müller.de"]}
        response = await editor.patch(f"/invoices/{made.id}", body)
        assert response.json()["data"]["recipients"] == ["ap@xn--mller-kva.de"]


class TestProblemDetails:
    @pytest.mark.parametrize(
        "accept", [PROBLEM, f"application/json;q=0.5, {PROBLEM}", f"{PROBLEM}, */*", f"{PROBLEM.upper()};q=0.4"]
    )
    async def test_a_caller_that_names_the_media_type_gets_problems(self, viewer: Caller, accept: str) -> None:
        response = await viewer.http.get("/api/v1/invoices?page=0", headers=viewer.headers | {"Accept": accept})
        assert response.status_code == 400
        assert response.headers["Content-Type"] == PROBLEM
        assert response.headers["Vary"] == "Accept"
        problem = response.json()
        assert problem == {
            "type": "about:blank",
            "title": "Bad Request",
            "status": 400,
            "detail": "page: must be 1 or more",
            "instance": "/api/v1/invoices",
            "code": "VALIDATION_ERROR",
            "request_id": response.headers["X-Request-ID"],
            "errors": [{"path": "page", "message": "must be 1 or more"}],
        }

    @pytest.mark.parametrize(
        "accept", ["*/*", "application/json", f"application/json, {PROBLEM};q=0.5", f"{PROBLEM};q=0", "text/html", ""]
    )
    async def test_every_other_caller_gets_the_envelope(self, viewer: Caller, accept: str) -> None:
        response = await viewer.http.get("/api/v1/invoices?page=0", headers=viewer.headers | {"Accept": accept})
        assert response.headers["Content-Type"] == "application/json"
        error_of(response, 400, "VALIDATION_ERROR")

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [("GET", "/api/v1/nothing", 404), ("TRACE", "/healthz", 405), ("GET", "/api/v1/invoices/none", 404)],
    )
    async def test_every_error_has_the_form(self, viewer: Caller, method: str, path: str, status: int) -> None:
        response = await viewer.http.request(method, path, headers=viewer.headers | {"Accept": PROBLEM})
        assert (response.status_code, response.json()["status"]) == (status, status)
        assert response.headers["Content-Type"] == PROBLEM
