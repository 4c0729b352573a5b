"""Reading invoices over HTTP: the list with its filters, one invoice, its PDF, its audit trail, and the clients."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.documents.store import DocumentStore
from models.documents.ports import RenderInput
from models.invoice.commands import Discard, Edit, Hold
from models.invoice.invoice import Invoice
from models.invoice.lifecycle import apply
from tests.fixtures.invoices import approved, reviewable, with_fields
from tests.http.callers import NOW, Caller, Rules, data_of, draft_of, error_of


async def ids_of(caller: Caller, **filters: Any) -> list[str]:
    response = await caller.get("/invoices", params=filters)
    assert response.status_code == 200, response.text
    return [row["id"] for row in response.json()["data"]]


def of_customer(key: str, customer: str, **content: Any) -> Invoice:
    made = draft_of(key)
    return made.model_copy(update={"content": with_fields(made.content, customer_key=customer, **content)})


class TestList:
    async def test_newest_first_in_pages(self, viewer: Caller, rules: Rules, key: str) -> None:
        made = []
        for n in range(5):
            invoice = of_customer(f"{key}-{n}", key)
            created = invoice.created.model_copy(update={"at": NOW + timedelta(minutes=n)})
            made.append(await rules.put(invoice.model_copy(update={"created": created})))
        newest = [invoice.id for invoice in reversed(made)]
        pages = [
            await viewer.get("/invoices", params={"customer_key": key, "page": n, "per_page": 2}) for n in (1, 2, 3)
        ]
        assert [[row["id"] for row in page.json()["data"]] for page in pages] == [newest[:2], newest[2:4], newest[4:]]
        assert [page.json()["meta"]["total"] for page in pages] == [5, 5, 5]
        ends = {"next_cursor": None, "prev_cursor": pages[2].json()["meta"]["prev_cursor"]}
        assert pages[2].json()["meta"] == {"total": 5, "total_is_exact": True, "page": 3, "per_page": 2, **ends}
        assert pages[0].json().keys() == {"data", "meta"}
        beyond = await viewer.get("/invoices", params={"customer_key": key, "page": 9})
        assert beyond.json()["data"] == []
        assert beyond.json()["meta"]["total"] == 5

    async def test_a_row(self, viewer: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(draft_of(key))
        [row] = (await viewer.get("/invoices", params={"application_key": key})).json()["data"]
        assert row.pop("updated_at")
        assert row == {
            "id": made.id,
            "workflow_id": f"service-invoice.{key.lower()}.2026-02",
            "kind": "service",
            "status": "draft",
            "milestone": None,
            "display_number": None,
            "application_key": key,
            "application_name": "Acme Support",
            "customer_key": "CUST-001",
            "company_name": "Acme Corp",
            "period_start": "2026-02-01",
            "period_end": "2026-02-28",
            "invoice_date": "2026-03-01",
            "due_date": None,
            "deal_type": "SUP",
            "client_type": "local",
            "currency": "UZS",
            "total_amount": "15825000.00",
            "paid_amount": "0.00",
            "written_off_amount": "0.00",
            "balance": "15825000.00",
            "credit_amount": "0.00",
            "overdue": False,
            "held": False,
            "blocked": False,
            "blocked_reason": None,
            "bounced": False,
            "wait_deadline": None,
            "revision": 1,
            "created_at": "2026-03-01T05:00:00Z",  # 10:00 in Tashkent
            "archived_url": None,
            "archived_url_expires_at": None,
        }

    async def test_every_filter(self, viewer: Caller, rules: Rules, key: str, engine: AsyncEngine) -> None:
        draft = await rules.put(of_customer(f"{key}-1", key, application_name="Поддержка 100%_Ромашки"))
        discarded = await rules.put(apply(of_customer(f"{key}-2", key), Discard(by="lena"), NOW))
        partner = await rules.put(of_customer(f"{key}-3", key))
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE invoices SET kind = 'partner' WHERE id = :id"), {"id": partner.id})
        late = await rules.put(of_customer(f"{key}-4", key).model_copy(update={"overdue": True}))

        async def found(**filters: Any) -> set[str]:
            return set(await ids_of(viewer, customer_key=key, **filters))

        assert await found() == {draft.id, discarded.id, partner.id, late.id}
        assert await found(status="discarded") == {discarded.id}
        assert await found(status=["discarded", "draft"], kind="service") == {draft.id, discarded.id, late.id}
        assert await found(kind="partner") == {partner.id}
        assert await found(application_key=f"{key}-1") == {draft.id}
        assert await found(period="2026-02", overdue=True) == {late.id}
        assert await found(period="2026-03") == set()
        assert await found(overdue=False, status="draft", kind="service") == {draft.id}
        assert await found(q="ромашки") == {draft.id}
        assert await found(q="100%_") == {draft.id}
        assert await found(q="омашки") == set()  # no word begins with it
        assert await found(q=f"{key}-4".lower()) == {late.id}

    @pytest.mark.parametrize(
        ("query", "path", "message"),
        [
            ({"page": 0}, "page", "must be 1 or more"),
            ({"page": "two"}, "page", "must be a whole number"),
            ({"page": 10**9}, "page", "must be 1000000 or less"),
            ({"per_page": 101}, "per_page", "must be 100 or less"),
            ({"per_page": -1}, "per_page", "must be 1 or more"),
            ({"status": "open"}, "status.0", "must be one of: draft, needs_review,"),
            ({"kind": "bill"}, "kind", "must be one of: service, partner"),
            ({"period": "2026-13"}, "period", "must be a month such as 2026-02"),
            ({"period": "February"}, "period", "must be a month such as 2026-02"),
            ({"overdue": "perhaps"}, "overdue", "must be true or false"),
            ({"q": ""}, "q", "must not be empty"),
            ({"q": "x" * 101}, "q", "100 characters"),
            ({"q": "a\x00"}, "query", "NUL character"),
            ({"stauts": "draft"}, "stauts", "unknown field; known are page, per_page, status, kind,"),
        ],
    )
    async def test_a_bad_parameter(self, viewer: Caller, query: dict[str, Any], path: str, message: str) -> None:
        [detail] = error_of(await viewer.get("/invoices", params=query), 400, "VALIDATION_ERROR")["details"]
        assert detail["path"] == path
        assert message in detail["message"]


class TestOne:
    async def test_one_invoice_in_full(
        self, viewer: Caller, editor: Caller, manager: Caller, rules: Rules, key: str
    ) -> None:
        made = await rules.put(apply(draft_of(key), Hold(by="marat", reason="the client asked"), NOW))
        data = data_of(await viewer.get(f"/invoices/{made.id}"))
        assert data["held"] == {"by": "marat", "at": "2026-03-01T06:00:00Z", "reason": "the client asked"}
        assert [data["revision"], data["display_number"], data["digest"], data["document"]] == [2, None, None, None]
        assert data["issuer"]["company_name"] == "ProximaOps"
        assert data["line_items"][0] | {"id": "L1", "sort_order": 0, "is_auto_generated": True} == data["line_items"][0]
        assert data["allowed"] == []
        # a held invoice cannot be regenerated, checked or finalised
        assert data_of(await editor.get(f"/invoices/{made.id}"))["allowed"] == ["edit", "discard"]
        assert data_of(await manager.get(f"/invoices/{made.id}"))["allowed"] == ["edit", "discard", "release"]

    async def test_effects_have_the_key_that_retry_needs(self, viewer: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(approved(draft_of(key)))
        data = data_of(await viewer.get(f"/invoices/{made.id}"))
        archive = next(effect for effect in data["effects"] if effect["name"] == "archive")
        assert archive["key"].startswith(f"{made.id}:")
        assert [archive["state"], archive["channel"], archive["needs_a_person"]] == ["pending", "archive", False]
        assert data["approved"]["by"] == "boss"

    @pytest.mark.parametrize("path", ["", "/pdf", "/events"])
    @pytest.mark.parametrize("name", ["00000000-0000-4000-8000-000000000000", "nothing", "%00", "a%20b"])
    async def test_unknown(self, viewer: Caller, name: str, path: str) -> None:
        error = error_of(await viewer.get(f"/invoices/{name}{path}"), 404, "NOT_FOUND")
        assert error["message"].startswith("There is no invoice")

    @pytest.mark.parametrize("path", ["/invoices", "/invoices/x", "/invoices/x/pdf", "/invoices/x/events", "/clients"])
    async def test_reading_needs_a_login(self, viewer: Caller, path: str) -> None:
        error_of(await viewer.http.get(f"/api/v1{path}"), 401, "UNAUTHORIZED")


class TestPdf:
    async def printed(self, rules: Rules, engine: AsyncEngine, key: str) -> tuple[Invoice, bytes]:
        shown = reviewable(draft_of(key))
        assert shown.number is not None
        pdf = b"%PDF-1.7 " + key.encode()
        rendering = RenderInput(
            invoice_id=shown.id,
            display_number=shown.number.display,
            digest=f"{shown.digest}",
            due=shown.due_date_by_terms(),
            content=shown.content,
        )
        document = await DocumentStore(engine).save(rendering, pdf, 1)
        number = shown.number.model_copy(update={"display": f"Акт-7/{key}"})
        return await rules.put(shown.model_copy(update={"document": document, "number": number})), pdf

    async def test_the_pdf_has_its_bytes_etag_and_name(
        self, viewer: Caller, rules: Rules, engine: AsyncEngine, key: str
    ) -> None:
        made, pdf = await self.printed(rules, engine, key)
        response = await viewer.get(f"/invoices/{made.id}/pdf")
        assert response.status_code == 200
        assert response.content == pdf
        assert response.headers["Content-Type"] == "application/pdf"
        assert response.headers["ETag"] == f'"{hashlib.sha256(pdf).hexdigest()}"'
        assert response.headers["Content-Disposition"] == (
            f"inline; filename=\"Act____-7_{key}.pdf\"; filename*=UTF-8''Act_%D0%90%D0%BA%D1%82-7%2F{key}.pdf"
        )

    async def test_an_unchanged_pdf_is_not_sent_again(
        self, viewer: Caller, rules: Rules, engine: AsyncEngine, key: str
    ) -> None:
        made, _ = await self.printed(rules, engine, key)
        etag = (await viewer.get(f"/invoices/{made.id}/pdf")).headers["ETag"]
        again = await viewer.get(f"/invoices/{made.id}/pdf", headers={"If-None-Match": f'"other", W/{etag}'})
        assert [again.status_code, again.content] == [304, b""]
        other = await viewer.get(f"/invoices/{made.id}/pdf", headers={"If-None-Match": '"other"'})
        assert other.status_code == 200

    async def test_a_draft_has_no_pdf(self, viewer: Caller, rules: Rules, key: str) -> None:
        made = await rules.put(draft_of(key))
        assert "no PDF yet" in error_of(await viewer.get(f"/invoices/{made.id}/pdf"), 404, "NOT_FOUND")["message"]


class TestEvents:
    async def edited(self, rules: Rules, key: str) -> Invoice:
        draft = draft_of(key)
        edit = Edit(by="lena", expected_revision=1, payment_days=30, note="agreed by phone")
        return await rules.put(apply(draft, edit, NOW))

    async def test_events_are_in_order_with_both_values(self, viewer: Caller, rules: Rules, key: str) -> None:
        made = await self.edited(rules, key)
        data = data_of(await viewer.get(f"/invoices/{made.id}/events"))
        created, edited = data["events"]
        assert [created["action"], created["by"], created["seq"]] == ["create", "amina", 1]
        assert edited["changes"] == {"payment_days": ["45", "30"]}
        assert [edited["reason"], edited["previous"]] == ["agreed by phone", created["hash"]]
        assert [data["chain_intact"], data["first_break"]] == [True, None]

    @pytest.mark.parametrize(
        ("tampering", "first_break"),
        [
            ("UPDATE invoice_events SET event = jsonb_set(event, '{by}', '\"me\"') WHERE seq = 1", 1),
            ("DELETE FROM invoice_events WHERE seq = 1", 1),
            (
                "DELETE FROM invoice_events WHERE seq = 2",
                None,
            ),  # the last event is missing, and no later event shows it
        ],
    )
    async def test_tampering_breaks_the_chain(
        self,
        viewer: Caller,
        rules: Rules,
        engine: AsyncEngine,
        key: str,
        tampering: str,
        first_break: int | None,
    ) -> None:
        made = await self.edited(rules, key)
        async with engine.begin() as connection:  # as a superuser could do
            await connection.execute(text("ALTER TABLE invoice_events DISABLE TRIGGER USER"))
            await connection.execute(text(f"{tampering} AND invoice_id = :id"), {"id": made.id})
            await connection.execute(text("ALTER TABLE invoice_events ENABLE TRIGGER USER"))
        data = data_of(await viewer.get(f"/invoices/{made.id}/events"))
        assert [data["chain_intact"], data["first_break"]] == [False, first_break]


class TestClients:
    @pytest.mark.usefixtures("rules")
    async def test_the_list(self, viewer: Caller) -> None:
        response = await viewer.get("/clients", params={"search": "acme"})
        assert response.json() == {
            "data": [
                {
                    "application_key": "APP-001",
                    "customer_key": "CUST-001",
                    "application_name": "Acme Support",
                    "company_name": "Acme Corp",
                    "status": "Active",
                    "deal_type": "SUP",
                    "client_type": "local",
                    "measure": "limit",
                    "deal_amount": "15000000.00",
                    "monthly_limit": 40,
                    "hourly_rate": "150000.00",
                    "currency": "UZS",
                    "invoice_amount": "0.00",
                }
            ],
            "meta": {"total": 1, "page": 1, "per_page": 20},
            "unreadable": [],
        }

    @pytest.mark.parametrize("query", [{"page": 0}, {"per_page": 101}, {"search": ""}, {"q": "acme"}])
    async def test_a_bad_parameter(self, viewer: Caller, query: dict[str, Any]) -> None:
        error_of(await viewer.get("/clients", params=query), 400, "VALIDATION_ERROR")
