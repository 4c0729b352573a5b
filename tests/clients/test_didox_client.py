"""The client of Didox against its sandbox: login, acts from draft to both signatures, and all forms of errors."""

import asyncio
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from activities.clients.didox import client as didox
from activities.clients.didox.act import act_body
from activities.clients.didox.client import ActDraft, Didox, extract_message
from activities.clients.didox.signing import ActSigning
from activities.clients.errors import Ambiguous, NotFound, Permanent, Transient
from tests.clients.conftest import TIMEOUT_SECONDS
from tests.fixtures.sandboxes import PARTNER_TOKEN, SELLER_TIN, Sandbox
from tests.fixtures.signers import GOOD


def logins(sandbox: Sandbox) -> int:
    return sum("/auth/" in request["path"] for request in sandbox.requests())


def answering(status: int, body: object) -> Didox:
    def reply(request: httpx.Request) -> httpx.Response:
        if "/auth/" in request.url.path:
            return httpx.Response(200, json={"token": "key"})
        return httpx.Response(status, json=body)

    http = httpx.AsyncClient(base_url="http://didox", transport=httpx.MockTransport(reply))
    return Didox(http, SELLER_TIN, SecretStr("password"))


async def signed(operator: Didox, document_id: str) -> dict[str, str]:
    """Return the body that signs the draft."""
    signing = ActSigning(operator)
    pkcs7, signature_hex = GOOD.sign((await signing.read(document_id)).content)
    return {"signature": await signing.timestamp(pkcs7, signature_hex)}


class TestLogin:
    async def test_one_login_for_all_callers(self, didox_sandbox: Sandbox, operator: Didox) -> None:
        await asyncio.gather(*(operator.find_acts("17", "123456789") for _ in range(5)))
        assert logins(didox_sandbox) == 1

    async def test_an_expired_key_is_renewed_once(self, didox_sandbox: Sandbox, operator: Didox, act: ActDraft) -> None:
        await operator.find_acts("17", "123456789")
        didox_sandbox.admin("clock", {"seconds": 360 * 60})
        document_id = await operator.create_act(act)
        assert logins(didox_sandbox) == 2
        assert [effect["id"] for effect in didox_sandbox.effects()] == [document_id]

    async def test_a_refused_password_is_not_sent_again(self, didox_sandbox: Sandbox) -> None:
        async with didox.connect(didox_sandbox.url, PARTNER_TOKEN, TIMEOUT_SECONDS) as http:
            client = Didox(http, SELLER_TIN, SecretStr("wrong"))
            for _ in range(4):
                with pytest.raises(Permanent, match="Incorrect login") as refusal:
                    await client.get("0" * 32)
                assert refusal.value.vendor_message == "Incorrect login"
        assert logins(didox_sandbox) == 1

    async def test_the_lock_ladder(self, didox_sandbox: Sandbox) -> None:
        """3 wrong passwords in a minute lock the account for 10 minutes, 10 for a day, 25 for good."""
        async with didox.connect(didox_sandbox.url, PARTNER_TOKEN, TIMEOUT_SECONDS) as http:

            async def attempt() -> int:
                answer = await http.post(f"/v1/auth/{SELLER_TIN}/password/ru", json={"password": "wrong"})
                return answer.status_code

            assert [await attempt() for _ in range(4)] == [422, 422, 422, 429]
            didox_sandbox.admin("clock", {"seconds": 600})
            assert [await attempt() for _ in range(4)] == [422, 422, 422, 429]
            didox_sandbox.admin("clock", {"seconds": 600})
            assert [await attempt() for _ in range(4)] == [422, 422, 422, 429]
            didox_sandbox.admin("clock", {"seconds": 600})
            assert await attempt() == 422  # the tenth
            didox_sandbox.admin("clock", {"seconds": 24 * 3600 - 60})
            assert await attempt() == 429
            for _ in range(15):
                didox_sandbox.admin("clock", {"seconds": 24 * 3600})
                assert await attempt() == 422
            didox_sandbox.admin("clock", {"seconds": 10 * 24 * 3600})
            assert await attempt() == 423

    async def test_a_locked_account_is_permanent_too(self, didox_sandbox: Sandbox, operator: Didox) -> None:
        didox_sandbox.fault("status", path="/auth/", status=429)
        for _ in range(2):
            with pytest.raises(Permanent, match="restart the worker"):
                await operator.find_acts("17", "123456789")
        assert logins(didox_sandbox) == 1

    async def test_an_outage_at_login_is_retried(self, didox_sandbox: Sandbox, operator: Didox) -> None:
        didox_sandbox.fault("html_502", path="/auth/")
        with pytest.raises(Transient):
            await operator.find_acts("17", "123456789")
        assert await operator.find_acts("17", "123456789") == []


