"""The pages of the sandboxes for a person: what they list, what their buttons do, and that no text becomes markup."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from activities.clients.planfact.client import PlanFact
from activities.clients.planfact.records import IncomeDraft, OperationKind, ShipmentDraft
from tests.fixtures.processes import HTTP
from tests.fixtures.sandbox_pages import HOSTILE, SandboxPage, page_of
from tests.fixtures.sandboxes import TELEGRAM_TOKEN, Sandbox, Sandboxes

VENDORS = ("planfact", "didox", "telegram", "webhooks", "finance", "digitalocean")
SECRET = "whsec_" + "a2tra2tra2tra2tra2tra2tra2tra2tr"
OTHER_SECRET = "whsec_" + "ampqampqampqampqampqampqampqampq"


class TestEveryPage:
    def test_the_index_lists_the_sandboxes(self, sandboxes: Sandboxes) -> None:
        index = SandboxPage(f"{sandboxes.url}/")
        assert index.status == 200
        for vendor in VENDORS:
            assert f'href="/{vendor}/"' in index.source

    @pytest.mark.parametrize("vendor", VENDORS)
    def test_it_is_at_the_address_of_the_sandbox_and_loads_nothing(self, sandboxes: Sandboxes, vendor: str) -> None:
        answer = HTTP.get(f"{sandboxes.url}/{vendor}", follow_redirects=True)
        assert answer.status_code == 200
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert not SandboxPage(f"{sandboxes.url}/{vendor}/").tags & {"script", "link", "img"}

    @pytest.mark.parametrize("vendor", VENDORS)
    def test_a_fault_of_the_form_happens_and_one_can_be_removed(self, sandboxes: Sandboxes, vendor: str) -> None:
        sandbox = sandboxes.vendor(vendor)
        sandbox.reset()
        page = page_of(sandbox)
        page.press("Queue the fault", kind="status", status="503", path_contains="/asked", times="2")
        assert "status 503, 2 times, any request whose path contains /asked" in page.text
        assert [HTTP.get(f"{sandbox.url}/asked/1").status_code for _ in range(2)] == [503, 503]
        assert HTTP.get(f"{sandbox.url}/asked/1").status_code != 503
        page.press("Queue the fault", kind="delay", seconds="60", method="POST")
        assert "delay by 60 seconds, once, POST request" in page.text
        page.press("Remove all")
        assert "No fault is queued." in page.text
        assert HTTP.get(f"{sandbox.url}/__sandbox/faults").json() == []

    @pytest.mark.parametrize(
        ("filled", "field"),
        [({"times": "0"}, "times"), ({"status": "99"}, "status"), ({"kind": "flood"}, "kind"), ({"status": ""}, "")],
    )
    def test_a_wrong_fault_is_refused_and_named(
        self, didox_sandbox: Sandbox, filled: dict[str, str], field: str
    ) -> None:
        page = page_of(didox_sandbox)
        page.press("Queue the fault", **filled)
        assert page.status == 422
        assert field in page.text
        assert HTTP.get(f"{didox_sandbox.url}/__sandbox/faults").json() == []

    @pytest.mark.parametrize("vendor", VENDORS)
    def test_it_shows_the_requests_and_escapes_them(self, sandboxes: Sandboxes, vendor: str) -> None:
        sandbox = sandboxes.vendor(vendor)
        sandbox.reset()
        sandbox.fault("html_502", path="broken")
        HTTP.post(f"{sandbox.url}/broken/path", json={"text": HOSTILE, "amount": 825000})
        HTTP.post(f"{sandbox.url}/other/path", content="not JSON", params={"q": HOSTILE})
        page = page_of(sandbox)
        assert "POST /broken/path" in page.text
        assert "html_502" in page.text
        assert "<script>alert(1)</script>" in page.text  # as a text, not as a tag
        assert '"amount": 825000' in page.text
        assert "not JSON" in page.text
        assert not page.tags & {"script", "img"}
        assert len(sandbox.requests()) == 2  # reading the page is no request to the vendor

    def test_a_long_body_is_cut_and_a_deep_one_is_shown(self, telegram_sandbox: Sandbox) -> None:
        HTTP.post(f"{telegram_sandbox.url}/a/b", content="x" * 9000)
        HTTP.post(f"{telegram_sandbox.url}/a/b", content="[" * 3000)
        page = page_of(telegram_sandbox)
        assert "the first 4000 of 9000 characters" in page.text
        assert "x" * 4001 not in page.text
        assert "[" * 3000 in page.text

    def test_a_form_of_another_site_is_refused(self, didox_sandbox: Sandbox) -> None:
        page = page_of(didox_sandbox)
        page.press("Queue the fault")
        address = f"{didox_sandbox.url}/__sandbox/page/actions/remove-faults"
        answer = HTTP.post(address, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
        assert len(HTTP.get(f"{didox_sandbox.url}/__sandbox/faults").json()) == 1

    def test_an_unknown_action_is_not_found(self, didox_sandbox: Sandbox) -> None:
        assert HTTP.post(f"{didox_sandbox.url}/__sandbox/page/actions/pay").status_code == 404


class TestPlanFact:
    async def test_it_lists_operations_and_lets_a_person_delete_one(
        self, planfact_sandbox: Sandbox, books: PlanFact, shipment: ShipmentDraft
    ) -> None:
        booked = await books.create_shipment(shipment)
        other = await books.create_shipment(shipment.model_copy(update={"comment": HOSTILE}))
        page = page_of(planfact_sandbox)
        for text in (str(booked.id), "shipment", "Acme Corp", "2026-02-28", "15\u202f825\u202f000.00", "UZS", "booked"):
            assert text in page.text
        assert "<script>alert(1)</script>" in page.text
        assert not page.tags & {"script", "img"}
        income = IncomeDraft(
            day=date(2026, 3, 20),
            account_id=90_000_000,
            deal_id=shipment.deal_id,
            contragent_id=shipment.contragent_id,
            project_id=shipment.project_id,
            category_id=shipment.category_id,
            value=Decimal("825000.00"),
            comment="Payment [pay:1]",
            external_id="pay:1",
        )
        paid = await books.create_income(income)
        page.open()
        assert f"{paid.id} income Acme Corp 2026-03-20 825\u202f000.00 UZS Payment [pay:1] booked" in page.text
        page.press("Delete as a person", str(booked.id))
        assert [effect["id"] for effect in planfact_sandbox.effects()] == [str(other.id), str(paid.id)]
        found = await books.find_operations(OperationKind.SHIPMENT, "[inv:0193]")
        assert found == []
        assert "deleted" in page.text
        assert page.labels(str(booked.id)) == []

    def test_an_operation_that_does_not_exist(self, planfact_sandbox: Sandbox) -> None:
        answer = HTTP.post(
            f"{planfact_sandbox.url}/__sandbox/page/actions/delete-operation", data={"key": "../../seed"}
        )
        assert answer.is_client_error
        assert planfact_sandbox.all_effects() == []


class TestTelegram:
    def send(self, sandbox: Sandbox, **fields: Any) -> httpx.Response:
        return HTTP.post(f"{sandbox.url}/bot{TELEGRAM_TOKEN.get_secret_value()}/sendMessage", json=fields)

    def test_messages_look_as_in_the_chat(self, telegram_sandbox: Sandbox) -> None:
        marked = '<b>ACT-1</b> &lt;script&gt; & <a href="javascript:alert(1)">x</a>'
        self.send(telegram_sandbox, chat_id="-1001", text=marked, parse_mode="HTML").raise_for_status()
        self.send(telegram_sandbox, chat_id="-1002", text=f"<b>{HOSTILE}").raise_for_status()
        page = page_of(telegram_sandbox)
        assert "<b>ACT-1</b>" in page.source
        assert "ACT-1 <script>" in page.text
        assert "<b><script>alert(1)</script>" in page.text  # a plain text has no tags
        assert not page.tags & {"script", "img"}
        assert "javascript:" not in page.source.split("What came in")[0]

    def test_the_bot_can_be_blocked_and_unblocked(self, telegram_sandbox: Sandbox) -> None:
        self.send(telegram_sandbox, chat_id="77", text="one").raise_for_status()
        page = page_of(telegram_sandbox)
        page.press("Block the bot", "77")
        assert "blocked" in page.text
        refused = self.send(telegram_sandbox, chat_id="77", text="two")
        assert (refused.status_code, refused.json()["description"]) == (403, "Forbidden: bot was blocked by the user")
        page.press("Unblock the bot", "77")
        telegram_sandbox.admin("clock", {"seconds": 60})
        assert self.send(telegram_sandbox, chat_id="77", text="three").status_code == 200

    def test_the_token_is_not_shown(self, telegram_sandbox: Sandbox) -> None:
        self.send(telegram_sandbox, chat_id="77", text="one")
        page = page_of(telegram_sandbox)
        assert "/sendMessage" in page.text
        assert TELEGRAM_TOKEN.get_secret_value() not in page.source


class TestWebhooks:
    def deliver(self, sandbox: Sandbox, event: str, secret: str = SECRET, kind: str = "invoice.approved") -> int:
        now, body = datetime.now(UTC), f'{{"type": "{kind}", "data": {{"text": "<script>alert(1)</script>"}}}}'
        headers = {
            "webhook-id": event,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(event, now, body),
        }
        return HTTP.post(f"{sandbox.url}/receive", content=body, headers=headers).status_code

    def test_it_lists_deliveries_with_the_check_of_their_signature(self, webhook_sandbox: Sandbox) -> None:
        page = page_of(webhook_sandbox)
        assert self.deliver(webhook_sandbox, "evt_0") == 401
        page.press("Check signatures with it", secrets=SECRET)
        assert [self.deliver(webhook_sandbox, "evt_1") for _ in range(2)] == [200, 200]
        assert self.deliver(webhook_sandbox, "evt_2", OTHER_SECRET) == 401
        page.open()
        events, refused = page.text.split("Refused deliveries")
        assert "evt_1 invoice.approved valid 2 the same each time" in events
        assert "evt_2 No matching signature found" in refused
        assert "evt_0 The receiver knows no secret" in refused
        assert SECRET not in page.source
        assert not page.tags & {"script", "img"}

    @pytest.mark.parametrize(
        ("label", "status"),
        [("Answer the next one with an error (500)", 500), ("Answer the next one with 410, gone", 410)],
    )
    def test_the_next_delivery_is_answered_with_an_error(
        self, webhook_sandbox: Sandbox, label: str, status: int
    ) -> None:
        webhook_sandbox.admin("secrets", {"secrets": [SECRET]})
        page = page_of(webhook_sandbox)
        page.press(label)
        assert [self.deliver(webhook_sandbox, "evt_1") for _ in range(2)] == [status, 200]

    @pytest.mark.parametrize("secret", ["", "whsec_", "whsec_a", "whsec_*"])
    def test_an_unusable_secret_is_refused(self, webhook_sandbox: Sandbox, secret: str) -> None:
        page = page_of(webhook_sandbox)
        page.press("Check signatures with it", secrets=secret)
        assert page.status == 422
        assert "secrets" in page.text
        assert self.deliver(webhook_sandbox, "evt_1") == 401
