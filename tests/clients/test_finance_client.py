"""The client of finance against its sandbox: the token, the answers, and what each fault means."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from pydantic import SecretStr

from activities.clients import finance
from activities.clients.errors import Ambiguous, ClientError, Permanent, RateLimited, Transient
from activities.clients.finance import Finance, Identity
from models.bills.finance.payload import ImportInvoice
from tests.clients.conftest import TIMEOUT_SECONDS
from tests.fixtures.sandboxes import FINANCE_SECRET, Sandbox

IDENTITY = Identity(
    secret=FINANCE_SECRET,
    algorithm="HS512",
    issuer="aktum",
    audience="aktum",
    tenant="platform-admin",
    roles=("admin",),
    lifetime=timedelta(seconds=60),
)
NOW = datetime(2026, 5, 2, 9, 30, 15, 123456, tzinfo=UTC)


def invoice(**more: Any) -> ImportInvoice:
    content = {
        "source": "digitalocean",
        "external_id": "u-1",
        "vendor": {"name": "DigitalOcean"},
        "period_start": "2026-04-01",
        "period_end": "2026-05-01",
        "currency": "USD",
        "amount_net_minor": 7902,
        "amount_tax_minor": 790,
        "amount_gross_minor": 8692,
        "lines": [{"line_key": "a", "charge_category": "Usage", "amount": "86.92", "amount_minor": 8692}],
    }
    return ImportInvoice.model_validate({**content, **more})


@pytest.fixture
async def service(finance_sandbox: Sandbox) -> AsyncIterator[Finance]:
    async with finance.connect(finance_sandbox.url, TIMEOUT_SECONDS) as http:
        yield Finance(http, IDENTITY)


@asynccontextmanager
async def answering(*replies: httpx.Response) -> AsyncIterator[Finance]:
    left = iter(replies)
    transport = httpx.MockTransport(lambda _: next(left))
    async with httpx.AsyncClient(base_url="http://finance", transport=transport) as http:
        yield Finance(http, IDENTITY)


@pytest.mark.parametrize("algorithm", ["HS256", "HS512"])
def test_the_token_is_short_lived_and_names_tenant_and_roles(algorithm: str) -> None:
    token = replace(IDENTITY, algorithm=algorithm).token(NOW)
    assert jwt.get_unverified_header(token)["alg"] == algorithm
    claims = jwt.decode(
        token,
        FINANCE_SECRET.get_secret_value(),
        algorithms=[algorithm],
        audience="aktum",
        options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
    )
    issued = int(datetime(2026, 5, 2, 9, 30, 15, tzinfo=UTC).timestamp())
    assert len(claims.pop("jti")) == 36
    assert claims == {
        "iss": "aktum",
        "aud": "aktum",
        "sub": "aktum",
        "tenant_id": "platform-admin",
        "roles": ["admin"],
        "typ": "access",
        "iat": issued,
        "nbf": issued - 5,
        "exp": issued + 60,
    }


def test_each_token_is_another() -> None:
    assert IDENTITY.token(NOW) != IDENTITY.token(NOW)


class TestImport:
    async def test_is_created_once_and_then_updated(self, finance_sandbox: Sandbox, service: Finance) -> None:
        first = await service.import_invoice(invoice())
        again = await service.import_invoice(invoice())
        assert (first.action, again.action, again.invoice_id) == ("created", "updated", first.invoice_id)
        assert [effect["kind"] for effect in finance_sandbox.effects()] == ["invoice", "vendor"]

    async def test_a_locked_invoice_is_refused_with_the_reason(
        self, finance_sandbox: Sandbox, service: Finance
    ) -> None:
        made = await service.import_invoice(invoice())
        finance_sandbox.admin(f"invoices/{made.invoice_id}/lock", {"locked": True})
        assert (await service.import_invoice(invoice())).action == "unchanged"
        line = {"line_key": "a", "charge_category": "Usage", "amount": "86.93", "amount_minor": 8693}
        changed = invoice(amount_net_minor=7903, amount_gross_minor=8693, lines=[line])
        with pytest.raises(Permanent, match="paid, locked or newer") as refused:
            await service.import_invoice(changed)
        assert (refused.value.status, refused.value.vendor_message) == (
            409,
            "The invoice is locked, so its money was not changed.",
        )

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"secret": SecretStr("another secret of finance for tests, of more than sixty-four bytes")}, 401),
            ({"audience": "somebody else"}, 401),
            ({"issuer": "somebody else"}, 401),
            ({"algorithm": "HS256"}, 401),
            ({"lifetime": timedelta(seconds=-60)}, 401),
            ({"roles": ("viewer",)}, 403),
            ({"roles": ()}, 403),
        ],
    )
    async def test_a_token_that_finance_does_not_take(
        self, finance_sandbox: Sandbox, change: dict[str, Any], status: int
    ) -> None:
        async with finance.connect(finance_sandbox.url, TIMEOUT_SECONDS) as http:
            with pytest.raises(Permanent) as refused:
                await Finance(http, replace(IDENTITY, **change)).import_invoice(invoice())
        assert refused.value.status == status
        assert finance_sandbox.effects() == []

    @pytest.mark.parametrize(
        ("reply", "error", "message"),
        [
            (httpx.Response(404, text="Not Found"), Permanent, "no import of invoices at this address"),
            (httpx.Response(302, headers={"Location": "/login"}), Permanent, r"refused \(HTTP 302\)"),
            (httpx.Response(418, text="I am a teapot"), Permanent, r"refused \(HTTP 418\)"),
            (httpx.Response(429, headers={"Retry-After": "7"}), RateLimited, "slow down"),
            (httpx.Response(500), Ambiguous, "HTTP 500"),
            (httpx.Response(200, json={"action": "deleted", "invoice_id": "1"}), Ambiguous, "expected shape"),
            (httpx.Response(201, json={"action": "created"}), Ambiguous, "expected shape"),
            (httpx.Response(201, json={"action": "created", "invoice_id": ""}), Ambiguous, "expected shape"),
            (httpx.Response(200, text=""), Ambiguous, "is empty"),
        ],
    )
    async def test_other_answers(self, reply: httpx.Response, error: type[ClientError], message: str) -> None:
        async with answering(reply) as service:
            with pytest.raises(error, match=message):
                await service.import_invoice(invoice())

    async def test_the_first_invalid_fields_are_the_reason(self) -> None:
        details = [{"path": f"lines.{number}.amount", "message": "is required"} for number in range(9)]
        reply = httpx.Response(422, json={"error": {"message": "lines.0.amount: is required", "details": details}})
        async with answering(reply) as service:
            with pytest.raises(Permanent) as refused:
                await service.import_invoice(invoice())
        assert refused.value.vendor_message == "; ".join(f"lines.{number}.amount: is required" for number in range(5))

    async def test_a_long_answer_is_cut(self) -> None:
        async with answering(httpx.Response(400, text="x" * 5000)) as service:
            with pytest.raises(Permanent) as refused:
                await service.import_invoice(invoice())
        assert refused.value.vendor_message == "x" * 500


class TestFind:
    async def test_exactly_the_invoice_of_the_key_and_the_tenant(
        self, finance_sandbox: Sandbox, service: Finance
    ) -> None:
        assert await service.find("digitalocean", "u-1") is None
        made = await service.import_invoice(invoice())
        found = await service.find("digitalocean", "u-1")
        assert found is not None
        assert (found.invoice_id, found.content_digest) == (made.invoice_id, invoice().digest)
        assert await service.find("digitalocean", "u-2") is None
        assert await service.find("other", "u-1") is None
        async with finance.connect(finance_sandbox.url, TIMEOUT_SECONDS) as http:
            other = Finance(http, replace(IDENTITY, tenant="other"))
            assert await other.find("digitalocean", "u-1") is None

    @pytest.mark.parametrize("status", [404, 405])
    async def test_a_finance_without_that_route_has_none(self, status: int) -> None:
        async with answering(httpx.Response(status, text="Not Found")) as service:
            assert await service.find("digitalocean", "u-1") is None

    async def test_an_invoice_of_another_key_is_not_the_one(self) -> None:
        row = {"invoice_id": "1", "source": "digitalocean", "external_id": "u-10"}
        async with answering(httpx.Response(200, json={"invoices": [row]})) as service:
            assert await service.find("digitalocean", "u-1") is None

    @pytest.mark.parametrize(
        ("reply", "error"),
        [
            (httpx.Response(500), Transient),
            (httpx.Response(200, text=""), Transient),
            (httpx.Response(200, json={"data": []}), Transient),
            (httpx.Response(401, json={"error": {"message": "token expired"}}), Permanent),
        ],
    )
    async def test_other_answers_are_no_absence(self, reply: httpx.Response, error: type[ClientError]) -> None:
        async with answering(reply) as service:
            with pytest.raises(error):
                await service.find("digitalocean", "u-1")


async def test_no_error_holds_the_token_or_the_secret(finance_sandbox: Sandbox) -> None:
    finance_sandbox.fault("status", status=400)
    async with finance.connect(finance_sandbox.url, TIMEOUT_SECONDS) as http:
        with pytest.raises(Permanent) as refused:
            await Finance(http, IDENTITY).import_invoice(invoice())
    text = f"{refused.value.message} {refused.value.vendor_message} {refused.value!r} {IDENTITY!r}"
    assert "eyJ" not in text
    assert FINANCE_SECRET.get_secret_value() not in text


async def test_nobody_listens() -> None:
    async with finance.connect("http://127.0.0.1:1", TIMEOUT_SECONDS) as http:
        with pytest.raises(Transient, match="could not be reached"):
            await Finance(http, IDENTITY).import_invoice(invoice())