class TestAct:
    async def test_draft_is_created_found_and_deleted(
        self, didox_sandbox: Sandbox, operator: Didox, act: ActDraft
    ) -> None:
        document_id = await operator.create_act(act)
        assert [effect["id"] for effect in didox_sandbox.effects()] == [document_id]
        (found,) = await operator.find_acts("17", "123456789")
        assert (found.id, found.status, found.total) == (document_id, 0, Decimal("15000000.00"))
        assert (await operator.get(document_id.upper())).status == 0

        await operator.delete_draft(document_id)
        assert (await operator.get(document_id)).status == 55
        assert await operator.find_acts("17", "123456789") == []
        assert len(await operator.find_acts("17", "123456789", status=(55,))) == 1
        assert didox_sandbox.effects() == []

    async def test_number_and_partner_must_be_exact(self, operator: Didox, act: ActDraft) -> None:
        for update in ({"number": "171"}, {"buyer_tin": "987654321"}, {}):
            await operator.create_act(act.model_copy(update=update))
        (found,) = await operator.find_acts("17", "123456789")
        assert (found.number, found.partner_tin) == ("17", "123456789")

    async def test_more_acts_than_a_page(self, operator: Didox, act: ActDraft) -> None:
        for _ in range(101):
            await operator.create_act(act)
        assert len({found.id for found in await operator.find_acts("17", "123456789")}) == 101

    async def test_both_sign(self, didox_sandbox: Sandbox, operator: Didox, act: ActDraft) -> None:
        document_id = await operator.create_act(act)
        didox_sandbox.admin(f"{document_id}/sign")
        assert (await operator.get(document_id)).status == 1
        with pytest.raises(Permanent, match="статусе 1"):
            await operator.delete_draft(document_id)
        didox_sandbox.admin(f"{document_id}/partner-sign")
        assert (await operator.get(document_id)).status == 3

    async def test_the_partner_rejects(self, didox_sandbox: Sandbox, operator: Didox, act: ActDraft) -> None:
        document_id = await operator.create_act(act)
        didox_sandbox.admin(f"{document_id}/sign")
        didox_sandbox.admin(f"{document_id}/partner-reject", {"comment": "Неверная сумма"})
        state = await operator.get(document_id)
        assert (state.status, state.comment) == (4, "Неверная сумма")

    async def test_unknown_document(self, operator: Didox) -> None:
        with pytest.raises(NotFound, match="no such document") as refusal:
            await operator.get("0" * 32)
        assert refusal.value.vendor_message == "Документ не найден"

    @pytest.mark.parametrize(
        ("line", "field"),
        [
            ({"measure_id": None}, "measureid"),
            ({"catalog_code": "10609001001000000", "package_code": "1492018"}, "packagename"),
            ({"catalog_code": "123", "package_code": "1492018", "package_name": "услуга (сум)"}, "catalogcode"),
        ],
    )
    async def test_an_incomplete_line(
        self, didox_sandbox: Sandbox, operator: Didox, act: ActDraft, line: dict[str, Any], field: str
    ) -> None:
        draft = act.model_copy(update={"lines": (act.lines[0].model_copy(update=line),)})
        with pytest.raises(Permanent, match=f"productlist.products.0.{field}"):
            await operator.create_act(draft)
        assert didox_sandbox.effects() == []


def test_numbers_are_strings_and_vat_is_in_the_extended_copy(act: ActDraft) -> None:
    # 4 x 50 000 = 200 000.00, VAT 12 % = 24 000.00, together 224 000.00
    line = act.lines[0].model_copy(
        update={
            "count": Decimal("4"),
            "price": Decimal("50000"),
            "total": Decimal("224000.00"),
            "total_without_vat": Decimal("200000.00"),
            "vat_rate": Decimal("12"),
            "vat_sum": Decimal("24000.00"),
        }
    )
    body = act_body(act.model_copy(update={"lines": (line,)}), SELLER_TIN)
    plain = body["productlist"]["products"][0]
    rich = body["extended_json"]["productlist"]["products"][0]
    assert (plain["count"], plain["summa"], plain["totalsum"]) == ("4", "50000", "224000.00")
    assert "vatsum" not in plain
    assert (rich["totalsumwithoutvat"], rich["vatrate"], rich["vatsum"]) == ("200000.00", "12", "24000.00")
    assert "extended_json" not in act_body(act, SELLER_TIN)


class TestErrorShapes:
    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({"data": {"status": "error", "message": "Оферта не подписана", "context": {}}}, "Оферта не подписана"),
            ({"status": "error", "message": "Unsupported", "context": []}, "Unsupported"),
            ({"success": False, "error": "Invalid user key"}, "Invalid user key"),
            ({"success": "false", "reason": "Нет данных"}, "Нет данных"),
            ({"signature": ["Обязательное поле"]}, "signature: Обязательное поле"),
            ("Incorrect login", "Incorrect login"),
            ({"data": None, "error": {"message": "Сбой", "reason": "zip", "details": []}}, "Сбой"),
            ({"message": "Слишком много попыток"}, "Слишком много попыток"),
            ({"unheard": "of"}, '{"unheard":"of"}'),
        ],
    )
    def test_json(self, body: object, message: str) -> None:
        assert extract_message(httpx.Response(422, json=body)) == message

    def test_anything_else(self) -> None:
        assert extract_message(httpx.Response(502, text="<h1>Bad Gateway</h1>")) == "<h1>Bad Gateway</h1>"
        assert extract_message(httpx.Response(500)) == "HTTP 500"

    async def test_an_upstream_failure_in_a_422(self, act: ActDraft) -> None:
        client = answering(422, {"message": "cURL error 6: Could not resolve host"})
        with pytest.raises(Ambiguous, match="cURL error 6"):
            await client.create_act(act)
        with pytest.raises(Transient, match="cURL error 6"):
            await client.get("0" * 32)

    async def test_a_user_key_that_is_refused_twice(self) -> None:
        with pytest.raises(Permanent) as refusal:
            await answering(401, {"success": False, "error": "Unauthorized. Invalid user key"}).get("0" * 32)
        assert refusal.value.vendor_message == "Unauthorized. Invalid user key"


class TestServiceBehaviour:
    """The behaviour of the real service that the client depends on, as the sandbox reproduces it."""

    @pytest.fixture
    async def http(self, operator: Didox) -> httpx.AsyncClient:
        await operator.find_acts("17", "123456789")
        operator._http.headers["user-key"] = operator._user_key or ""
        return operator._http

    async def test_ids_differ_in_case(self, http: httpx.AsyncClient, operator: Didox, act: ActDraft) -> None:
        document_id = await operator.create_act(act)
        listed = await http.get("/v2/documents", params={"page": 1, "limit": 10, "status": "0"})
        assert listed.json()["data"][0]["doc_id"] == document_id.upper() != document_id

    async def test_drafts_are_listed_only_on_request(
        self, http: httpx.AsyncClient, operator: Didox, act: ActDraft
    ) -> None:
        await operator.create_act(act)
        assert (await http.get("/v2/documents", params={"page": 1, "limit": 10})).json()["total"] == 0

    async def test_page_and_limit_are_mandatory(self, http: httpx.AsyncClient) -> None:
        for query in ({}, {"page": 1}, {"page": 1, "limit": 101}, {"page": 0, "limit": 10}):
            assert (await http.get("/v2/documents", params=query)).status_code == 422

    async def test_owner_true_is_a_bare_500(self, http: httpx.AsyncClient, operator: Didox, act: ActDraft) -> None:
        document_id = await operator.create_act(act)
        answer = await http.get(f"/v1/documents/{document_id}", params={"owner": "true"})
        assert (answer.status_code, answer.content) == (500, b"")

    async def test_a_bearer_prefix_is_a_500(self, http: httpx.AsyncClient) -> None:
        headers = {"Partner-Authorization": f"Bearer {PARTNER_TOKEN.get_secret_value()}"}
        answer = await http.get("/v2/documents", params={"page": 1, "limit": 10}, headers=headers)
        assert answer.status_code == 500

    async def test_the_list_lags_and_the_detail_does_not(
        self, didox_sandbox: Sandbox, operator: Didox, act: ActDraft
    ) -> None:
        didox_sandbox.admin("behaviour", {"list_lag_seconds": 60})
        document_id = await operator.create_act(act)
        assert await operator.find_acts("17", "123456789") == []
        assert (await operator.get(document_id)).status == 0
        didox_sandbox.admin("clock", {"seconds": 61})
        assert len(await operator.find_acts("17", "123456789")) == 1

    async def test_signing_sends_the_act(self, http: httpx.AsyncClient, operator: Didox, act: ActDraft) -> None:
        document_id = await operator.create_act(act)
        missing = await http.post(f"/v1/documents/{document_id}/sign", json={})
        assert (missing.status_code, list(missing.json())) == (422, ["signature"])
        answer = await http.post(f"/v1/documents/{document_id}/sign", json=await signed(operator, document_id))
        assert answer.json() == {"data": True, "warningDetails": None}
        assert (await operator.get(document_id)).status == 1

    async def test_an_unsigned_offer_prevents_the_signature(
        self, didox_sandbox: Sandbox, http: httpx.AsyncClient, operator: Didox, act: ActDraft
    ) -> None:
        didox_sandbox.admin("behaviour", {"offer_signed": False})
        document_id = await operator.create_act(act)
        answer = await http.post(f"/v1/documents/{document_id}/sign", json=await signed(operator, document_id))
        assert extract_message(answer) == "Оферта не подписана"
        assert (await operator.get(document_id)).status == 0

    async def test_pascal_case_and_a_foreign_seller(self, http: httpx.AsyncClient, act: ActDraft) -> None:
        body = act_body(act, SELLER_TIN)
        older = {{"sellertin": "SellerTin", "actdoc": "ActDoc"}.get(key, key): value for key, value in body.items()}
        created = await http.post("/v1/documents/005/create/ru", json=older)
        assert created.json()["pending_document"]["document_json"]["sellertin"] == SELLER_TIN
        refused = await http.post("/v1/documents/005/create/ru", json=act_body(act, "111111111"))
        assert refused.status_code == 403
        assert list(refused.json()) == ["data"]
